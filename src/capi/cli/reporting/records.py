"""What a report asks the records: trades, equity, alerts and counts of a window, each by one query.

Times are UTC milliseconds here: pictures place them, documents write them out.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from capi.adapters.duckdb.views import TRADES
from capi.cli.reading.rows import Row, query
from capi.cli.reporting.window import Window
from capi.core.value import value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES: Final = (
    "trade_states", "order_states", "fills", "equity", "decision_states", "passes", "notification_states", "logs",
)  # fmt: skip
DRAWN_MAX: Final = 500
"""Trades that are listed and drawn, the newest; figures are always of all."""
BUCKETS: Final = 600
"""Stretches of time in which a curve keeps its lowest, highest and last value."""

_CLOSED: Final = """SELECT seq, net_pnl, gross_pnl, fees, funding, r, naked_seconds, duration_seconds, chases,
    market_entry, slippage_bps, exit_reason, epoch_ms(closed_at) AS closed_at_ms FROM trade_states
    WHERE source = 'trade_closed' AND {within} ORDER BY seq"""
_OPENED: Final = """SELECT coalesce(max(seq), 0) AS first FROM trade_states
    WHERE source IN ('trade_opened', 'trade_adopted') AND seq <= {before:d}"""
_DRAWN: Final = """WITH trade_states AS (SELECT * FROM main.trade_states WHERE seq >= {first:d})
    SELECT seq, opened_seq, decision_id, side, status, adopted, qty, entered, entry_price, exit_price, first_sl, sl,
    exit_reason, gross_pnl, fees, funding, net_pnl, r, naked_seconds, duration_seconds, chases, market_entry,
    slippage_bps, epoch_ms(opened_at) AS opened_at_ms, epoch_ms(closed_at) AS closed_at_ms
    FROM ({view}) WHERE {within} OR status = 'open' AND ($until IS NULL OR opened_at <= epoch_ms($until))
    ORDER BY opened_seq"""
_ENDS: Final = """SELECT arg_min(equity, seq) AS first, arg_max(equity, seq) AS last,
    epoch_ms(min(timestamp)) AS from_ms, epoch_ms(max(timestamp)) AS to_ms
    FROM equity WHERE equity IS NOT NULL AND {within}"""
_TRANSFERS: Final = """SELECT DISTINCT context->>'$.transfer_id' AS id,
    try_cast(context->>'$.amount_usdt' AS DECIMAL(28,12)) AS amount,
    epoch_ms(try_cast(context->>'$.moved_at_ms' AS BIGINT)) AS moved_at
    FROM logs WHERE event = 'transfer'"""
_MOVED: Final = f"SELECT coalesce(sum(amount), 0) AS moved FROM ({_TRANSFERS}) WHERE {{within}}"  # noqa: S608 (ours)
_DRAWDOWN: Final = f"""WITH moved AS (SELECT moved_at, sum(sum(amount)) OVER (ORDER BY moved_at) AS moved
        FROM ({_TRANSFERS}) GROUP BY moved_at),
    own AS (SELECT e.seq, e.timestamp, e.equity, e.equity - coalesce(m.moved, 0) AS own
        FROM equity e ASOF LEFT JOIN moved m ON e.timestamp >= m.moved_at
        WHERE e.equity IS NOT NULL AND {{within}})
    SELECT equity, max(own) OVER (ORDER BY seq) - own AS lost, epoch_ms(timestamp) AS at_ms FROM own
    ORDER BY lost DESC, seq LIMIT 1"""  # noqa: S608 (likewise)
_CURVE: Final = """SELECT min({value}) AS low, epoch_ms(arg_min(timestamp, {value})) AS low_ms, max({value}) AS high,
    epoch_ms(arg_max(timestamp, {value})) AS high_ms, arg_max({value}, seq) AS last, epoch_ms(max(timestamp)) AS last_ms
    FROM {table} WHERE {value} IS NOT NULL AND {within} AND timestamp >= epoch_ms({start:d})
    GROUP BY (epoch_ms(timestamp) - {start:d}) // {width:d} ORDER BY last_ms"""
_ALERTS: Final = """SELECT code, arg_max(level, seq) AS level, count(*) AS times,
    epoch_ms(min(timestamp)) AS first_at_ms, epoch_ms(max(timestamp)) AS last_at_ms, arg_max(message, seq) AS message
    FROM notification_states WHERE alert_seq IS NOT NULL AND {within} GROUP BY code ORDER BY times DESC, code"""
_STOPS: Final = """SELECT seq, epoch_ms(timestamp) AS at_ms, sl FROM trade_states
    WHERE sl IS NOT NULL AND source <> 'trade_closed' AND seq >= {first:d} ORDER BY seq"""
