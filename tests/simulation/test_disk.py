"""The simulated disk: what a crash leaves, what a power cut takes, what does not fit; read back by the real journal."""

from pathlib import Path

import pytest

from capi.adapters.journal_file import read_events
from capi.cli.simulation.disk import Disk, SimulatedJournal
from capi.cli.simulation.ended import ProcessEnded


def kept(path: Path) -> list[object]:
    return [event["n"] for event in read_events(path) if "n" in event]


def written(path: Path, disk: Disk) -> SimulatedJournal:
    """A journal with one synced event and two that are not."""
    journal = SimulatedJournal(path, disk)
    journal.append({"event": "x", "n": 1}, durable=True)
    journal.append({"event": "x", "n": 2})
    journal.append({"event": "x", "n": 3})
    return journal


def test_a_crash_keeps_what_was_written(tmp_path: Path) -> None:
    path, disk = tmp_path / "journal.jsonl", Disk()
    written(path, disk).abandon()
    assert kept(path) == [1, 2, 3]


@pytest.mark.parametrize(("keep", "left"), [(0.0, [1]), (0.6, [1, 2]), (0.99, [1, 2]), (1.0, [1, 2, 3])])
def test_a_power_cut_takes_what_was_not_synced_and_cuts_lines(tmp_path: Path, keep: float, left: list[int]) -> None:
    path, disk = tmp_path / "journal.jsonl", Disk()
    written(path, disk).abandon()
    size = path.stat().st_size
    assert disk.power_cut(path, keep) == size - path.stat().st_size
    again = SimulatedJournal(path, disk)
    assert [event["n"] for event in again.events() if "n" in event] == left
    again.append({"event": "x", "n": 4}, durable=True)
    assert kept(path) == [*left, 4]
    again.abandon()


@pytest.mark.parametrize("room", [0, 5, 20])
def test_a_line_that_does_not_fit_is_taken_back_whole(tmp_path: Path, room: int) -> None:
    path, disk = tmp_path / "journal.jsonl", Disk()
    journal = written(path, disk)
    disk.room = room
    with pytest.raises(OSError, match="No space left"):
        journal.append({"event": "x", "n": 4})
    disk.make_room()
    journal.append({"event": "x", "n": 5})
    assert kept(path) == [1, 2, 3, 5]
    journal.abandon()


@pytest.mark.parametrize(
    ("operation", "moment", "left"), [("write", "before", [1, 2, 3]), ("sync", "before", [1, 2, 3, 4])]
)
def test_a_process_can_end_at_an_operation(tmp_path: Path, operation: str, moment: str, left: list[int]) -> None:
    path, disk = tmp_path / "journal.jsonl", Disk()
    journal = written(path, disk)

    def end(*at: str) -> None:
        if at == (operation, moment):
            raise ProcessEnded("crash")

    disk.on_operation = end
    with pytest.raises(ProcessEnded):
        journal.append({"event": "x", "n": 4}, durable=True)
    journal.abandon()
    assert kept(path) == left
