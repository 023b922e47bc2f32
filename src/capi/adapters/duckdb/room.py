"""One look at everything in a folder: the database and what the journal says beyond it, as if they were one.

The database's file is attached read-only while the context lasts, so leave it soon: a projection waits for it. What the
journal holds past the watermark goes through the same statements into memory. When the database cannot be used, the
whole journal is read that way: slower, the same answer, and `warning` says why and what to do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from capi.adapters.duckdb.batch import Batch, store
from capi.adapters.duckdb.columns import Table
from capi.adapters.duckdb.connection import DATABASE_NAME, PATIENCE_SECONDS, in_memory, patiently
from capi.adapters.duckdb.errors import DatabaseOutdated, StoreError, told
from capi.adapters.duckdb.journal_bytes import JournalBytes, open_journal
from capi.adapters.duckdb.module import duckdb
from capi.adapters.duckdb.schema import TABLES
from capi.adapters.duckdb.views import VIEWS, VIEWS_OVER
from capi.adapters.duckdb.watermark import Watermark, read_watermark
from capi.adapters.journal_file import JOURNAL_NAME, JournalCorrupt
from capi.core.value import record

KEPT: Final = "kept"
TAIL: Final = "tail"


@record
class Room:
    """What can be asked with SQL: the tables and views of docs/database.md, under their plain names.

    `mark`: up to where the journal was read. `warning`: why the database could not be used, and the cure. `damage`: why
    the journal behind the database could not be read, and the cure; then the database alone answers.
    """

    connection: duckdb.DuckDBPyConnection
    mark: Watermark
    warning: str | None
    damage: str | None = None


@contextmanager
def open_room(
    folder: Path, *names: str, patience_seconds: float = PATIENCE_SECONDS, journal_alone: bool = False
) -> Iterator[Room]:
    """Yield the folder's tables and views (those of `names`, or all), with the journal's tail in them.

    The table that a view of `names` is over is there as well. A view costs some milliseconds.
    `journal_alone`: leave the database out, as when a query has met damage in it. Raises JournalCorrupt when a damaged
    journal is all there is, and OSError when there is none.
    """
    views = [name for name in VIEWS if not names or name in names]
    needed = {*names, *(VIEWS_OVER[name].name for name in views)}
    tables = [table for table in TABLES if not names or table.name in needed]
    with open_journal(folder / JOURNAL_NAME) as journal, in_memory() as connection:
        mark, warning = Watermark(), None
        if not journal_alone:
            mark, warning = _attached(connection, folder / DATABASE_NAME, journal, patience_seconds)
        sources = [TAIL] if warning or journal_alone else [f"{KEPT}.main", TAIL]
        damage = None
        try:
            mark = _read_tail(connection, tables, journal, mark)
        except JournalCorrupt as error:
            if KEPT not in sources[0]:
                raise
            damage = str(error)
            connection.execute("USE main")
        for table in tables:
            union = " UNION ALL ".join(f"SELECT * FROM {source}.{table.name}" for source in sources)  # noqa: S608
            connection.execute(f"CREATE VIEW {table.name} AS {union}")
        for name in views:
            connection.execute(f"CREATE VIEW {name} AS {VIEWS[name]}")
        yield Room(connection, mark, warning, damage)


def _attached(
    connection: duckdb.DuckDBPyConnection, database: Path, journal: JournalBytes, patience_seconds: float
) -> tuple[Watermark, str | None]:
    """Attach the database, and return its watermark; when it cannot be used, the journal's beginning, and why."""

    def attempt() -> duckdb.DuckDBPyConnection:
        quoted = str(database).replace("'", "''")
        return connection.execute(f"ATTACH '{quoted}' AS {KEPT} (READ_ONLY)")

    try:
        if not database.exists():
            raise DatabaseOutdated(f"{database}: there is no database yet: run capi db rebuild")
        with told(database):
            patiently(attempt, patience_seconds)
            mark = read_watermark(database, connection, KEPT)
            mark.check(database, journal)
    except StoreError as error:
        return Watermark(), str(error)
    return mark, None


def _read_tail(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], journal: JournalBytes, mark: Watermark
) -> Watermark:
    """Read the journal behind `mark` into tables of their own, and return the mark at its end."""
    connection.execute(f"CREATE SCHEMA {TAIL}")
    connection.execute(f"USE {TAIL}")
    for table in tables:
        connection.execute(table.create)
    end = journal.size()  # an engine may write faster than we read
    while mark.offset < end and (data := journal.lines_from(mark.offset)):
        lines = data.split(b"\n")[:-1]
        batch = Batch(journal.path, lines, mark.offset, mark.seq + 1, mark.journal_schema)
        mark = mark.after(data, len(lines), store(connection, batch, tables))
    connection.execute("USE main")
    return mark