_EXITS: Final = """SELECT role, epoch_ms(max(filled_at)) AS at_ms, sum(price * qty) / sum(qty) AS price, sum(qty) AS qty
    FROM fills WHERE role <> 'entry' AND qty > 0 AND seq >= {first:d} AND {within}
    GROUP BY client_order_id, role ORDER BY at_ms"""

_TABLE_OF: Final = {"equity": "equity", "mark": "passes"}
_SEQ_MAX: Final = (1 << 63) - 1

Point = tuple[int, Decimal]


@value
class Records:
    """Everything that a report is made of.

    `closed`: the figures of all trades that were closed in the window. `drawn`: the newest trades, the open one too,
    in full; `stops` and `exits` are of those. `curve`, `marks`: equity and mark price, as time and value; the marks
    begin at `drawn_from_ms`, with the drawn trades. `moved`: money brought into the account, less what was taken out.
    """

    closed: list[Row]
    drawn: list[Row]
    stops: list[Row]
    exits: list[Row]
    equity_first: Decimal | None
    equity_last: Decimal | None
    from_ms: int | None
    to_ms: int | None
    drawn_from_ms: int | None
    drawdown: Row | None
    moved: Decimal
    curve: list[Point]
    marks: list[Point]
    alerts: list[Row]

    @property
    def open(self) -> int:
        """Return how many trades are open: one, or none."""
        return sum(trade["status"] == "open" for trade in self.drawn)

    @property
    def has_more(self) -> bool:
        """Return whether there are trades that are in the figures alone."""
        return _has_more(self.closed, self.drawn)


class _Asking:
    """The connection and the window that all queries share."""

    def __init__(self, connection: "DuckDBPyConnection", window: Window) -> None:
        self._connection: Final = connection
        self._window: Final = window

    def __call__(self, sql: str, column: str = "timestamp", **given: Any) -> list[Row]:
        """Return the rows of a query whose `{within}` is that this column lies in the window."""
        text = sql.format(within=self._window.within(column), **given)
        return query(self._connection, text, self._window.bounds if "{within}" in sql else None)


def records_of(connection: "DuckDBPyConnection", window: Window) -> Records:
    """Return what was recorded in the window. Raises what DuckDB raises."""
    asked = _Asking(connection, window)
    closed = asked(_CLOSED, "closed_at")
    before = closed[-DRAWN_MAX:][0]["seq"] if closed else _SEQ_MAX
    [opened] = asked(_OPENED, before=before)
    drawn = asked(_DRAWN, "closed_at", view=TRADES, **opened)[-DRAWN_MAX:]
    first = drawn[0]["opened_seq"] or 0 if drawn else _SEQ_MAX
    [ends] = asked(_ENDS)
    [moved] = asked(_MOVED, "moved_at")
    from_ms, to_ms = _span(ends, drawn)
    drawn_from_ms = drawn[0]["opened_at_ms"] if _has_more(closed, drawn) else from_ms
    return Records(
        closed=closed,
        drawn=drawn,
        stops=asked(_STOPS, first=first),
        exits=asked(_EXITS, first=first),
        equity_first=ends["first"],
        equity_last=ends["last"],
        from_ms=from_ms,
        to_ms=to_ms,
        drawn_from_ms=drawn_from_ms,
        drawdown=next(iter(asked(_DRAWDOWN)), None),
        moved=moved["moved"],
        curve=_curve(asked, "equity", from_ms, to_ms),
        marks=_curve(asked, "mark", drawn_from_ms, to_ms),
        alerts=asked(_ALERTS),
    )


def _has_more(closed: list[Row], drawn: list[Row]) -> bool:
    return len(closed) > len([trade for trade in drawn if trade["status"] == "closed"])


def _span(ends: Row, trades: list[Row]) -> tuple[int | None, int | None]:
    """Return from when to when something is known: by the equity, and by trades that reach beyond it."""
    times = [ends["from_ms"], ends["to_ms"]]
    times += [trade[name] for trade in trades for name in ("opened_at_ms", "closed_at_ms")]
    known = [at for at in times if at is not None]
    return (min(known), max(known)) if known else (None, None)


def _curve(asked: _Asking, value: str, from_ms: int | None, to_ms: int | None) -> list[Point]:
    if from_ms is None or to_ms is None:
        return []
    width = max(1, (to_ms - from_ms) // BUCKETS)
    rows = asked(_CURVE, table=_TABLE_OF[value], value=value, start=from_ms, width=width)
    return sorted({(row[f"{name}_ms"], row[name]) for row in rows for name in ("low", "high", "last")})
