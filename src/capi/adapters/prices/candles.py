"""Candles, and the path that a price is assumed to take inside one: the one that is worse for us.

A candle tells where the price was, not in which order. A replay that guesses kindly earns money that nobody would have
earned, so: **stop before target**. While a position stands, the extreme that hurts it comes first. While an entry
rests, the extreme that fills it comes last, so that what fills inside the candle meets its stop there and its target at
the earliest in the next one. Flat without an entry: the shorter way, which favours nobody. The direction is asked once,
at the candle's open; a position opened inside the candle lives on that path to its close.

Each path has four quotes: the open at `open_ms`, the extremes at one and two thirds, the close at `close_ms`. The book
is one tick wide: the price is the bid, but at the high the ask, so that no quote leaves the candle unless the candle is
narrower than a tick. Mark and last are the price itself. Not modelled: what happens between the four, and depth; the
quantity at the touch is a quarter of the candle's volume, unknown when that is zero (as in mark price klines).
"""

from decimal import Decimal

from capi.core.decision import Direction
from capi.core.units import ceil_to, floor_to
from capi.core.value import record
from capi.ports.market import Quote


@record
class Candle:
    """One candle. Prices in USDT, low ≤ open, close ≤ high, low ≥ a tick; times in milliseconds (UTC), open < close."""

    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    touch_qty: Decimal | None  # a quarter of the volume, on the step; None: unknown
    tick_size: Decimal


def path(candle: Candle, direction: Direction | None, resting: Direction | None = None) -> list[Quote]:
    """Return the candle as four quotes, in the order that is worse for us.

    `direction`: of the position that stands at the open, None when flat. `resting`: of the entry that rests then; it
    counts only while flat.
    """
    if _low_first(candle, direction, resting):
        first, second = candle.low, candle.high
    else:
        first, second = candle.high, candle.low
    span = candle.close_ms - candle.open_ms
    return [
        _quote(candle, candle.open_ms, candle.open),
        _quote(candle, candle.open_ms + span // 3, first),
        _quote(candle, candle.open_ms + span * 2 // 3, second),
        _quote(candle, candle.close_ms, candle.close),
    ]


def _low_first(candle: Candle, direction: Direction | None, resting: Direction | None) -> bool:
    if direction is not None:
        return direction == "long"
    if resting is not None:
        return resting == "short"
    return candle.close >= candle.open


def _quote(candle: Candle, at_ms: int, price: Decimal) -> Quote:
    tick = candle.tick_size
    if price == candle.high > candle.low:
        ask = ceil_to(price, tick)
        bid = ask - tick
    else:
        bid = floor_to(price, tick)
        ask = bid + tick
    return Quote(at_ms, bid, ask, candle.touch_qty, candle.touch_qty, price, price)
