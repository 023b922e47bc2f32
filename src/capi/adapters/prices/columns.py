"""Quotes as columns of whole ticks: what a replay searches at once for the next row at which something happens.

A row is made into a `Quote` only where it is looked at, with the same exact values as the row-by-row reader gives
(rows.py): a price is a whole number of ticks, and a quantity a double whose shortest text is the text that was read.
numpy is imported here, in matrix.py and by what searches columns, when a file of prices is read; nowhere else.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from capi.adapters.prices.cells import number
from capi.core.units import EXACT, plain
from capi.ports.market import Quote

Ticks = NDArray[np.int64]
Numbers = NDArray[np.float64]
_PLAIN_LENGTH_MAX: Final = 18  # of a number that has no digit to be rounded away
_TICKS_KEPT: Final = 16_384


class TickPrices(dict[int, Decimal]):
    """Whole ticks as prices in USDT, each made once."""

    def __init__(self, tick_size: Decimal) -> None:
        super().__init__()
        self.tick_size: Final = tick_size
        self.half_tick: Final = EXACT.divide(tick_size, Decimal(2))

    def __missing__(self, ticks: int) -> Decimal:
        if len(self) >= _TICKS_KEPT:
            self.clear()
        price = self[ticks] = plain(EXACT.multiply(self.tick_size, Decimal(ticks)))
        return price


@dataclass(frozen=True, eq=False)
class Columns:
    """Some quotes in order of time: UTC milliseconds, prices in ticks, quantities in base (NaN: unknown).

    `last_ticks` is the last price where it is not the mid (trades); `bid_qty` and `ask_qty` are None where no row
    tells them.
    """

    prices: TickPrices
    at_ms: Ticks
    bid: Ticks
    ask: Ticks
    bid_qty: Numbers | None = None
    ask_qty: Numbers | None = None
    last_ticks: Ticks | None = None
    length: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the rows once."""
        object.__setattr__(self, "length", len(self.at_ms))

    def __len__(self) -> int:
        """Return how many quotes there are."""
        return self.length

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        twice_mid = self.bid + self.ask
        unknown = np.broadcast_to(np.nan, len(self))
        return {
            "bid": self.bid,
            "ask": self.ask,
            "twice_mid": twice_mid,
            "twice_last": twice_mid if self.last_ticks is None else self.last_ticks * 2,
            "spread": (self.ask - self.bid) / (twice_mid * 0.5),
            "bid_qty": unknown if self.bid_qty is None else self.bid_qty,
            "ask_qty": unknown if self.ask_qty is None else self.ask_qty,
        }

    def column(self, name: str) -> NDArray[Any]:
        """Return a column: bid, ask, twice_mid, twice_last (ticks), spread (of the mid), bid_qty, ask_qty."""
        return self._columns[name]

    def add(self, name: str, column: NDArray[Any]) -> None:
        """Add a column that follows from more than the quotes."""
        self._columns[name] = column

    def quote(self, row: int) -> Quote:
        """Return one row as a quote."""
        prices = self.prices
        last = None if self.last_ticks is None else prices[self.last_ticks.item(row)]
        return Quote(
            self.at_ms.item(row),
            prices[self.bid.item(row)],
            prices[self.ask.item(row)],
            _quantity(self.bid_qty, row),
            _quantity(self.ask_qty, row),
            None,
            last,
        )

    def mid(self, twice_mid: int) -> Decimal:
        """Return a mid price in USDT."""
        return self.prices.half_tick * twice_mid  # exact at any precision that is in force: few digits


def _quantity(column: Numbers | None, row: int) -> Decimal | None:
    """Return a quantity as its shortest text says it: what was read."""
    if column is None:
        return None
    told = repr(column.item(row))
    if told.endswith(".0"):
        return Decimal(told[:-2])
    if "e" in told or len(told) > _PLAIN_LENGTH_MAX:
        return number(told)
    return None if told == "nan" else Decimal(told)
