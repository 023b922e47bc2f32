"""The journal becomes rows, exactly once: a batch's rows and the new watermark are one transaction.

The file is open only while a batch is written: open, append, watermark, commit, close. Whatever ends the process in
between, the next one goes on behind the last batch that was committed.
"""

from pathlib import Path
from typing import Final

from capi.adapters.duckdb.batch import Batch, store
from capi.adapters.duckdb.connection import DATABASE_NAME, open_write, writing
from capi.adapters.duckdb.errors import DatabaseOutdated
from capi.adapters.duckdb.journal_bytes import BATCH_BYTES, JournalBytes, open_journal
from capi.adapters.duckdb.module import duckdb
from capi.adapters.duckdb.watermark import Watermark, read_watermark
from capi.adapters.journal_file import JOURNAL_NAME
from capi.core.value import record


@record
class Projected:
    """How far a projection has come: its last event, and how many bytes of whole lines are left."""

    seq: int
    offset: int
    left: int


class Projection:
    """Keeps the database of one folder in step with the journal beside it."""

    def __init__(self, folder: Path, *, batch_bytes: int = BATCH_BYTES) -> None:
        self.journal: Final = folder / JOURNAL_NAME
        self.database: Final = folder / DATABASE_NAME
        self._batch_bytes: Final = batch_bytes

    def step(self) -> Projected:
        """Project one batch, and close the file again.

        Raises StoreError (DatabaseOutdated: make it with `rebuild`), JournalCorrupt, and OSError for the journal.
        """
        with open_journal(self.journal) as journal, writing(self.database, wait_seconds=0):
            if not self.database.exists():
                raise DatabaseOutdated(f"{self.database}: there is no database yet: run capi db rebuild")
            with open_write(self.database) as connection:
                mark = read_watermark(self.database, connection)
                mark.check(self.database, journal)
                return project(connection, journal, mark, self._batch_bytes)[1]


def project(
    connection: duckdb.DuckDBPyConnection, journal: JournalBytes, mark: Watermark, batch_bytes: int = BATCH_BYTES
) -> tuple[Watermark, Projected]:
    """Project the batch behind `mark` in one transaction; return the new mark, and what it came to."""
    data = journal.lines_from(mark.offset, batch_bytes)
    if data:
        journal.sync()
        mark = _committed(connection, journal.path, data, mark)
    left = len(journal.lines_from(mark.offset, batch_bytes)) if data else 0
    return mark, Projected(seq=mark.seq, offset=mark.offset, left=left)


def _committed(connection: duckdb.DuckDBPyConnection, path: Path, data: bytes, mark: Watermark) -> Watermark:
    lines = data.split(b"\n")[:-1]
    batch = Batch(path, lines, mark.offset, mark.seq + 1, mark.journal_schema)
    connection.begin()
    try:
        after = mark.after(data, len(lines), store(connection, batch))
        after.write(connection)
        connection.commit()
    except BaseException:
        _roll_back(connection)
        raise
    return after


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Undo what is not committed; a transaction that DuckDB has ended by itself (a full disk) is undone already."""
    try:
        connection.rollback()
    except duckdb.Error:
        return
