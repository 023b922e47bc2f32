"""A report in words: the rows of its tables, the same on the terminal and on the page."""

from decimal import Decimal
from typing import Final

from capi.cli.output import iso
from capi.cli.reading.rows import Row, money, shown, to_seconds
from capi.cli.reporting.figures import Summary
from capi.cli.reporting.records import Records

Rows = list[tuple[str, str]]

TRADE_COLUMNS: Final = (
    "opened", "held", "side", "qty", "entry", "exit", "stop", "by", "net PnL", "R", "chases", "slip bps", "naked s",
    "decision",
)  # fmt: skip
GATE_COLUMNS: Final = ("not entered: gate", "decisions", "what it said last")
ALERT_COLUMNS: Final = ("alert", "level", "times", "last", "what it said last")


def span(records: Records) -> str:
    """Return from when to when the report is."""
    if records.from_ms is None or records.to_ms is None:
        return "nothing was recorded in that time"
    return f"{to_seconds(iso(records.from_ms))} to {to_seconds(iso(records.to_ms))}"


def result_rows(summary: Summary) -> Rows:
    """Return what the trades came to."""
    rows = [
        ("trades", f"{summary.trades} closed, {summary.won} with a profit, {summary.open} open"),
        ("win rate", _percent(summary.win_rate)),
        ("net PnL", f"{money(summary.net_pnl)} USDT after fees and funding"),
        ("fees, funding", f"{money(summary.fees)}, {money(summary.funding)} USDT"),
        ("profit factor", _profit_factor(summary)),
        ("average R", shown(summary.r_mean)),
        ("longest naked", f"{shown(summary.naked_seconds_max)} s"),
        ("average chases", shown(summary.chases_mean)),
        ("average slippage", _slippage(summary)),
        ("worst day", _worst_day(summary)),
        ("equity", _equity(summary)),
        ("max drawdown", _drawdown(summary)),
        ("time in position", _held(summary)),
        ("exits", ", ".join(f"{reason} {count}" for reason, count in summary.exit_reasons.items()) or "-"),
    ]
    if summary.unknown:
        rows.append(("not counted", f"{summary.unknown} whose fills do not explain the result"))
    return rows


def trade_cells(trade: Row) -> tuple[str, ...]:
    """Return a trade as a row of `TRADE_COLUMNS`."""
    return (
        at(trade["opened_at_ms"]),
        held(trade["duration_seconds"]),
        shown(trade["side"]),
        shown(trade["entered"] if trade["entered"] is not None else trade["qty"]),
        shown(trade["entry_price"]),
        shown(trade["exit_price"]),
        shown(trade["first_sl"]),
        shown(trade["exit_reason"], "open" if trade["status"] == "open" else "-"),
        money(trade["net_pnl"]),
        _hundredths(trade["r"]),
        shown(trade["chases"]),
        shown(trade["slippage_bps"]),
        shown(trade["naked_seconds"]),
        shown(trade["decision_id"]),
    )


def gate_cells(gate: Row) -> tuple[str, ...]:
    """Return a gate as a row of `GATE_COLUMNS`."""
    return gate["rule"], str(gate["decisions"]), gate["reason"]


def alert_cells(alert: Row) -> tuple[str, ...]:
    """Return an alert as a row of `ALERT_COLUMNS`."""
    return (
        shown(alert["code"]), shown(alert["level"]), str(alert["times"]), at(alert["last_at_ms"]),
        shown(alert["message"]),
    )  # fmt: skip


def at(at_ms: int | None) -> str:
    """Return a time to the second."""
    return "-" if at_ms is None else to_seconds(iso(at_ms))


def held(seconds: Decimal | None) -> str:
    """Return a length of time in hours, minutes and seconds: "2 h 44 min", "3 min 20 s"."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _percent(part: Decimal | None) -> str:
    return "-" if part is None else f"{part * 100:.1f}%"


def _hundredths(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _profit_factor(summary: Summary) -> str:
    if summary.profit_factor is not None:
        return f"{summary.profit_factor:.2f}"
    return "- (nothing was lost)" if summary.won else "-"


def _slippage(summary: Summary) -> str:
    slippage = summary.slippage_bps_mean
    return "-" if slippage is None else f"{shown(slippage)} bps against the zone's middle"


def _worst_day(summary: Summary) -> str:
    day = summary.worst_day
    if day is None:
        return "- (no day lost)"
    trades = "1 trade" if day["trades"] == 1 else f"{day['trades']} trades"
    return f"{day['day']}, {money(day['net_pnl'])} USDT, {trades}"


def _equity(summary: Summary) -> str:
    if summary.equity_start is None:
        return "-"
    moved = f", {money(summary.moved)} of it moved in or out" if summary.moved else ""
    return f"{money(summary.equity_start)} to {money(summary.equity_end)} USDT{moved}"


def _drawdown(summary: Summary) -> str:
    drawdown = summary.drawdown
    if drawdown is None:
        return "-"
    return f"{money(drawdown['usdt'])} USDT ({_percent(drawdown['part'])}) at {drawdown['at'][:19]}Z"


def _held(summary: Summary) -> str:
    return f"{held(summary.position_seconds)} ({_percent(summary.position_part)} of the time)"
