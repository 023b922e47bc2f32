"""The minutes of some columns: their candles, and the volatility at each row before it is looked at.

Volatility is the mean range of the closed minutes over the price (core/volatility.py). Here it is told in doubles, to
search with; what the engine sees is always the meter's own, exact value, fed with the candles of what is passed over.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from capi.adapters.paper.simulator import Extremes
from capi.adapters.prices.columns import Columns
from capi.core.volatility import CANDLES, MINUTE_MS, VolatilityMeter

Numbers = NDArray[np.float64]


class Minutes:
    """Candles of twice the mid, in ticks, a row each; `starts` are the rows at which they begin."""

    def __init__(self, columns: Columns) -> None:
        """Build the candles of the columns, the first and the last of which may be parts."""
        minutes = columns.at_ms // MINUTE_MS
        self._columns: Final = columns
        self._twice_mid: Final = columns.column("twice_mid")
        self._minutes: Final = minutes
        self._starts: Final = np.append(np.flatnonzero(np.diff(minutes, prepend=minutes[0] - 1)), len(columns))
        self._first_rows: Final[list[int]] = self._starts.tolist()  # the same, to be looked at one by one
        self._high: Final = np.maximum.reduceat(self._twice_mid, self._starts[:-1])
        self._low: Final = np.minimum.reduceat(self._twice_mid, self._starts[:-1])

    def volatility(self, meter: VolatilityMeter) -> Numbers:
        """Return the volatility at each row that has not been passed yet; NaN while any price may change its range.

        `meter` stands at the row before the first.
        """
        half_tick = float(self._columns.prices.tick_size) / 2
        high, low = self._high * half_tick, self._low * half_tick
        close = self._twice_mid[self._starts[1:] - 1] * half_tick
        minute, closed, current, before = meter.state()
        ranges = [float(one) for one in closed]
        previous = None if before is None else float(before)
        if current is not None:
            top, bottom, last = (float(price) for price in current)
            if minute == int(self._minutes[0]):  # the first candle goes on
                high[0], low[0] = max(high[0], top), min(low[0], bottom)
            else:
                edge = last if previous is None else previous
                ranges, previous = [*ranges, max(top, edge) - min(bottom, edge)], last
        opened = np.append(np.nan if previous is None else previous, close[:-1])
        true_ranges = np.fmax(high, opened) - np.fmin(low, opened)
        known = np.concatenate([ranges[-CANDLES:], true_ranges])
        means = _means_before(known, len(true_ranges))
        volatility: Numbers = np.repeat(means, np.diff(self._starts)) / (self._twice_mid * half_tick)
        return volatility

    def candles(self, row: int, end: int) -> Iterator[Extremes]:
        """Yield the extremes of some rows, minute by minute."""
        starts, twice_mid, mid = self._first_rows, self._twice_mid, self._columns.mid
        index = bisect_right(starts, row) - 1
        while row < end:
            stop = min(starts[index + 1], end)
            if row == starts[index] and stop == starts[index + 1]:
                high, low = self._high.item(index), self._low.item(index)
            else:
                part: NDArray[Any] = twice_mid[row:stop]
                high, low = int(np.maximum.reduce(part)), int(np.minimum.reduce(part))
            yield self._columns.at_ms.item(row), mid(high), mid(low), mid(twice_mid.item(stop - 1))
            row, index = stop, index + 1


def _means_before(ranges: Numbers, count: int) -> Numbers:
    """Return for each of the last `count` candles the mean of up to 14 ranges before it; NaN where there is none."""
    sums = np.concatenate([[0.0], np.cumsum(ranges)])
    ends = np.arange(len(ranges) - count, len(ranges))
    begins = np.maximum(ends - CANDLES, 0)
    numbers = ends - begins
    return np.where(numbers > 0, (sums[ends] - sums[begins]) / np.maximum(numbers, 1), np.nan)
