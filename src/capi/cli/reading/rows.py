"""What a query returned, as plain values: exact numbers without trailing zeros, times as ISO 8601 in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from capi.cli.output import iso
from capi.core.units import plain

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]


def query(connection: "DuckDBPyConnection", sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
    """Return the rows that a query gives, by the names of their columns. Raises what DuckDB raises."""
    result = connection.execute(sql, dict(parameters or {}))
    names = [column[0] for column in result.description or ()]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(round(value.replace(tzinfo=UTC).timestamp() * 1000))
    return value


def shown(value: object, absent: str = "-") -> str:
    """Return a value as a table shows it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return absent if value is None else str(value)


def money(value: Decimal | None) -> str:
    """Return an amount in USDT as a table shows it."""
    return "-" if value is None else f"{value:,.2f}"


def to_seconds(at: str | None) -> str:
    """Return an ISO time without its fraction."""
    return "-" if at is None else f"{at[:19]}Z"
