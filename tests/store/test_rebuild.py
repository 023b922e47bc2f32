"""`capi db rebuild`: a new database from the journal, whatever is wrong with the old one, or the old one as it was."""

import json
from pathlib import Path

import pytest

from capi.adapters.duckdb import rebuild as rebuilding
from capi.adapters.duckdb.connection import DATABASE_NAME, wal_of, writing
from capi.adapters.duckdb.errors import DatabaseBroken, DatabaseClosed, DatabaseHeld
from capi.adapters.duckdb.rebuild import ensure_projected, rebuild
from tests.cli.run import run
from tests.store.journals import ask, count, samples, write
from tests.store.processes import reader, run_program

_FULL = """
import resource, sys
from pathlib import Path
from capi.adapters.duckdb.errors import DiskFull
from capi.adapters.duckdb.rebuild import rebuild
from tests.store.journals import count, samples, write

folder = Path(sys.argv[1])
write(folder, samples(2))
rebuild(folder)
write(folder, samples(4000, first=2))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
try:
    rebuild(folder)
except DiskFull as error:
    print(error, count(folder), sorted(path.name for path in folder.iterdir()))
"""


@pytest.mark.parametrize("limit", ["100000", "700000"])  # no room for the rows; room for them, but not for the file
def test_a_disk_that_gets_full_leaves_the_old_database(tmp_path: Path, limit: str) -> None:
    told = run_program(_FULL, tmp_path, limit)
    assert "free some space" in told
    assert told.endswith(" 2 ['capi.duckdb', 'capi.duckdb.lock', 'journal.jsonl']\n")


def test_it_goes_on_under_a_reader_who_keeps_what_he_opened(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    write(tmp_path, samples(3, first=2))
    with reader(tmp_path / DATABASE_NAME):
        assert rebuild(tmp_path).seq == 6
        assert count(tmp_path) == 5


_CRASH = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("UPDATE watermark SET seq = 77")
os._exit(0)
"""


def test_the_log_of_the_old_database_never_meets_the_new_one(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    run_program(_CRASH, tmp_path / DATABASE_NAME)
    log = wal_of(tmp_path / DATABASE_NAME)
    spoilt = bytearray(log.read_bytes())
    spoilt[spoilt.rindex((77).to_bytes(8, "little"))] ^= 1  # in the value: a spoilt length would pass for a torn end
    log.write_bytes(spoilt)
    with pytest.raises(DatabaseBroken, match="capi db rebuild"):
        ensure_projected(tmp_path)
    rebuild(tmp_path)
    assert (count(tmp_path), log.exists()) == (2, False)


def test_what_a_killed_rebuild_left_is_removed(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    for left in ("capi.duckdb.new", "capi.duckdb.new.wal"):
        (tmp_path / left).write_bytes(b"half")
    rebuild(tmp_path)
    assert count(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capi.duckdb", "capi.duckdb.lock", "journal.jsonl"]


def test_of_two_at_once_one_waits_and_then_says_so(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    with writing(tmp_path / DATABASE_NAME, 0), pytest.raises(DatabaseHeld, match="another process writes it"):
        rebuild(tmp_path, wait_seconds=0.1)


def test_it_tells_how_far_it_has_come(tmp_path: Path) -> None:
    size = write(tmp_path, samples(400)).stat().st_size
    told: list[tuple[int, int]] = []
    rebuild(tmp_path, lambda done, whole: told.append((done, whole)), batch_bytes=10_000)
    assert len(told) == 4
    assert told == sorted(told)
    assert told[-1] == (size, size)


def test_it_ends_although_the_journal_grows_under_it(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    grown = 0

    def grow(done: int, whole: int) -> None:
        nonlocal grown
        grown += 1
        assert grown < 10
        write(tmp_path, samples(1, first=2 + grown))

    assert rebuild(tmp_path, grow, batch_bytes=100).seq >= 4
    assert ask(tmp_path, "SELECT count(*), count(DISTINCT seq) FROM equity") == [(3 + grown, 3 + grown)]


def test_reading_brings_a_replay_up_to_date_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, samples(2))
    ensure_projected(tmp_path)
    monkeypatch.setattr(rebuilding, "rebuild", None)  # not needed again
    write(tmp_path, samples(2, first=2))
    ensure_projected(tmp_path)
    assert count(tmp_path) == 4


# as a user calls it


def test_the_command_makes_it_and_says_so(tmp_path: Path) -> None:
    write(tmp_path / "run", samples(3))
    done = run(["db", "rebuild", "--run", "run"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("run/capi.duckdb: 4 events of run run in ")
    assert ask(tmp_path / "run", "SELECT count(*) FROM equity") == [(3,)]


def test_the_command_as_json(tmp_path: Path) -> None:
    size = write(tmp_path / "run", samples(3)).stat().st_size
    document = json.loads(run(["db", "rebuild", "--run", "run", "--json"], tmp_path).stdout)
    assert document.pop("seconds") >= 0
    assert document == {
        "schema": "capi.db/1",
        "database": "run/capi.duckdb",
        "journal": "run/journal.jsonl",
        "events": 4,
        "journal_bytes": size,
    }


def test_the_command_refuses_a_corrupt_journal_and_names_the_place(tmp_path: Path) -> None:
    journal = write(tmp_path / "run", samples(3))
    journal.write_bytes(journal.read_bytes() + b"{}\n")
    done = run(["db", "rebuild", "--run", "run"], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("capi: run/journal.jsonl:5 (byte ")
    assert "not an event" in done.stderr


def test_the_command_without_anything_to_read(tmp_path: Path) -> None:
    done = run(["db", "rebuild"], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was recorded yet" in done.stderr


def test_the_command_where_nothing_may_be_written(tmp_path: Path) -> None:
    write(tmp_path / "run", samples(3))
    (tmp_path / "run" / "capi.duckdb.lock").mkdir()  # as root, who may write anywhere, cannot either
    done = run(["db", "rebuild", "--run", "run"], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "run/capi.duckdb.lock: cannot be made (Is a directory): correct the folder's rights" in done.stderr


def test_a_file_that_cannot_be_put_in_its_place(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(DatabaseClosed, match="is a directory: remove it, then run capi db rebuild"):
        rebuild(tmp_path)
    assert not (tmp_path / "capi.duckdb.new").exists()
