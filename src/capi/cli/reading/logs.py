"""Log lines as `capi logs` shows them: time, level, who says it, and one sentence."""

from typing import TYPE_CHECKING, Final

from capi.cli.output import printable
from capi.cli.reading.rows import Row, query, shown
from capi.core.value import value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES: Final = ("logs",)
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_NEAR: Final = 20
"""How many events are looked through for one line."""
_WIDTH: Final = max(map(len, LEVELS))


def levels_below(level: str) -> list[str]:
    """Return the levels below this one."""
    return list(LEVELS[: LEVELS.index(level)])


@value
class Wanted:
    """Which lines. `below`: levels that are left out; `limit`: the newest so many, None: all; `whole`: with context."""

    below: list[str]
    since_ms: int | None = None
    limit: int | None = None
    whole: bool = False


def logs_of(connection: "DuckDBPyConnection", wanted: Wanted, last_seq: int) -> list[Row]:
    """Return the newest lines, the oldest of them first. `last_seq`: of the journal's last event.

    They are looked for among the newest events first; further back only when there are too few of them.
    """
    if wanted.limit is not None:
        found = _newest(connection, wanted, last_seq - _NEAR * wanted.limit)
        if len(found) == wanted.limit:
            return found
    return _newest(connection, wanted, 0)


def _newest(connection: "DuckDBPyConnection", wanted: Wanted, after_seq: int) -> list[Row]:
    sql = f"""SELECT seq, timestamp, level, source, event, message{", context" if wanted.whole else ""} FROM logs
        WHERE seq > {after_seq:d} AND NOT list_contains($below, level)
        AND ($since IS NULL OR timestamp >= epoch_ms($since))
        ORDER BY seq DESC {"" if wanted.limit is None else f"LIMIT {wanted.limit:d}"}"""  # noqa: S608 (all of it is ours)
    return query(connection, sql, {"below": wanted.below, "since": wanted.since_ms})[::-1]


def line_of(row: Row) -> str:
    """Return a line for people."""
    at = shown(row["timestamp"])
    return printable(f"{at:<24} {shown(row['level']):<{_WIDTH}} {shown(row['source']):<16} {shown(row['message'])}")
