"""The journal file: what was appended is there, torn tails go, damage is told, a full disk leaves whole lines."""

import errno
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capi.adapters import journal_file
from capi.adapters.journal_file import FileJournal, JournalCorrupt


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes: a write over it is cut short, and the next one fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def lines(path: Path) -> list[dict[str, object]]:
    """Return the file's lines, parsed."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def numbered(count: int) -> list[dict[str, object]]:
    """Return some events."""
    return [{"event": "equity", "at_ms": n, "equity": Decimal(n) / 4} for n in range(count)]


def test_events_come_back_in_order_with_decimals_as_text(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "fill", "at_ms": 5, "price": Decimal("1E+2"), "nested": [{"qty": Decimal("0.010")}]})
    with FileJournal(path, durable=True) as journal:
        opened, fill = journal.events()
    assert opened["event"] == "journal_opened"
    assert opened["schema"] == 1
    assert fill == {"seq": 2, "event": "fill", "at_ms": 5, "price": "100", "nested": [{"qty": "0.010"}]}


def test_keys_keep_their_order_and_lines_are_ascii(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "decision", "at_ms": 1, "z": 1, "a": "größer\n\udc80"})
    last = path.read_bytes().splitlines()[-1]
    assert last == b'{"seq":2,"event":"decision","at_ms":1,"z":1,"a":"gr\\u00f6\\u00dfer\\n\\udc80"}'


SIMPLE = st.one_of(
    st.text(),
    st.text('a\x7fö\ud800\n"/\\', max_size=3),
    st.integers(),
    st.none(),
    st.booleans(),
    st.decimals(allow_nan=False),
)


@given(st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_a_line_is_what_the_standard_library_writes(tmp_path_factory: pytest.TempPathFactory, odd: object) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    with FileJournal(path, durable=False) as journal:
        journal.append({"event": "pass", "odd": odd})
    expected = {"seq": 2, "event": "pass", "odd": odd}
    written = json.dumps(expected, separators=(",", ":"), default=lambda value: f"{value:f}")
    assert path.read_bytes().splitlines()[-1] == written.encode("ascii")


@given(st.lists(st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(), st.none(), st.booleans()))))
@settings(max_examples=40, deadline=None)
def test_any_event_survives_a_reopen(tmp_path_factory: pytest.TempPathFactory, rest: list[dict[str, object]]) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    wanted = [{**fields, "event": "pass", "at_ms": n} for n, fields in enumerate(rest) if "seq" not in fields]
    with FileJournal(path, durable=True) as journal:
        for event in wanted:
            journal.append(event, durable=True)
    with FileJournal(path, durable=True) as journal:
        kept = [{name: value for name, value in event.items() if name != "seq"} for event in journal.events()]
    assert kept[1:] == wanted


@pytest.mark.parametrize("durable", [True, False])
def test_both_kinds_write_the_same_bytes(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=durable) as journal:
        for event in numbered(3):
            journal.append(event)
    opened, *rest = path.read_bytes().splitlines()
    assert b'"journal_opened"' in opened
    assert rest == [
        b'{"seq":2,"event":"equity","at_ms":0,"equity":"0"}',
        b'{"seq":3,"event":"equity","at_ms":1,"equity":"0.25"}',
        b'{"seq":4,"event":"equity","at_ms":2,"equity":"0.5"}',
    ]


def test_a_replays_journal_is_held_back_until_it_is_read_or_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=False) as journal:
        for event in numbered(3):
            journal.append(event)
        assert path.read_bytes() == b""
        assert len(list(journal.events())) == 4
        assert len(lines(path)) == 4


def test_a_replays_journal_does_not_grow_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "BUFFER_BYTES_MAX", 300)
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=False) as journal:
        for event in numbered(50):
            journal.append(event)
        assert path.stat().st_size > 1000
    assert [line["seq"] for line in lines(path)] == list(range(1, 52))


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_tail_is_cut_and_reported(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        for event in numbered(3):
            journal.append(event)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with FileJournal(path, durable=True) as journal:
        assert journal.torn_tail is not None
        assert str(path) in journal.torn_tail
        journal.append({"event": "equity", "at_ms": 9})
        assert [event["seq"] for event in journal.events()] == [1, 2, 3, 4]
    assert lines(path)[-1] == {"seq": 4, "event": "equity", "at_ms": 9}


def test_a_journal_torn_in_its_first_line_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"seq":1,"event":"jour')
    with FileJournal(path, durable=True) as journal:
        assert journal.torn_tail is not None
        assert [event["event"] for event in journal.events()] == ["journal_opened"]


def test_a_long_torn_tail_is_cut_at_the_last_newline(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "pass", "at_ms": 1, "text": "x" * 200_000})
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 150_000)
    with FileJournal(path, durable=True) as journal:
        assert [event["seq"] for event in journal.events()] == [1, 2]
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (b'{"seq":2,"event"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[2]", "not an event"),
        (b'{"seq":true,"event":"equity"}', "not an event"),
        (b'{"seq":7,"event":"equity","at_ms":0}', "event 7 stands where event 2 belongs"),
    ],
)
def test_a_corrupt_line_is_told_with_its_place_and_its_cure(tmp_path: Path, broken: bytes, found: str) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        for event in numbered(2):
            journal.append(event)
    first, _, third = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, broken, third, b""]))
    with FileJournal(path, durable=True) as journal, pytest.raises(JournalCorrupt) as caught:
        list(journal.events())
    assert f"{path}:2 (byte {len(first) + 1})" in str(caught.value)
    assert found in str(caught.value)
    assert "move the file away" in str(caught.value)


def test_a_corrupt_last_line_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "equity", "at_ms": 1})
    path.write_bytes(path.read_bytes() + b"garbage\n")
    with pytest.raises(JournalCorrupt, match="last line"):
        FileJournal(path, durable=True)


@pytest.mark.parametrize("line", [b'{"seq":1,"event":"equity","at_ms":1}\n', b'{"seq":1,"event":"journal_opened"}\n'])
def test_a_file_that_does_not_say_its_schema_is_no_journal(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)
    with pytest.raises(JournalCorrupt, match="schema is missing"):
        FileJournal(path, durable=True)


def test_a_newer_schema_is_refused_with_its_own_cure(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"seq":1,"event":"journal_opened","at_ms":null,"schema":2}\n')
    with pytest.raises(JournalCorrupt, match=r"schema 2 is newer than this version's 1; run the version that wrote it"):
        FileJournal(path, durable=True)


def test_events_of_an_older_schema_are_lifted_and_the_switch_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "equity", "at_ms": 1})
    monkeypatch.setattr(journal_file, "SCHEMA", 2)
    monkeypatch.setitem(journal_file.MIGRATIONS, 1, lambda event: {**event, "lifted": True})
    FileJournal(path, durable=True).close()
    with FileJournal(path, durable=True) as journal:
        events = list(journal.events())
    assert [(event["event"], event.get("lifted", False)) for event in events] == [
        ("journal_opened", True),
        ("equity", True),
        ("journal_opened", False),
    ]


@pytest.mark.parametrize("room", [0, 1, 20])
def test_a_full_disk_leaves_whole_lines_and_the_next_event_fits_behind_them(tmp_path: Path, room: int) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append({"event": "equity", "at_ms": 1})
        whole = path.read_bytes()
        with room_for(len(whole) + room), pytest.raises(OSError, match="File too large"):
            journal.append({"event": "intent", "at_ms": 2}, durable=True)
        assert path.read_bytes() == whole
        journal.append({"event": "intent", "at_ms": 3}, durable=True)
        assert [event["seq"] for event in journal.events()] == [1, 2, 3]
    assert lines(path)[-1]["at_ms"] == 3


def test_what_a_full_disk_did_not_take_from_a_replay_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=False) as journal:
        journal.append({"event": "equity", "at_ms": 1})
        with room_for(40), pytest.raises(OSError, match="File too large"):
            journal.flush()
        assert path.read_bytes() == b""
    assert [line["seq"] for line in lines(path)] == [1, 2]


def test_the_lines_of_a_replay_that_fitted_on_a_full_disk_are_there_and_the_rest_follows(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=False) as journal:
        for event in numbered(50):
            journal.append(event)
        with room_for(1000):
            with pytest.raises(OSError, match="File too large"):
                journal.flush()
            fitted = lines(path)
            assert 900 < path.stat().st_size <= 1000
            with pytest.raises(OSError, match="File too large"):
                journal.flush()
            assert lines(path) == fitted
        journal.append({"event": "equity", "at_ms": 99})
    assert [line["seq"] for line in fitted] == list(range(1, len(fitted) + 1))
    assert [line["seq"] for line in lines(path)] == list(range(1, 53))


def test_a_write_that_cannot_be_synced_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:
        whole = path.read_bytes()

        def fails(fd: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fdatasync", fails)
            with pytest.raises(OSError, match="Input/output error"):
                journal.append({"event": "intent", "at_ms": 2}, durable=True)
        assert path.read_bytes() == whole


def test_a_tail_that_could_not_be_taken_back_at_once_is_before_the_next_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    with FileJournal(path, durable=True) as journal:

        def fails(fd: int, *rest: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fdatasync", fails)
            patched.setattr(os, "ftruncate", fails)
            with pytest.raises(OSError, match="Input/output error"):
                journal.append({"event": "intent", "at_ms": 2, "long": "x" * 100}, durable=True)
        journal.append({"event": "equity", "at_ms": 3})
        assert [event["at_ms"] for event in journal.events()] == [None, 3]
    assert lines(path)[-1]["at_ms"] == 3


def test_what_is_no_json_is_refused_and_leaves_no_line(tmp_path: Path) -> None:
    with FileJournal(tmp_path / "journal.jsonl", durable=True) as journal:
        with pytest.raises(TypeError, match="a set has no place in an event"):
            journal.append({"event": "pass", "at_ms": 1, "odd": {1}})
        assert [event["seq"] for event in journal.events()] == [1]


@pytest.mark.parametrize("name", ["", "missing/journal.jsonl"])
def test_a_path_that_cannot_be_opened_is_an_os_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"Is a directory|No such file"):
        FileJournal(tmp_path / name, durable=True)


def test_reading_ends_where_the_journal_ended_when_it_began(tmp_path: Path) -> None:
    with FileJournal(tmp_path / "journal.jsonl", durable=True) as journal:
        seen = []
        for event in journal.events():
            seen.append(event["seq"])
            journal.append({"event": "equity", "at_ms": 1})
        assert seen == [1]
