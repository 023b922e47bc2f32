"""Orders as `capi orders` shows them: one row an order, with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capi.adapters.duckdb.views import ORDERS
from capi.cli.reading.rows import Row, query, shown, to_seconds
from capi.core.orders import ENDED, OPEN

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROLES: Final = ("entry", "sl", "tp1", "tp2", "exit")
COLUMNS: Final = ("at", "role", "side", "type", "status", "qty", "filled", "price", "id", "why")
TABLES: Final = ("order_states",)

_MAY_BE_OPEN: Final = f"""NOT coalesce(arg_max(status, seq) FILTER (status IS NOT NULL)
    IN {tuple(sorted({*ENDED, "TRIGGERED"}))}, false)
    AND (coalesce(max(quantity), 0) = 0 OR coalesce(sum(executed_qty), 0) < max(quantity))"""
"""Of the states of one order, seen together: cheap, and true of every order that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders. `limit`: of the newest, at most; None: all."""

    only_open: bool = False
    role: str | None = None
    decision_id: str | None = None
    limit: int | None = None


def orders_of(connection: "DuckDBPyConnection", wanted: Wanted) -> list[Row]:
    """Return the orders that are wanted, the oldest first.

    Ids are picked first, over all states at once; only the states of those are put together. A triggered stop and the
    order that it creates share their id.
    """
    having, key = ["true"], "client_order_id"
    if wanted.only_open:
        having.append(_MAY_BE_OPEN)
        key = "kind, client_order_id"
    if wanted.role is not None:
        having.append("max(role) = $role")
    if wanted.decision_id is not None:
        having.append("max(decision_id) = $decision_id")
    limit = "" if wanted.limit is None else f"LIMIT {wanted.limit:d}"
    given = {"role": wanted.role, "decision_id": wanted.decision_id}
    connection.execute(
        f"""CREATE TEMP TABLE picked AS SELECT client_order_id, min(seq) AS first_seq FROM order_states
        GROUP BY {key} HAVING {" AND ".join(having)} ORDER BY first_seq DESC {limit}""",  # noqa: S608 (all of it is ours)
        {name: value for name, value in given.items() if value is not None},
    )
    [first] = query(connection, "SELECT coalesce(min(first_seq), 0) AS seq FROM picked")
    states = f"""SELECT s.* FROM main.order_states s SEMI JOIN picked USING (client_order_id)
        WHERE s.seq >= {first["seq"]:d}"""  # noqa: S608 (a number; as a constant it lets DuckDB leave out what is older)
    still_open = f"WHERE status IN {(*sorted(OPEN), 'UNKNOWN')}" if wanted.only_open else ""
    sql = f"WITH order_states AS ({states}) SELECT * FROM ({ORDERS}) {still_open} ORDER BY first_seq DESC {limit}"  # noqa: S608
    return query(connection, sql)[::-1]


def cells(order: Row) -> Sequence[str]:
    """Return an order as a row of the table."""
    return (
        to_seconds(order["created_at"] or order["sent_at"] or order["timestamp"]),
        shown(order["role"]),
        shown(order["side"]),
        shown(order["type"]),
        shown(order["status"]),
        "all" if order["close_position"] else shown(order["quantity"]),
        shown(order["filled_qty"]),
        shown(order["price"] if order["price"] is not None else order["trigger_price"]),
        shown(order["client_order_id"]),
        _why(order),
    )


def _why(order: Row) -> str:
    """Return why it was refused, else why it was sent."""
    if order["status"] == "REJECTED":
        return " ".join(str(part) for part in (order["code"], order["message"]) if part)
    return shown(order["reason"], "")
