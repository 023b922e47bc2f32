"""The result of a replay: one JSON document, or tables and a curve for people."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import typer

from capi.cli.output import iso, table
from capi.cli.replay.tally import Figures, execution_quality
from capi.core.units import ZERO, percent, text

if TYPE_CHECKING:  # a report shows the same rows, and runs no engine
    from capi.cli.replay.run import Result

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_CURVE_WIDTH: Final = 72
_TIMES: Final = {"opened_at_ms": "opened_at", "closed_at_ms": "closed_at"}


def document_of(result: "Result") -> dict[str, Any]:
    """Return the document of `--json`: the same inputs give the same one, but for `seconds`. Decimals stay exact."""
    figures = result.figures
    trades = [
        {_TIMES.get(key, key): iso(value) if key in _TIMES else value for key, value in trade.items()}
        for trade in figures.trades
    ]
    return {
        "ticks": result.ticks,
        "passes": result.passes,
        "seconds": round(result.seconds, 3),
        "trades": trades,
        "net_pnl": _total(result, "net_pnl"),
        "gross_pnl": _total(result, "gross_pnl"),
        "fees": result.fees,
        "funding": result.funding,
        "naked_seconds_max": max((t["naked_seconds"] for t in figures.trades), default=ZERO),
        "equity_start": result.equity_start,
        "equity_end": result.equity_end,
        "open_qty": result.open_qty,
        "orders": figures.orders,
        "fills": figures.fills,
        "execution": execution_quality(figures),
        "refused": figures.unentered.refused(figures.entered),
        "ended_at": iso(result.at_ms),
        "safe_mode": result.safe_mode,
        "interrupted": result.interrupted,
    }


def show(result: "Result") -> None:
    """Print trades, result and execution quality."""
    figures = result.figures
    if figures.trades:
        columns = ("opened", "side", "qty", "entry", "exit", "by", "net PnL", "R", "chases", "naked s", "decision")
        table(columns, [_row(trade) for trade in figures.trades])
    else:
        typer.echo("No trade was closed.")
    typer.echo("")
    table(("result", "value"), _result_rows(result))
    curve = _curve(figures.equity)
    if curve:
        typer.echo(f"\nequity  {curve}")
    typer.echo("")
    table(("execution quality", "value"), quality_rows(figures))
    refused = figures.unentered.refused(figures.entered)
    if refused:
        typer.echo("")
        rows = [(one["rule"], str(one["decisions"]), one["reason"]) for one in refused]
        table(("not entered: gate", "decisions", "what it said last"), rows)
    for at_ms, level, code, reason in figures.alerts[-10:]:
        typer.echo(f"{iso(at_ms)} [{level}] [{code}] {reason}")


def _row(trade: dict[str, Any]) -> tuple[str, ...]:
    return (
        iso(trade["opened_at_ms"] // 1000 * 1000),
        trade["side"],
        _shown(trade["qty"]),
        _shown(trade["entry_price"]),
        _shown(trade["exit_price"]),
        trade["exit_reason"],
        _money(trade["net_pnl"]),
        _shown(trade["r"], Decimal("0.01")),
        str(trade["chases"]),
        _shown(trade["naked_seconds"]),
        trade["decision_id"],
    )


def _result_rows(result: "Result") -> list[tuple[str, str]]:
    trades = result.figures.trades
    known = [trade["net_pnl"] for trade in trades if trade["net_pnl"] is not None]
    won = sum(1 for net in known if net > 0)
    rows = [
        ("trades", f"{len(trades)}, {won} with a profit"),
        ("net PnL", f"{_money(_total(result, 'net_pnl'))} USDT after fees and funding"),
        ("fees, funding", f"{_money(Decimal(result.fees))}, {_money(Decimal(result.funding))} USDT"),
        ("equity", f"{_money(Decimal(result.equity_start))} to {_money(Decimal(result.equity_end))} USDT"),
        ("longest naked", f"{_shown(max((t['naked_seconds'] for t in trades), default=ZERO))} s"),
        ("replayed", f"{result.ticks:,} quotes, {result.passes:,} passes in {result.seconds:.1f} s"),
    ]
    if Decimal(result.open_qty) != 0:
        rows.append(("still open", f"{result.open_qty} at {iso(result.at_ms)}, with its stop"))
    if result.safe_mode is not None:
        rows.append(("safe mode", result.safe_mode))
    return rows


def quality_rows(figures: Figures) -> list[tuple[str, str]]:
    """Return how well the decisions were carried out, as rows of a table."""
    quality = execution_quality(figures)
    wanted, tried, entered = quality["decisions"], quality["decisions_tried"], quality["decisions_entered"]
    slippage, fills = quality["slippage_bps_mean"], quality["fills"]
    part = percent(Decimal(entered) / wanted) if wanted else "-"
    maker = percent(Decimal(quality["maker_fills"]) / fills) if fills else "-"
    return [
        ("decisions entered", f"{entered} of {wanted} long or short ({part}), {tried} tried"),
        (
            "entry orders",
            f"{quality['entry_orders']}, of them chases {quality['chases']} and market entries "
            f"{quality['market_entries']}",
        ),
        ("maker fills", f"{quality['maker_fills']} of {fills} ({maker})"),
        ("slippage", "-" if slippage is None else f"{text(slippage)} bps against the zone's middle, in the mean"),
        ("refused orders", str(quality["refused_orders"])),
    ]


def _total(result: "Result", name: str) -> Decimal:
    return sum((trade[name] for trade in result.figures.trades if trade[name] is not None), ZERO)


def _money(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _shown(value: Decimal | None, places: Decimal | None = None) -> str:
    if value is None:
        return "-"
    return text(value if places is None else value.quantize(places))


def _curve(equity: list[Decimal]) -> str:
    """Return the equity samples as a line of blocks, the lowest to the highest."""
    if len(equity) < 2:
        return ""
    step = max(len(equity) / _CURVE_WIDTH, 1)
    points = [equity[int(index * step)] for index in range(int(len(equity) / step))]
    low, high = min(points), max(points)
    if low == high:
        return ""
    return "".join(_BLOCKS[int((point - low) / (high - low) * (len(_BLOCKS) - 1))] for point in points)
