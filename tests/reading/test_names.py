"""Names that reading commands know without importing those who write: they are the same."""

from capi.adapters import instance_lock, journal_file, status_file
from capi.cli.reading import room, status_source
from capi.cli.replay import run
from capi.engine import status


def test_names_are_those_of_the_writers() -> None:
    assert journal_file.JOURNAL_NAME == room.JOURNAL
    assert instance_lock.LOCK_NAME == room.LOCK
    assert status_file.STATUS_NAME == room.STATUS
    assert run.RUNS_DIR == room.RUNS
    assert status.SCHEMA == status_source.SCHEMA
