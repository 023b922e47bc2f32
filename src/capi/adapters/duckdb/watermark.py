"""How far a database has come in its journal: one row, changed in the same transaction as the rows it speaks of.

It also tells which journal that is: by the last line that was projected, which bears its number and its time.
"""

from pathlib import Path
from typing import Final

from capi.adapters.duckdb.errors import REBUILD, DatabaseBroken, DatabaseOutdated
from capi.adapters.duckdb.journal_bytes import JournalBytes, digest
from capi.adapters.duckdb.module import duckdb
from capi.adapters.duckdb.schema import SCHEMA, TABLES
from capi.adapters.duckdb.views import VIEWS
from capi.adapters.journal_file import SCHEMA as JOURNAL_SCHEMA
from capi.core.value import record

_CREATE: Final = """CREATE TABLE watermark (schema INTEGER, journal_schema INTEGER, byte_offset BIGINT, seq BIGINT,
    last_line_bytes BIGINT, last_line_sha256 VARCHAR)"""


@record
class Watermark:
    """`offset`: the byte of the journal behind the last line projected; `seq`: that line's number."""

    journal_schema: int = JOURNAL_SCHEMA
    offset: int = 0
    seq: int = 0
    last_line_bytes: int = 0
    last_line_sha256: str = ""

    def after(self, data: bytes, lines: int, journal_schema: int) -> "Watermark":
        """Return the watermark behind `data`, which holds so many whole lines."""
        last = data[data.rfind(b"\n", 0, len(data) - 1) + 1 :]
        return Watermark(journal_schema, self.offset + len(data), self.seq + lines, len(last), digest(last))

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put it in place of the one before."""
        connection.execute(
            "UPDATE watermark SET journal_schema = ?, byte_offset = ?, seq = ?, last_line_bytes = ?, "
            "last_line_sha256 = ?",
            [self.journal_schema, self.offset, self.seq, self.last_line_bytes, self.last_line_sha256],
        )

    def check(self, database: Path, journal: JournalBytes) -> None:
        """Hold the journal against it. Raises DatabaseBroken when it is not the journal that was projected."""
        start = self.offset - self.last_line_bytes
        if journal.size() < self.offset:
            found = f"ends at byte {journal.size()}, before byte {self.offset}, up to which it was projected"
        elif self.offset and journal.digest(start, self.offset) != self.last_line_sha256:
            found = f"has another line at byte {start} than the one that was projected"
        else:
            return
        raise DatabaseBroken(f"{database}: the journal {journal.path} {found}: it was replaced; {REBUILD}")


def create(connection: duckdb.DuckDBPyConnection) -> Watermark:
    """Make tables, views and a watermark at the journal's beginning in an empty database; return that watermark."""
    connection.begin()
    for table in TABLES:
        connection.execute(table.create)
    for name, query in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {query}")
    connection.execute(_CREATE)
    connection.execute("INSERT INTO watermark VALUES (?, ?, 0, 0, 0, '')", [SCHEMA, JOURNAL_SCHEMA])
    connection.commit()
    return Watermark()


def read_watermark(database: Path, connection: duckdb.DuckDBPyConnection, catalog: str = "") -> Watermark:
    """Return the watermark. Raises DatabaseBroken: another schema (DatabaseOutdated: an older one), or not capi's."""
    table = f"{catalog}.watermark" if catalog else "watermark"
    try:
        row = connection.execute(f"SELECT * FROM {table}").fetchone()  # noqa: S608 (the catalog's name is ours)
    except duckdb.CatalogException:
        raise DatabaseBroken(f"{database}: it is no database of capi's: move it away, then {REBUILD}") from None
    if row is None:
        raise DatabaseBroken(f"{database}: the database has lost its watermark: {REBUILD}")
    schema, *rest = row
    if schema < SCHEMA:
        raise DatabaseOutdated(f"{database}: the database has schema {schema}, this version writes {SCHEMA}: {REBUILD}")
    if schema > SCHEMA:
        raise DatabaseBroken(
            f"{database}: the database has schema {schema}, this version knows {SCHEMA}: run the version that wrote "
            f"it, or {REBUILD}"
        )
    return Watermark(*rest)
