"""The inbox: commands are taken once and answered; what is none is moved aside, said, and never in the way."""

import json
import os
import time
from pathlib import Path

import pytest

from capi.adapters.command_file import COMMAND_SCHEMA, put
from capi.adapters.fields import InputError
from capi.adapters.inbox import AGE_MS_MAX, INBOX_NAME, TAKEN_MAX, FolderInbox, Post
from capi.ports.inbox import AnswerState, Command, CommandName, Spoiled

NOBODY = 65534
NUMBER = "01764324300000000000-0a1b2c3d"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def write(room: Path, name: str, **changes: object) -> None:
    """Put a file into the inbox: a good command, but for the changes."""
    good = {"schema": COMMAND_SCHEMA, "command": "pause", "id": NUMBER, "reason": "why", "by": "me", "at_ms": now_ms()}
    put(room / INBOX_NAME / name, {**good, **changes})


def refused(room: Path) -> list[str]:
    return sorted(path.name for path in (room / INBOX_NAME / "refused").iterdir())


def test_a_command_is_taken_once_and_answered(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    post = Post(tmp_path, "flatten", "holiday", "me at home")
    [command] = inbox.take()
    assert isinstance(command, Command)
    assert (command.name, command.reason, command.given.by) == ("flatten", "holiday", "me at home")
    assert inbox.take() == []
    assert post.answer() is None
    assert not post.take_back()
    states: tuple[tuple[AnswerState, str], ...] = (("accepted", "under way"), ("done", "flat"))
    for state, message in states:
        inbox.answer(command.given.command or "", state, message)
        answer = post.answer()
        assert answer is not None
        assert (answer.state, answer.message) == (state, message)
    post.clear()
    assert post.answer() is None
    assert inbox.take() == []
    assert sorted(path.name for path in (tmp_path / INBOX_NAME).iterdir()) == ["answers", "refused"]


def test_a_command_can_be_read_by_an_engine_of_another_user(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        Post(tmp_path, "flatten", "holiday", "root")
    finally:
        os.umask(before)
    [path] = (tmp_path / INBOX_NAME).glob("*.json")
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another user are root's to make")
def test_root_reads_the_answer_of_an_engine_of_another_user(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    post = Post(tmp_path, "pause", "why", "root")
    [command] = inbox.take()
    assert isinstance(command, Command)
    inbox.answer(command.given.command or "", "done", "paused")
    answers = tmp_path / INBOX_NAME / "answers"
    [answer] = answers.glob("*.json")
    told = post.answer()  # of its own user
    assert told is not None
    os.chown(answer, NOBODY, NOBODY)
    with pytest.raises(InputError, match="belongs to user"):
        post.answer()  # the folder is not that user's: nobody knows whose answer it is
    os.chown(answers, NOBODY, NOBODY)
    told = post.answer()
    assert told is not None
    assert (told.state, told.message) == ("done", "paused")


def test_commands_come_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    names: tuple[CommandName, ...] = ("pause", "resume", "flatten")
    for name in names:
        Post(tmp_path, name, "why", "me")
    assert [one.name for one in inbox.take() if isinstance(one, Command)] == ["pause", "resume", "flatten"]


def test_a_command_can_be_taken_back_until_it_is_taken(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    post = Post(tmp_path, "resume", "why", "me")
    assert post.take_back()
    assert inbox.take() == []


def test_what_a_crash_left_taken_is_taken_again(tmp_path: Path) -> None:
    FolderInbox(tmp_path)
    Post(tmp_path, "pause", "why", "me")
    [first] = FolderInbox(tmp_path).take()
    [again] = FolderInbox(tmp_path).take()
    assert first == again


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"command": "buy"}, "command"),
        ({"schema": "capi.command/9"}, "schema"),
        ({"more": 1}, "more: unknown key"),
        ({"id": "01764324300000000001-0a1b2c3d"}, "not that of the file's name"),
        ({"reason": "x" * 501}, "reason"),
        ({"at_ms": "soon"}, "at_ms"),
        ({"at_ms": 1}, "was given"),
        ({"at_ms": now_ms() + 10 * AGE_MS_MAX}, "was given"),
    ],
)
def test_a_malformed_or_old_command_is_refused_and_answered(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    inbox = FolderInbox(tmp_path)
    write(tmp_path, f"{NUMBER}.json", **changes)
    [spoiled] = inbox.take()
    assert isinstance(spoiled, Spoiled)
    assert said in spoiled.reason
    assert "nothing was done" in spoiled.reason
    assert refused(tmp_path) == [f"{NUMBER}.taken"]
    answer = json.loads((tmp_path / INBOX_NAME / "answers" / f"{NUMBER}.json").read_text())
    assert answer["state"] == "refused"
    assert inbox.take() == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"x" * 20_000, b"null"])
def test_a_file_that_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    inbox = FolderInbox(tmp_path)
    (tmp_path / INBOX_NAME / f"{NUMBER}.json").write_bytes(content)
    [spoiled] = inbox.take()
    assert isinstance(spoiled, Spoiled)
    assert refused(tmp_path) == [f"{NUMBER}.taken"]


def test_foreign_things_are_moved_aside_and_nothing_is_followed_or_waited_for(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    folder = tmp_path / INBOX_NAME
    (folder / "readme.txt").write_text("hello")
    (folder / f"{NUMBER[:-1]}e.json").mkdir()
    (folder / f"{NUMBER[:-1]}f.json").symlink_to("/etc/passwd")
    os.mkfifo(folder / f"{NUMBER[:-1]}a.json")
    came = inbox.take()
    assert len(came) == 4
    assert all(isinstance(one, Spoiled) for one in came)
    assert inbox.take() == []
    assert len(refused(tmp_path)) == 4


def test_what_is_being_written_is_not_looked_at(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    (tmp_path / INBOX_NAME / f".{NUMBER}.json.1.new").write_text("{")
    assert inbox.take() == []
    assert refused(tmp_path) == []


def test_a_heap_of_files_holds_no_pass_up(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    for number in range(3 * TAKEN_MAX):
        (tmp_path / INBOX_NAME / f"junk{number}").touch()
    assert len(inbox.take()) == TAKEN_MAX
    assert len(inbox.take()) == TAKEN_MAX


def test_what_cannot_be_moved_is_said_once(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    (tmp_path / INBOX_NAME / "refused").rmdir()
    (tmp_path / INBOX_NAME / "refused").write_text("in the way")
    (tmp_path / INBOX_NAME / "junk").touch()
    assert len(inbox.take()) == 1
    assert inbox.take() == []


def test_an_inbox_that_is_gone_is_empty(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path)
    for path in sorted((tmp_path / INBOX_NAME).iterdir()):
        path.rmdir()
    (tmp_path / INBOX_NAME).rmdir()
    assert list(inbox.take()) == []
    inbox.answer(NUMBER, "done", "nobody hears it")


def test_answers_that_nobody_fetched_go_after_a_day(tmp_path: Path) -> None:
    FolderInbox(tmp_path)
    answers = tmp_path / INBOX_NAME / "answers"
    for name, age in (("old.json", 2 * 86_400), ("new.json", 60)):
        (answers / name).touch()
        os.utime(answers / name, (time.time() - age, time.time() - age))
    FolderInbox(tmp_path)
    assert [path.name for path in answers.iterdir()] == ["new.json"]


def test_a_command_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Not a directory"):
        put(Path("/dev/null/x"), {"a": 1})
