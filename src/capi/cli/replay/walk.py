"""Walking a candle's price from one of its points to the next, by way of the levels at which something happens.

Between two points a candle's price is taken to be continuous: a stop inside the segment fires, and fills, at its own
level (and slips from there), not at the segment's end. Times lie on a straight line; prices on the tick.
"""

from decimal import Decimal
from typing import Final

from capi.adapters.paper.book import Band
from capi.core.units import floor_to
from capi.ports.market import Quote

_ROOM_MS: Final = 1
"""A level is reached at least this long after the one before it."""


def next_stop(last: Quote | None, target: Quote, band: Band) -> Quote | None:
    """Return the quote at the first level of `band` strictly between two quotes of one candle, or None."""
    if last is None or last.mark is None or target.mark is None:
        return None
    start, end, tick = last.mark, target.mark, target.ask - target.bid  # a candle's book is one tick wide
    price = _first_level(start, end, tick, band)
    if price is None or price <= tick:
        return None
    span = target.timestamp_ms - last.timestamp_ms
    at_ms = last.timestamp_ms + max(int(span * (price - start) / (end - start)), _ROOM_MS)
    if at_ms >= target.timestamp_ms:
        return None
    bid = floor_to(price, tick)
    return Quote(at_ms, bid, bid + tick, target.bid_qty, target.ask_qty, price, price)


def _first_level(start: Decimal, end: Decimal, tick: Decimal, band: Band) -> Decimal | None:
    if end < start:
        falling = (band.ask_low - tick, band.mark_low, band.last_low)
        return max((level for level in falling if end < level < start), default=None)
    rising = (band.bid_high, band.mark_high, band.last_high)
    return min((level for level in rising if start < level < end), default=None)
