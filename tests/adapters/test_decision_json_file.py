"""The decision file under a writer's hands: torn, replaced, lost, older, or no decision at all."""

import os
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from capi.adapters.decision_file import SEEN_IDS_MAX, FileDecisionSource, SeenIds
from capi.core.decision import Decision, Unusable
from capi.core.ids import hashed_key
from tests.adapters.decision_examples import FLAT, LONG, SHORT, TIME_MS, written

NOW_MS = TIME_MS + 60_000
LATER = "2025-11-28T10:10:00Z"
LATER_MS = TIME_MS + 300_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decision.json"


@pytest.fixture
def source(path: Path) -> FileDecisionSource:
    return FileDecisionSource(path, "BTCUSDT", "capi")


def put(path: Path, content: bytes, mtime_ms: int = TIME_MS) -> None:
    """Replace the file as a careful writer does; its time is set, so that nothing depends on when the test runs."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    os.utime(beside, ns=(mtime_ms * 1_000_000, mtime_ms * 1_000_000))
    beside.replace(path)


def decided(source: FileDecisionSource, now_ms: int = NOW_MS) -> Decision:
    decision = source.latest(now_ms).decision
    assert isinstance(decision, Decision), decision
    return decision


def refused(source: FileDecisionSource) -> str:
    decision = source.latest(NOW_MS).decision
    assert isinstance(decision, Unusable), decision
    return decision.reason


def test_a_new_decision_is_seen_and_an_unchanged_one_is_the_same_object(path: Path, source: FileDecisionSource) -> None:
    put(path, written(LONG))
    first = source.latest(NOW_MS)
    assert first is source.latest(NOW_MS + 1000)
    put(path, written(FLAT, timestamp_iso=LATER), LATER_MS)
    assert decided(source, LATER_MS).timestamp_ms == LATER_MS


@pytest.mark.parametrize("torn", [b"", written(LONG)[:40], written(LONG)[:-1], b'{"reason": "\xc3'])
def test_a_torn_file_keeps_the_last_good_decision(path: Path, source: FileDecisionSource, torn: bytes) -> None:
    put(path, written(LONG))
    good = source.latest(NOW_MS)
    put(path, torn, LATER_MS)
    assert source.latest(NOW_MS) is good
    put(path, written(SHORT, timestamp_iso=LATER), LATER_MS)
    assert decided(source, LATER_MS).timestamp_ms == LATER_MS


def test_a_torn_file_is_read_again_although_its_stamp_did_not_change(path: Path, source: FileDecisionSource) -> None:
    good = written(LONG)
    put(path, good[:-1] + b" ")
    assert "stops in the middle" in refused(source)
    with path.open("r+b") as file:  # completed in place: same size, same inode, and the time is set back
        file.write(good)
    os.utime(path, ns=(TIME_MS * 1_000_000, TIME_MS * 1_000_000))
    assert decided(source).timestamp_ms == TIME_MS


def overwrite(path: Path, content: bytes, mtime_ms: int) -> None:
    """Overwrite the file as a careless writer does: in place, without emptying it first."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
    os.utime(path, ns=(mtime_ms * 1_000_000, mtime_ms * 1_000_000))


class FileClock:
    """The clock that dates the file, in ms after TIME_MS."""

    def __init__(self) -> None:
        self.ms = 1000

    def now_ns(self) -> int:
        return (TIME_MS + self.ms) * 1_000_000


def dated(path: Path) -> tuple[FileDecisionSource, FileClock]:
    """A source by whose clock a file of TIME_MS is a second old."""
    clock = FileClock()
    return FileDecisionSource(path, "BTCUSDT", "capi", file_now_ns=clock.now_ns), clock


def test_a_rewrite_within_one_tick_of_the_files_clock_is_seen(path: Path) -> None:
    source, _ = dated(path)
    put(path, written(LONG, reason="a"))
    assert decided(source).reason == "a"
    overwrite(path, written(LONG, reason="b"), TIME_MS)  # same size, same inode, same time
    assert decided(source).reason == "b"


def test_half_of_an_overwritten_file_is_no_decision_although_it_looks_whole(path: Path) -> None:
    source, clock = dated(path)
    old, new = written(LONG, reason="a"), written(LONG, reason="b", timestamp_iso=LATER)
    put(path, old)
    first = source.latest(NOW_MS)
    kept = new.index(b'"timestamp_iso"')
    overwrite(path, old[:kept] + new[kept:], TIME_MS + clock.ms)
    assert source.latest(LATER_MS) is first
    clock.ms += 10
    overwrite(path, new, TIME_MS + clock.ms - 10)
    assert source.latest(LATER_MS) is first
    clock.ms += 10
    assert decided(source, LATER_MS) != first.decision
    assert decided(source, LATER_MS).timestamp_ms == LATER_MS


def test_what_was_renamed_into_place_counts_at_once(path: Path) -> None:
    source, clock = dated(path)
    put(path, written(LONG))
    decided(source)
    put(path, written(SHORT, timestamp_iso=LATER), TIME_MS + clock.ms)
    assert decided(source, LATER_MS).timestamp_ms == LATER_MS


def test_the_first_file_that_is_read_may_be_half_of_one_too(path: Path) -> None:
    source, clock = dated(path)
    put(path, written(LONG), TIME_MS + clock.ms)
    assert "it was overwritten just now" in refused(source)
    clock.ms += 100
    decided(source)


