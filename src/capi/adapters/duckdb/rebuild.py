"""A database made anew from its journal, beside the old one, which it then replaces in one step.

It works while an engine runs: whoever writes or replaces the database holds `capi.duckdb.lock`, so the engine's
projection waits (its journal does not) and goes on in the new file. Readers keep the file that they opened.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from capi.adapters.duckdb.connection import DATABASE_NAME, open_write, wal_of, writing
from capi.adapters.duckdb.errors import DatabaseOutdated, told_of_files
from capi.adapters.duckdb.journal_bytes import BATCH_BYTES, open_journal
from capi.adapters.duckdb.projection import Projected, Projection, project
from capi.adapters.duckdb.watermark import create
from capi.adapters.journal_file import JOURNAL_NAME

OTHERS_SECONDS: Final = 5.0
"""How long another writer is waited for: a projection takes far less, another rebuild may take longer."""

Progress = Callable[[int, int], None]
"""Is told how many bytes of the journal are done, and of how many."""


def unheard(done: int, whole: int) -> None:
    """Progress that nobody looks at."""


def rebuild(
    folder: Path,
    progress: Progress = unheard,
    *,
    wait_seconds: float = OTHERS_SECONDS,
    batch_bytes: int = BATCH_BYTES,
) -> Projected:
    """Make the folder's database anew from its journal as it is now. The old one stays until the new one is whole.

    Raises StoreError, JournalCorrupt (the line is named), and OSError for the journal; then nothing has changed.
    """
    database = folder / DATABASE_NAME
    new = database.with_name(f"{DATABASE_NAME}.new")
    with open_journal(folder / JOURNAL_NAME) as journal, writing(database, wait_seconds):
        try:
            _remove(new)
            with open_write(new) as connection:
                mark = create(connection)
                projected = Projected(seq=0, offset=0, left=1)
                end = journal.size()  # what an engine writes meanwhile is its own projection's
                while projected.left and projected.offset < end:
                    mark, projected = project(connection, journal, mark, batch_bytes)
                    progress(projected.offset, journal.size())
                connection.execute("CHECKPOINT")  # at closing, a full disk would leave rows in the log without a word
            _replace(new, database)
        finally:
            _remove(new)
    return projected


def ensure_projected(folder: Path, progress: Progress = unheard) -> None:
    """Bring the folder's database up to the end of its journal, making it when it is missing or of an older schema.

    For a folder in which no engine runs, such as a replay's. Raises what `rebuild` raises.
    """
    projection = Projection(folder)
    try:
        end = projection.journal.stat().st_size
        while (done := projection.step()).left and done.offset < end:
            pass
    except DatabaseOutdated:
        rebuild(folder, progress)


def _remove(database: Path) -> None:
    with told_of_files(database):
        database.unlink(missing_ok=True)
        wal_of(database).unlink(missing_ok=True)


def _replace(new: Path, database: Path) -> None:
    """Put `new` in the database's place, for good. The old one's log goes first: it must not meet the new file."""
    with told_of_files(database):
        new.chmod(0o600)
        wal_of(database).unlink(missing_ok=True)
        new.replace(database)
        directory = os.open(database.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
