"""The projection beside a running engine, on bad days: the engine goes on, nothing is lost, and the cure is named."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from capi.adapters.duckdb import thread as projection_thread
from capi.adapters.duckdb.connection import writing
from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.duckdb.thread import ProjectionThread
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, assert_sound, live
from tests.store.journals import ask, count, lines, samples, write
from tests.store.processes import reader, run_program, until

FAST = 0.02


def projecting(folder: Path) -> ProjectionThread:
    """Return a projection of the folder that runs often."""
    thread = ProjectionThread(folder, interval_seconds=FAST)
    thread.start()
    return thread


def test_what_an_engine_writes_arrives_while_it_runs_and_at_its_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    thread = projecting(tmp_path)
    live(stage, PATH[:8])
    until(lambda: thread.state.behind_bytes == 0)
    assert ask(tmp_path, "SELECT status FROM trades") == [("open",)]
    live(stage, PATH[8:])
    assert thread.close()
    kept = stage.kept()
    state = thread.state
    assert (state.seq, state.behind_bytes, state.error, state.alert) == (kept[-1]["seq"], 0, None, None)
    assert ask(tmp_path, "SELECT status FROM trades") == [("closed",)]
    assert (tmp_path / "capi.duckdb").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "capi.duckdb.wal").exists()


def test_a_reader_that_holds_the_file_delays_it_and_no_more(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    thread = projecting(tmp_path)
    until(lambda: thread.state.seq == 3)
    with reader(tmp_path / "capi.duckdb"):
        write(tmp_path, samples(3, first=2))
        until(lambda: thread.state.failing_for is not None)
        state = thread.state
        assert state.error is not None
        assert "another program has the database open" in state.error
        assert state.alert is None
        assert state.behind_bytes == len(b"".join(lines(tmp_path / "journal.jsonl")[3:]))
        assert ask(tmp_path, "SELECT count(*) FROM equity") == [(5,)]  # other readers see everything
    until(lambda: thread.state.seq == 6)
    assert (thread.state.error, count(tmp_path)) == (None, 5)
    assert thread.close()


def test_a_reader_that_holds_it_for_long_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection_thread, "HELD_SECONDS_MAX", 0.1)
    monkeypatch.setattr(projection_thread, "CLOSE_SECONDS", 0.1)
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    with reader(tmp_path / "capi.duckdb"):
        thread = projecting(tmp_path)
        until(lambda: thread.state.alert is not None)
        assert not thread.close()
    assert "end it when it holds it for long" in (thread.state.error or "")


def test_a_rebuild_by_another_process_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    with writing(tmp_path / "capi.duckdb", 0):
        thread = projecting(tmp_path)
        until(lambda: "another process writes it" in (thread.state.error or ""))
        write(tmp_path, samples(3, first=2))
    assert thread.close()
    assert count(tmp_path) == 5


def test_rebuilds_while_an_engine_runs_lose_and_double_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    thread = projecting(tmp_path)
    for begin in range(0, len(PATH), 4):
        live(stage, PATH[begin : begin + 4])
        rebuild(tmp_path)
    assert thread.close()
    loud = [event["seq"] for event in stage.kept() if event["event"] not in ("journal_opened", "equity")]
    assert [seq for (seq,) in ask(tmp_path, "SELECT seq FROM logs ORDER BY seq")] == loud


def flip_a_byte(database: Path) -> None:
    spoilt = bytearray(database.read_bytes())
    spoilt[4096 + 8] ^= 1  # in the newer of the two headers, or in the one that is left
    spoilt[8192 + 8] ^= 1
    database.write_bytes(spoilt)


def make_a_folder(database: Path) -> None:
    database.unlink()
    database.mkdir()


def put_garbage(database: Path) -> None:
    database.write_bytes(b"not a database" * 1000)


@pytest.mark.parametrize("spoil", [flip_a_byte, make_a_folder, put_garbage])
def test_the_engine_guards_on_while_the_database_is_unusable(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    stage = Stage(tmp_path)
    rebuild(tmp_path)
    spoil(tmp_path / "capi.duckdb")
    thread = projecting(tmp_path)
    for price in PATH:
        report = stage.run(price=price)
        assert report.failure is None
        assert report.guard in ("none", "guarded", "naked")  # naked: seen before the stop of the same pass went out
    until(lambda: thread.state.alert is not None)
    assert "capi db rebuild" in (thread.state.alert or "")
    assert_sound(stage)
    assert len(stage.named("trade_closed")) == 1
    if (tmp_path / "capi.duckdb").is_dir():
        (tmp_path / "capi.duckdb").rmdir()
    rebuild(tmp_path)
    until(lambda: thread.state.error is None)
    assert thread.close()
    assert ask(tmp_path, "SELECT status FROM trades") == [("closed",)]


_FULL_DISK = """
import resource, sys
from pathlib import Path
from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.duckdb.thread import ProjectionThread
from tests.store.journals import ask, samples, write
from tests.store.processes import until

folder = Path(sys.argv[1])
write(folder, samples(2))
rebuild(folder)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
write(folder, samples(4000, first=2))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
thread = ProjectionThread(folder, interval_seconds=0.02)
thread.start()
until(lambda: thread.state.error is not None)
print(thread.state.alert)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
write(folder, samples(1, first=4002))
print(thread.close(), ask(folder, "SELECT count(*), count(DISTINCT seq) FROM equity"))
"""


def test_a_full_disk_is_told_of_and_made_up_for(tmp_path: Path) -> None:
    told, end = run_program(_FULL_DISK, tmp_path).splitlines()
    assert "free some space, it then catches up by itself" in told
    assert end == "True [(4003, 4003)]"


def test_a_corrupt_line_of_the_journal_is_told_of(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    rebuild(tmp_path)
    journal.write_bytes(journal.read_bytes() + b"nonsense\n")
    thread = projecting(tmp_path)
    until(lambda: thread.state.alert is not None)
    assert "journal.jsonl:5 (byte " in (thread.state.alert or "")
    thread.close()


def test_a_missing_journal_is_told_of(tmp_path: Path) -> None:
    thread = projecting(tmp_path)
    until(lambda: thread.state.alert is not None)
    state = thread.state
    assert "journal.jsonl: the journal was moved away or removed under a running engine" in (state.alert or "")
    assert (state.seq, state.behind_bytes, state.since_success) == (None, None, None)
    write(tmp_path, samples(1))
    until(lambda: thread.state.seq == 2)
    assert thread.close()


def test_its_end_leaves_no_thread_behind(tmp_path: Path) -> None:
    write(tmp_path, samples(1))
    thread = projecting(tmp_path)
    assert thread.close()
    assert "projection" not in [running.name for running in threading.enumerate()]


def test_before_its_start_it_says_that_it_does_not_run(tmp_path: Path) -> None:
    write(tmp_path, samples(1))
    assert ProjectionThread(tmp_path).state.alert == "the projection does not run: start the engine anew"