def test_a_reader_who_got_all_of_the_old_one_reads_again_although_the_times_are_the_new_ones(path: Path) -> None:
    source, clock = dated(path)
    put(path, written(LONG))
    first = source.latest(NOW_MS)
    overwrite(path, written(LONG), TIME_MS + clock.ms)
    assert source.latest(NOW_MS) is first
    overwrite(path, written(SHORT, timestamp_iso=LATER), TIME_MS + clock.ms)
    clock.ms += 100
    assert decided(source, LATER_MS).timestamp_ms == LATER_MS


def test_a_file_that_vanishes_keeps_the_last_good_decision(path: Path, source: FileDecisionSource) -> None:
    put(path, written(LONG))
    good = source.latest(NOW_MS)
    path.unlink()
    assert source.latest(NOW_MS) is good


def test_an_invalid_file_is_unusable_at_once_and_a_torn_one_does_not_undo_it(
    path: Path, source: FileDecisionSource
) -> None:
    put(path, written(LONG))
    decided(source)
    put(path, written(LONG, timestamp_iso=LATER, sl=None), LATER_MS)
    assert refused(source).startswith("sl: missing")
    put(path, b"")
    assert refused(source).startswith("sl: missing")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b"\x00" * 10, "is binary"), (b"\xff\xfe", "not UTF-8"), (b" " * (2 << 20), "longer than")],
)
def test_never_a_good_one_is_said_with_its_cause(
    path: Path, source: FileDecisionSource, content: bytes, says: str
) -> None:
    put(path, content)
    assert says in refused(source)
    assert source.latest(NOW_MS) is source.latest(NOW_MS)


def test_missing_directory_and_no_rights_name_the_path_and_the_cure(path: Path, source: FileDecisionSource) -> None:
    assert refused(source) == f"{path}: no such file; start the writer, or correct decision_file"
    path.mkdir()
    assert refused(source) == f"{path}: not a file; have the decision written to a plain file there"
    below = FileDecisionSource(Path("/dev/null/decision.json"), "BTCUSDT", "capi")
    assert "not a directory" in refused(below)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_unusable_until_it_can_be_read(path: Path, source: FileDecisionSource) -> None:
    put(path, written(LONG))
    path.chmod(0)
    assert "permission denied" in refused(source)
    path.chmod(0o600)
    decided(source)


def test_an_older_decision_changes_nothing_and_is_said_once(
    path: Path, source: FileDecisionSource, caplog: pytest.LogCaptureFixture
) -> None:
    put(path, written(LONG, timestamp_iso=LATER), LATER_MS)
    newest = source.latest(LATER_MS)
    put(path, written(SHORT))
    assert source.latest(LATER_MS) is newest
    assert source.latest(LATER_MS) is newest
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: decision 20251128T100500Z is older than 20251128T101000Z, the newest one; "
        "it changes nothing, write newer ones only"
    ]


def test_a_decision_from_the_future_does_not_shut_out_later_files(path: Path, source: FileDecisionSource) -> None:
    put(path, written(LONG, timestamp_iso="2099-01-01T00:00:00Z"))
    decided(source)
    put(path, written(SHORT))
    assert decided(source).timestamp_ms == TIME_MS


def test_an_id_that_comes_back_with_another_timestamp_is_another_id(path: Path, source: FileDecisionSource) -> None:
    put(path, written(LONG, decision_id="idea"))
    assert decided(source).decision_id == "idea"
    put(path, written(LONG, decision_id="idea", timestamp_iso=LATER), LATER_MS)
    told_apart = hashed_key("idea", str(LATER_MS))
    assert decided(source, LATER_MS).decision_id == told_apart
    restarted = FileDecisionSource(path, "BTCUSDT", "capi", seen=[("idea", TIME_MS), (told_apart, LATER_MS)])
    assert decided(restarted, LATER_MS).decision_id == told_apart


def test_without_a_timestamp_the_files_time_is_the_decisions(path: Path, source: FileDecisionSource) -> None:
    content = written(LONG, timestamp_iso=...)
    put(path, content)
    assert decided(source).decision_id == "20251128T100500Z"
    put(path, content, LATER_MS)
    assert decided(source, LATER_MS).decision_id == "20251128T101000Z"


def test_seen_ids_do_not_grow_without_end() -> None:
    ids = SeenIds((str(number), 0) for number in range(SEEN_IDS_MAX))
    assert ids.told_apart("0", 1) != "0"
    assert ids.told_apart("new", 1) == "new"
    assert ids.told_apart("0", 1) == "0"


def test_a_fresh_file_that_did_not_change_is_the_same_object(path: Path) -> None:
    source, _ = dated(path)
    put(path, written(LONG))
    assert source.latest(NOW_MS) is source.latest(NOW_MS)


def test_a_file_that_is_emptied_and_filled_is_never_seen_half(path: Path) -> None:
    source = FileDecisionSource(
        path, "BTCUSDT", "capi", file_now_ns=lambda: time.time_ns() + 1_000_000_000
    )  # by its clock nothing was written just now
    contents = [written(LONG, reason=letter * 200_000) for letter in "ab"]
    path.write_bytes(contents[0])
    assert decided(source).reason[0] == "a"
    done = Event()

    def rewrite() -> None:
        for turn in range(200):
            path.write_bytes(contents[turn % 2])  # empties the file, then fills it
        done.set()

    writer = Thread(target=rewrite)
    writer.start()
    seen: set[str] = set()
    while not done.is_set():
        seen.add(decided(source).reason)
    writer.join()
    seen.add(decided(source).reason)
    assert {len(reason) for reason in seen} == {200_000}
    assert decided(source).reason[0] == "b"
