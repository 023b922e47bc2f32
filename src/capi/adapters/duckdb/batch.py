"""A batch of the journal's lines becomes rows: DuckDB itself reads the JSON, one statement for each table.

Every line is checked before anything is stored: it must be an event, and follow the one before it. A line that DuckDB
cannot read but JSON allows (half a surrogate pair, as a foreign message may hold) is stored with a replacement mark in
its place: no event holds the projection up.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from capi.adapters.duckdb.columns import Table
from capi.adapters.duckdb.module import duckdb
from capi.adapters.duckdb.schema import TABLES
from capi.adapters.journal_file import DAMAGED, MIGRATIONS, NEWER, JournalCorrupt
from capi.adapters.journal_file import SCHEMA as JOURNAL_SCHEMA
from capi.core.value import record

_LOAD: Final = """
CREATE OR REPLACE TEMP TABLE batch AS
SELECT seq, coalesce(e.seq = seq AND e.event IS NOT NULL, false) AS is_event, if(is_json, line, '{}')::JSON AS line,
    e.event AS event, e.at_ms AS at_ms, try(epoch_ms(e.at_ms)) AS timestamp
FROM (
    SELECT seq, line, is_json, json_transform(if(is_json, line, '{}'),
        '{"seq":"BIGINT","event":"VARCHAR","at_ms":"BIGINT"}') AS e
    FROM (
        SELECT seq, line, json_valid(line) AS is_json FROM (
            SELECT unnest(lines) AS line, unnest(range($first, $first + len(lines))) AS seq
            FROM (SELECT string_split($text, chr(10)) AS lines)
        )
    )
)"""
_BAD: Final = "SELECT seq FROM batch WHERE NOT is_event ORDER BY seq"
_EVENTS: Final = "SELECT DISTINCT event FROM batch"


@record
class Batch:
    """Whole lines of a journal. `offset` and `first_seq`: of the first; `journal_schema`: of the event before it."""

    path: Path
    lines: list[bytes]
    offset: int
    first_seq: int
    journal_schema: int

    def corrupt(self, index: int, found: str, cure: str = DAMAGED) -> JournalCorrupt:
        """Return the error that names the line at `index`."""
        offset = self.offset + sum(len(line) + 1 for line in self.lines[:index])
        return JournalCorrupt(self.path, self.first_seq + index, offset, found, cure)


def store(connection: duckdb.DuckDBPyConnection, batch: Batch, tables: Sequence[Table] = TABLES) -> int:
    """Add the rows of a batch to `tables`, and return the journal's schema behind it. Commits nothing.

    Raises JournalCorrupt, naming the line, when one is no event or does not follow the one before it.
    """
    lines, schema = _lifted(batch)
    bad = _load(connection, batch, lines)
    if bad:
        for index in bad:
            lines[index] = _mended(batch, index, lines[index])
        for index in _load(connection, batch, lines):
            raise batch.corrupt(index, "DuckDB cannot read it")
    events = {event for (event,) in connection.execute(_EVENTS).fetchall()}
    for table in tables:
        if not table.events or events.intersection(table.events):
            connection.execute(table.fill)
    return schema


def _load(connection: duckdb.DuckDBPyConnection, batch: Batch, lines: list[bytes]) -> list[int]:
    """Put the lines into the table `batch`; return the indices of those that are no event as far as DuckDB can see."""
    try:
        text = b"\n".join(lines).decode()
    except UnicodeDecodeError as error:
        index = error.object.count(b"\n", 0, error.start)
        raise batch.corrupt(index, f"not JSON ({error.reason})") from None
    connection.execute(_LOAD, {"text": text, "first": batch.first_seq})
    return [seq - batch.first_seq for (seq,) in connection.execute(_BAD).fetchall()]


def _lifted(batch: Batch) -> tuple[list[bytes], int]:
    """Return the lines, lifted to this version's schema, and the schema behind the last of them."""
    schema = batch.journal_schema
    lines = list(batch.lines)
    for index, line in enumerate(lines):
        if b'"journal_opened"' in line:
            schema = _schema_of(batch, index, schema)
        if schema != JOURNAL_SCHEMA:
            event = _parsed(batch, index, line)
            for older in range(schema, JOURNAL_SCHEMA):
                event = MIGRATIONS[older](event)
            lines[index] = json.dumps(event).encode()
    return lines, schema


def _schema_of(batch: Batch, index: int, before: int) -> int:
    event = _parsed(batch, index, batch.lines[index])
    if event["event"] != "journal_opened":
        return before
    schema = event.get("schema")
    if type(schema) is not int or schema < 1:
        raise batch.corrupt(index, "the journal's schema is missing")
    if schema > JOURNAL_SCHEMA:
        found = f"schema {schema} is newer than this version's {JOURNAL_SCHEMA}"
        raise batch.corrupt(index, found, NEWER)
    return schema


def _mended(batch: Batch, index: int, line: bytes) -> bytes:
    """Return a line that JSON allows and DuckDB does not, without what stands between them."""
    return json.dumps(_parsed(batch, index, line), ensure_ascii=False).encode(errors="replace")


def _parsed(batch: Batch, index: int, line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise batch.corrupt(index, f"not JSON ({error})") from None
    if not isinstance(event, dict) or type(event.get("seq")) is not int or type(event.get("event")) is not str:
        raise batch.corrupt(index, "not an event (seq and event are missing or of another type)")
    if event["seq"] != batch.first_seq + index:
        found = f"event {event['seq']} stands where event {batch.first_seq + index} belongs"
        raise batch.corrupt(index, found)
    return event
