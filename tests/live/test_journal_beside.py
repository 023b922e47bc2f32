"""A journal read beside the engine that writes it: whole lines alone, and nothing of it is changed."""

import json
from pathlib import Path

import pytest

from capi.adapters.journal_beside import JournalBeside
from capi.adapters.journal_file import FileJournal, JournalCorrupt, read_events

EVENT = {"event": "paused", "at_ms": 1, "reason": "a test"}


def live_journal(folder: Path) -> Path:
    path = folder / "live.jsonl"
    with FileJournal(path, durable=True) as journal:
        journal.append(EVENT)
        journal.append({**EVENT, "at_ms": 2})
    return path


def test_what_the_engine_has_not_finished_is_left_out_and_left_there(tmp_path: Path) -> None:
    path = live_journal(tmp_path)
    with path.open("a") as file:
        file.write('{"seq":4,"event":"pau')
    before = path.read_bytes()
    assert [event["event"] for event in read_events(path)] == ["journal_opened", "paused", "paused"]
    assert path.read_bytes() == before


def test_a_line_that_is_finished_meanwhile_is_read(tmp_path: Path) -> None:
    path = live_journal(tmp_path)
    journal = JournalBeside(path, None)
    assert len(list(journal.events())) == 3
    with FileJournal(path, durable=True) as live:
        live.append(EVENT)
        assert len(list(journal.events())) == 4


def test_appends_go_to_its_own_file_or_nowhere(tmp_path: Path) -> None:
    path = live_journal(tmp_path)
    before = path.read_bytes()
    with FileJournal(tmp_path / "own.jsonl", durable=True) as own:
        JournalBeside(path, own).append({**EVENT, "at_ms": 9})
    JournalBeside(path, None).append(EVENT)
    assert path.read_bytes() == before
    own_events = [json.loads(line) for line in (tmp_path / "own.jsonl").read_text().splitlines()]
    assert [event["event"] for event in own_events] == ["journal_opened", "beside", "paused"]
    assert own_events[1]["journal"] == str(path)


@pytest.mark.parametrize("content", [None, b"", b'{"seq":1,"event":"jour'])
def test_where_nothing_was_written_yet_there_is_nothing(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "live.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert list(JournalBeside(path, None).events()) == []


def test_damage_is_told_as_to_the_engine(tmp_path: Path) -> None:
    path = live_journal(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'{"seq":2', b'["seq":2'))
    with pytest.raises(JournalCorrupt, match="move the file away"):
        list(read_events(path))
    path.write_text('{"seq":1,"event":"journal_opened","at_ms":null,"schema":99,"version":"9"}\n')
    with pytest.raises(JournalCorrupt, match="newer"):
        list(read_events(path))
