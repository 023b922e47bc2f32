"""Orders as `capi orders` shows them: one row an order, with what became of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from capi.adapters.duckdb.views import ORDERS
from capi.cli.reading.rows import Row, query, shown, to_seconds
from capi.core.orders import ENDED, OPEN
from capi.core.value import value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROLES: Final = ("entry", "sl", "tp1", "tp2", "exit")
COLUMNS: Final = ("at", "role", "side", "type", "status", "qty", "filled", "price", "id", "why")
TABLES: Final = ("order_states",)

_NEAR: Final = 200
"""How many events are looked through for one order."""

_MARGIN: Final = "INTERVAL 1 MINUTE"
"""More than the times of neighbouring events can differ in the wrong direction: all that a pass does takes less."""
_WAS_SENT: Final = "bool_or(source = 'intent' OR (source = 'sent' AND role <> 'entry'))"
"""Of the states of one id: its first is among them, for an entry's first is its intent."""
_MAY_BE_OPEN: Final = f"""NOT coalesce(arg_max(status, seq) FILTER (status IS NOT NULL)
    IN {tuple(sorted({*ENDED, "TRIGGERED"}))}, false)
    AND (coalesce(max(quantity), 0) = 0 OR coalesce(sum(executed_qty), 0) < max(quantity))"""
"""Of the states of one order, seen together: cheap, and true of every order that is open."""


@value
class Wanted:
    """Which orders. `limit`: of the newest, at most; None: all."""

    only_open: bool = False
    role: str | None = None
    decision_id: str | None = None
    limit: int | None = None

    @property
    def key(self) -> str:
        """Return the columns that ids are picked by. Whether something is open is a matter of each kind."""
        return "kind, client_order_id" if self.only_open else "client_order_id"

    @property
    def at_most(self) -> str:
        """Return the limit as SQL."""
        return "" if self.limit is None else f"LIMIT {self.limit:d}"


def orders_of(connection: "DuckDBPyConnection", wanted: Wanted, last_seq: int) -> list[Row]:
    """Return the orders that are wanted, the oldest first. `last_seq`: of the journal's last event.

    Ids are picked first; only the states of those are put together. A triggered stop and the order that it creates
    share their id.
    """
    if not _picks_near(connection, wanted, last_seq):
        _pick(connection, wanted, 0)
    [first] = query(connection, "SELECT coalesce(min(first_seq), 0) AS seq FROM picked")
    states = f"""SELECT s.* FROM main.order_states s SEMI JOIN picked USING ({wanted.key})
        WHERE s.seq >= {first["seq"]:d}"""  # noqa: S608 (a number; as a constant it lets DuckDB leave out what is older)
    still_open = f"WHERE status IN {(*sorted(OPEN), 'UNKNOWN')}" if wanted.only_open else ""
    sql = f"""WITH order_states AS ({states})
        SELECT * FROM ({ORDERS}) {still_open} ORDER BY first_seq DESC {wanted.at_most}"""  # noqa: S608 (all of it is ours)
    return query(connection, sql)[::-1]


def _picks_near(connection: "DuckDBPyConnection", wanted: Wanted, last_seq: int) -> bool:
    """Pick among the newest events, and return whether that was enough: most of the time it is, and far quicker."""
    if wanted.only_open or wanted.decision_id is not None or wanted.limit is None:
        return False
    after_seq = last_seq - _NEAR * wanted.limit
    if after_seq <= 0:
        return False
    _pick(connection, wanted, after_seq)
    return query(connection, "SELECT count(*) AS ids FROM picked") == [{"ids": wanted.limit}]


def _pick(connection: "DuckDBPyConnection", wanted: Wanted, after_seq: int) -> None:
    """Make the table of the newest ids that are wanted, with the number of each one's first event.

    After `after_seq` only ids that began there count: all of their events are there. What was not sent by this ledger
    tells when it was created.
    """
    having = []
    if after_seq > 0:
        began = f"(SELECT min(timestamp) + {_MARGIN} FROM order_states WHERE seq > {after_seq:d})"  # noqa: S608 (ours)
        having.append(f"({_WAS_SENT} OR min(coalesce(sent_at, created_at)) > {began})")
    if wanted.only_open:
        having.append(_MAY_BE_OPEN)
    if wanted.role is not None:
        having.append("max(role) = $role")
    if wanted.decision_id is not None:
        having.append("max(decision_id) = $decision_id")
    given = {"role": wanted.role, "decision_id": wanted.decision_id}
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE picked AS SELECT {wanted.key}, min(seq) AS first_seq FROM order_states
        WHERE seq > {after_seq:d} GROUP BY {wanted.key} {"HAVING" if having else ""} {" AND ".join(having)}
        ORDER BY first_seq DESC {wanted.at_most}""",  # noqa: S608 (all of it is ours)
        {name: value for name, value in given.items() if value is not None},
    )


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
