"""The pictures of a page: equity over time, prices with the trades in them, and what each trade brought."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.cli.reading.rows import Row, money, shown
from capi.cli.reporting.frame import LEFT, RIGHT, Panel, panel, picture, time_axis, time_scale
from capi.cli.reporting.markup import element, text
from capi.cli.reporting.records import Records
from capi.cli.reporting.scale import Scale
from capi.cli.reporting.words import at
from capi.core.units import ZERO

_EQUITY: Final = (26.0, 190.0)
_EQUITY_HEIGHT: Final = 214
_PRICES: Final = (26.0, 320.0)
_PRICES_HEIGHT: Final = 344
_RESULTS: Final = (26.0, 170.0)
_RESULTS_HEIGHT: Final = 182
_BAR_MAX: Final = 40.0
_MARK_MIN: Final = 2.5
_MARK_MAX: Final = 5.0
_CROWD: Final = 300
"""Pixels of all marks together, above which each gets smaller."""


def equity(records: Records) -> str:
    """Return the equity over time; "" when none is known."""
    if records.from_ms is None or records.to_ms is None or not records.curve:
        return ""
    x = time_scale(records.from_ms, records.to_ms)
    shown = panel("equity, USDT", *_EQUITY, x, [value for _, value in records.curve])
    label = "The account's equity over time"
    return picture(_EQUITY_HEIGHT, label, time_axis(x, *_EQUITY), shown.frame(), shown.curve(records.curve, "equity"))


def trades(records: Records) -> str:
    """Return prices over time, with entry, stop and exits of the drawn trades; "" without any."""
    if records.drawn_from_ms is None or records.to_ms is None or not records.drawn:
        return ""
    x = time_scale(records.drawn_from_ms, records.to_ms)
    prices = panel("mark price, entries ▲ long ▼ short, exits ●, stops - -", *_PRICES, x, _prices(records))
    size = min(_MARK_MAX, max(_MARK_MIN, _CROWD / len(records.drawn)))
    return picture(
        _PRICES_HEIGHT,
        "Prices over time, with entries, stops and exits",
        time_axis(x, *_PRICES),
        prices.frame(),
        prices.curve(records.marks, "mark"),
        *(_stop(prices, trade, records) for trade in records.drawn),
        *(_trade(prices, trade, size) for trade in records.drawn),
        *(_exit(prices, exit_, size * 0.6) for exit_ in records.exits),
    )


def results(records: Records) -> str:
    """Return a bar for each drawn trade that is over: what it brought, in the order they were opened."""
    known = [trade for trade in records.drawn if trade["net_pnl"] is not None]
    if not known:
        return ""
    numbers = Scale(ZERO, Decimal(len(known)), LEFT, RIGHT)
    bars = panel("net PnL of each trade, USDT", *_RESULTS, numbers, [ZERO, *(trade["net_pnl"] for trade in known)])
    zero = bars.y(ZERO)
    return picture(
        _RESULTS_HEIGHT,
        "Net PnL of each trade",
        bars.frame(),
        *(_bar(bars, number, trade, zero) for number, trade in enumerate(known)),
        element("line", x1=LEFT, x2=RIGHT, y1=zero, y2=zero, css="zero"),
    )


def _prices(records: Records) -> Iterator[Decimal]:
    """Yield every price that has to find its place."""
    yield from (value for _, value in records.marks)
    for trade in records.drawn:
        yield from (trade[name] for name in ("entry_price", "exit_price") if trade[name] is not None)
    yield from (stop["sl"] for stop in records.stops)
    yield from (exit_["price"] for exit_ in records.exits)


def _trade(prices: Panel, trade: Row, size: float) -> str:
    """Return the way from entry to exit, and the entry's mark."""
    if trade["entry_price"] is None or trade["opened_at_ms"] is None:
        return ""
    x1, y1 = prices.x(trade["opened_at_ms"]), prices.y(trade["entry_price"])
    way = ""
    if trade["exit_price"] is not None and trade["closed_at_ms"] is not None:
        x2, y2 = prices.x(trade["closed_at_ms"]), prices.y(trade["exit_price"])
        way = element("line", x1=x1, y1=y1, x2=x2, y2=y2, css=f"way {_kind(trade)}")
    tip = -size if trade["side"] == "long" else size
    mark = element("path", element("title", text(_told(trade))), d=_triangle(x1, y1, tip), css=f"entry {trade['side']}")
    return way + mark


def _triangle(x: float, y: float, tip: float) -> str:
    half = abs(tip)
    return f"M{x - half:.1f},{y - tip:.1f}H{x + half:.1f}L{x:.1f},{y + tip:.1f}Z"


def _stop(prices: Panel, trade: Row, records: Records) -> str:
    """Return where the stop stood while the trade lasted, as steps."""
    first, last = trade["opened_seq"], trade["seq"]
    levels = [(stop["at_ms"], stop["sl"]) for stop in records.stops if first <= stop["seq"] <= last]
    if not levels or records.to_ms is None:
        return ""
    end_ms = trade["closed_at_ms"] if trade["closed_at_ms"] is not None else records.to_ms
    path = [f"M{prices.x(levels[0][0]):.1f},{prices.y(levels[0][1]):.1f}"]
    path += [f"H{prices.x(at_ms):.1f}V{prices.y(level):.1f}" for at_ms, level in levels[1:]]
    return element("path", d="".join([*path, f"H{prices.x(end_ms):.1f}"]), css="stop")


def _exit(prices: Panel, exit_: Row, radius: float) -> str:
    told = f"{exit_['role']} {shown(exit_['qty'])} at {exit_['price']:,.2f}, {at(exit_['at_ms'])}"
    return element(
        "circle",
        element("title", text(told)),
        cx=prices.x(exit_["at_ms"]),
        cy=prices.y(exit_["price"]),
        r=radius,
        css=f"exit {'target' if exit_['role'] in ('tp1', 'tp2') else 'other'}",
    )


def _bar(bars: Panel, number: int, trade: Row, zero: float) -> str:
    left, right = bars.x(number), bars.x(number + 1)
    width = min((right - left) * 0.8, _BAR_MAX)
    end = bars.y(trade["net_pnl"])
    return element(
        "rect",
        element("title", text(_told(trade))),
        x=(left + right - width) / 2,
        y=min(zero, end),
        width=width,
        height=max(abs(end - zero), 0.5),
        css=_kind(trade),
    )


def _kind(trade: Row) -> str:
    net = trade["net_pnl"]
    return "unknown" if net is None else "won" if net > 0 else "lost"


def _told(trade: Row) -> str:
    told = f"{trade['side']} {shown(trade['entered'])} at {shown(trade['entry_price'])}, {at(trade['opened_at_ms'])}"
    if trade["status"] == "open":
        return f"{told}, open"
    return f"{told}; {shown(trade['exit_reason'])} at {shown(trade['exit_price'])}, net {money(trade['net_pnl'])} USDT"
