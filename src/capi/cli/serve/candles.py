"""Candles of the last day, made of what the market did since the exchange was started (and of its past, if it has one).

One-minute candles are kept; longer ones are put together from them when asked for. Prices are the last price, which is
also the mark price's; there are no market trades, so volumes are zero and the count is that of the prices seen.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final

MINUTE_MS: Final = 60_000
CANDLES_KEPT: Final = 1_500
INTERVALS: Final = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "6h": 360, "8h": 480, "12h": 720,
    "1d": 1440,
}  # fmt: skip
"""In minutes. Weeks and months would need more than is kept."""


@dataclass(slots=True)
class Bar:
    """One candle; times in milliseconds, prices in USDT."""

    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    count: int = 1

    def take(self, price: Decimal) -> None:
        """Count one more price in."""
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.close = price
        self.count += 1


class Candles:
    """One-minute candles, oldest first."""

    def __init__(self) -> None:
        """Start without any."""
        self._minutes: OrderedDict[int, Bar] = OrderedDict()

    def update(self, at_ms: int, price: Decimal) -> None:
        """Take one price; times never go back."""
        opened = at_ms - at_ms % MINUTE_MS
        bar = self._minutes.get(opened)
        if bar is not None:
            bar.take(price)
            return
        self._minutes[opened] = Bar(opened, opened + MINUTE_MS - 1, price, price, price, price)
        if len(self._minutes) > CANDLES_KEPT:
            self._minutes.popitem(last=False)

    def of(self, interval: str) -> list[Bar]:
        """Return the candles of an interval, the still open one last."""
        return _joined(self._minutes.values(), INTERVALS[interval] * MINUTE_MS)

    def last_two(self, interval: str) -> list[Bar]:
        """Return the last closed candle of an interval and the open one; fewer when there are fewer."""
        minutes = INTERVALS[interval]
        latest = list(islice(reversed(self._minutes.values()), 2 * minutes))
        return _joined(reversed(latest), minutes * MINUTE_MS)[-2:]


def _joined(minutes: Iterable[Bar], length_ms: int) -> list[Bar]:
    bars: list[Bar] = []
    for minute in minutes:
        opened = minute.open_ms - minute.open_ms % length_ms
        if bars and bars[-1].open_ms == opened:
            last = bars[-1]
            last.high, last.low = max(last.high, minute.high), min(last.low, minute.low)
            last.close = minute.close
            last.count += minute.count
        else:
            closes = opened + length_ms - 1
            bars.append(Bar(opened, closes, minute.open, minute.high, minute.low, minute.close, minute.count))
    return bars
