"""Trades as `capi trades` shows them: one row a trade, open or closed, and what they came to."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from capi.adapters.duckdb.views import TRADES
from capi.cli.reading.rows import Row, money, query, shown, to_seconds

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES: Final = ("trade_states",)
COLUMNS: Final = ("opened", "side", "qty", "entry", "exit", "by", "net PnL", "R", "chases", "naked s", "decision")

_OPENED: Final = """SELECT coalesce(min(seq), 0) AS seq FROM (SELECT seq FROM trade_states
    WHERE source IN ('trade_opened', 'trade_adopted') ORDER BY seq DESC LIMIT $limit)"""
_TOTALS: Final = """SELECT count(*) AS trades, count(*) FILTER (net_pnl > 0) AS won,
    count(*) FILTER (net_pnl IS NULL) AS unknown, coalesce(sum(net_pnl), 0) AS net_pnl,
    coalesce(sum(gross_pnl), 0) AS gross_pnl, coalesce(sum(fees), 0) AS fees, coalesce(sum(funding), 0) AS funding,
    coalesce(max(naked_seconds), 0) AS naked_seconds_max
    FROM trade_states WHERE source = 'trade_closed' AND ($since IS NULL OR closed_at >= epoch_ms($since))"""


def trades_of(connection: "DuckDBPyConnection", since_ms: int | None, limit: int) -> list[Row]:
    """Return the newest trades, the oldest of them first: those that were closed, or are open, since then.

    There is one trade at a time, so only the states from the first of them on are put together.
    """
    [first] = query(connection, _OPENED, {"limit": limit})
    sql = f"""WITH trade_states AS (SELECT * FROM main.trade_states WHERE seq >= {first["seq"]:d})
        SELECT * FROM ({TRADES}) WHERE $since IS NULL OR coalesce(closed_at, timestamp) >= epoch_ms($since)
        ORDER BY opened_seq"""  # noqa: S608 (a number; as a constant it lets DuckDB leave out what is older)
    return query(connection, sql, {"since": since_ms})[-limit:]


def totals_of(connection: "DuckDBPyConnection", since_ms: int | None) -> Row:
    """Return what all trades came to that were closed since then; money in USDT."""
    [totals] = query(connection, _TOTALS, {"since": since_ms})
    return totals


def cells(trade: Row) -> Sequence[str]:
    """Return a trade as a row of the table."""
    r = trade["r"]
    return (
        to_seconds(trade["opened_at"]),
        shown(trade["side"]),
        shown(trade["qty"]),
        shown(trade["entry_price"]),
        shown(trade["exit_price"]),
        shown(trade["exit_reason"], "open" if trade["status"] == "open" else "-"),
        money(trade["net_pnl"]),
        "-" if r is None else shown(r.quantize(Decimal("0.01"))),
        shown(trade["chases"]),
        shown(trade["naked_seconds"]),
        shown(trade["decision_id"]),
    )


def total_cells(totals: Row) -> Sequence[Sequence[str]]:
    """Return the totals as rows of a table."""
    rows = [
        ("trades", f"{totals['trades']} closed, {totals['won']} with a profit"),
        ("net PnL", f"{money(totals['net_pnl'])} USDT after fees and funding"),
        ("fees, funding", f"{money(totals['fees'])}, {money(totals['funding'])} USDT"),
        ("longest naked", f"{shown(totals['naked_seconds_max'])} s"),
    ]
    if totals["unknown"]:
        rows.append(("not counted", f"{totals['unknown']} whose fills do not explain the result"))
    return rows
