"""Bounds on the columns of a replay: within all of them nothing can happen. A value on a bound is outside.

A bound on a price is the same bound on whole ticks, exactly. One on a ratio or a quantity is compared in doubles and
drawn a little narrower, so that a row may be stopped at without need and never passed over without right.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from math import inf
from operator import and_, gt, lt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from capi.adapters.paper.book import Band
from capi.adapters.prices.columns import Columns
from capi.core.bounds import Measure

COLUMN: Final[dict[Measure, str]] = {
    "bid": "bid", "ask": "ask", "mid": "twice_mid", "mark": "twice_mid", "last": "twice_last",
    "spread": "spread", "volatility": "volatility", "bid_qty": "bid_qty", "ask_qty": "ask_qty",
}  # fmt: skip
"""Where a measure of the market stands in columns; a replay's mark is the mid."""
_TICKS_PER_TICK: Final = {"bid": 1, "ask": 1, "twice_mid": 2, "twice_last": 2}
_MARGIN: Final = 1e-9  # of a bound that is compared in doubles
_ROUNDING: Final = 2e-8  # a ratio may be told to 8 digits
_NO_BOUND: Final = Decimal("Infinity")
_FIRST_LOOK: Final = 64  # rows

Test = Callable[[Any, Any], NDArray[np.bool_]]


class Limits:
    """What must hold of a row. Made narrower, never wider."""

    __slots__ = ("_tests", "_tick")

    def __init__(self, tick_size: Decimal) -> None:
        """Start without any bound."""
        self._tick: Final = tick_size
        self._tests: dict[tuple[str, Test], int | float] = {}

    def between(self, column: str, low: Decimal, high: Decimal) -> None:
        """Demand that a column stays between two values: prices in USDT, ratios or quantities; infinite is no bound."""
        scale = _TICKS_PER_TICK.get(column)
        if low.is_finite():
            bound = float(low) * (1 + _MARGIN) + _ROUNDING if scale is None else self._ticks(low, scale, ROUND_FLOOR)
            if bound > self._tests.get((column, gt), -1):
                self._tests[column, gt] = bound
        if high.is_finite():
            bound = (
                float(high) * (1 - _MARGIN) - _ROUNDING if scale is None else self._ticks(high, scale, ROUND_CEILING)
            )
            if bound < self._tests.get((column, lt), inf):
                self._tests[column, lt] = bound

    def unknown(self, column: str) -> None:
        """Demand that a column stays unknown."""
        self._tests[column, _is_unknown] = 0

    def inside(self, band: Band) -> None:
        """Demand prices at which no order fills or fires."""
        self.between("ask", band.ask_low, _NO_BOUND)
        self.between("bid", -_NO_BOUND, band.bid_high)
        self.between("twice_mid", band.mark_low, band.mark_high)
        self.between("twice_last", band.last_low, band.last_high)

    def first_outside(self, columns: Columns, row: int, end: int) -> int:
        """Return the first row before `end` that is outside a bound; `end` when none is."""
        tests = [(columns.column(name), test, bound) for (name, test), bound in self._tests.items()]
        width = _FIRST_LOOK
        while row < end and tests:
            stop = min(row + width, end)
            held: NDArray[np.bool_] = reduce(and_, [test(column[row:stop], bound) for column, test, bound in tests])
            first = int(held.argmin())
            if not held[first]:
                return row + first
            row, width = stop, width * 4
        return end

    def _ticks(self, price: Decimal, scale: int, rounding: str) -> int:
        """Return a price in ticks of the column: the next whole one away from the inside."""
        return int((price * scale / self._tick).to_integral_value(rounding))


def _is_unknown(column: NDArray[Any], _: object) -> NDArray[np.bool_]:
    unknown: NDArray[np.bool_] = np.isnan(column)
    return unknown
