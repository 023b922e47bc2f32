"""What the trades came to, in figures: money in USDT, ratios as fractions, None where it cannot be known."""

from collections import Counter
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from capi.cli.output import iso
from capi.cli.reading.rows import Row
from capi.cli.replay.tally import mean
from capi.cli.reporting.records import Records
from capi.core.units import EXACT, ZERO, plain
from capi.core.value import value

_RATIO: Final = Decimal("0.0001")
_DAY_MS: Final = 86_400_000


@value
class Summary:
    """Of the closed trades of a window; equity, `moved` and `drawdown` of the account.

    `drawdown`: the deepest fall of the equity; money that was moved in or out (`moved`) is no gain and no loss in it.
    `unknown`: trades whose fills do not explain the result; they are in no sum. `profit_factor`: what was won over what
    was lost; None when nothing was lost. Days are UTC, and a trade's is the one that it was closed on.
    """

    trades: int
    open: int
    won: int
    lost: int
    unknown: int
    win_rate: Decimal | None
    net_pnl: Decimal
    gross_pnl: Decimal
    fees: Decimal
    funding: Decimal
    profit_factor: Decimal | None
    r_mean: Decimal | None
    naked_seconds_max: Decimal
    chases_mean: Decimal | None
    slippage_bps_mean: Decimal | None
    worst_day: Row | None
    drawdown: Row | None
    equity_start: Decimal | None
    equity_end: Decimal | None
    moved: Decimal
    position_seconds: Decimal
    position_part: Decimal | None
    exit_reasons: dict[str, int]


def summary_of(records: Records) -> Summary:
    """Return the figures of what was recorded."""
    closed = records.closed
    nets = _known(closed, "net_pnl")
    won, lost = [net for net in nets if net > 0], [net for net in nets if net < 0]
    held = _total(_known(closed, "duration_seconds"))
    return Summary(
        trades=len(closed),
        open=records.open,
        won=len(won),
        lost=len(lost),
        unknown=len(closed) - len(nets),
        win_rate=_ratio(Decimal(len(won)), Decimal(len(nets))),
        net_pnl=_total(nets),
        gross_pnl=_total(_known(closed, "gross_pnl")),
        fees=_total(_known(closed, "fees")),
        funding=_total(_known(closed, "funding")),
        profit_factor=_ratio(_total(won), -_total(lost)),
        r_mean=mean(_known(closed, "r")),
        naked_seconds_max=max(_known(closed, "naked_seconds"), default=ZERO),
        chases_mean=mean([Decimal(chases) for chases in _known(closed, "chases")]),
        slippage_bps_mean=mean(_known(closed, "slippage_bps")),
        worst_day=_worst_day(closed),
        drawdown=_drawdown(records),
        equity_start=records.equity_first,
        equity_end=records.equity_last,
        moved=records.moved,
        position_seconds=held,
        position_part=_part(held, records),
        exit_reasons=dict(Counter(trade["exit_reason"] or "unknown" for trade in closed).most_common()),
    )


def days_of(closed: list[Row]) -> list[Row]:
    """Return what each UTC day with a closed trade came to, the first day first."""
    days = dict[int, list[Decimal]]()
    for trade in closed:
        if trade["net_pnl"] is not None and trade["closed_at_ms"] is not None:
            days.setdefault(trade["closed_at_ms"] // _DAY_MS, []).append(trade["net_pnl"])
    return [
        {"day": iso(day * _DAY_MS)[:10], "trades": len(nets), "net_pnl": _total(nets)}
        for day, nets in sorted(days.items())
    ]


def _known(trades: list[Row], name: str) -> list[Any]:
    return [trade[name] for trade in trades if trade[name] is not None]


def _total(amounts: list[Decimal]) -> Decimal:
    return plain(sum(amounts, ZERO))


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return None if whole == 0 else plain(EXACT.divide(part, whole).quantize(_RATIO))


def _worst_day(closed: list[Row]) -> Row | None:
    """Return the day that lost most; None when none lost anything."""
    worst = min(days_of(closed), key=itemgetter("net_pnl"), default=None)
    return worst if worst is not None and worst["net_pnl"] < 0 else None


def _drawdown(records: Records) -> Row | None:
    found = records.drawdown
    if found is None:
        return None
    part = _ratio(found["lost"], found["equity"] + found["lost"])
    return {"usdt": found["lost"], "part": part, "at": iso(found["at_ms"])}


def _part(held: Decimal, records: Records) -> Decimal | None:
    if records.from_ms is None or records.to_ms is None:
        return None
    return _ratio(held, Decimal(records.to_ms - records.from_ms) / 1000)
