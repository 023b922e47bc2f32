"""Quotes as the columns that a clean file of them is read into."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random

import numpy as np

from capi.adapters.prices.columns import Columns, Numbers, TickPrices, Ticks
from capi.ports.market import Quote


def columns_of(quotes: Sequence[Quote], tick_size: Decimal) -> Columns:
    """Return quotes as columns; their `last` counts when the first has one."""
    known = quotes[0].last is not None
    return Columns(
        TickPrices(tick_size),
        np.array([quote.timestamp_ms for quote in quotes], dtype=np.int64),
        _ticks([quote.bid for quote in quotes], tick_size),
        _ticks([quote.ask for quote in quotes], tick_size),
        _numbers([quote.bid_qty for quote in quotes]),
        _numbers([quote.ask_qty for quote in quotes]),
        _ticks([quote.last for quote in quotes if quote.last is not None], tick_size) if known else None,
    )


def in_batches(quotes: Sequence[Quote], tick_size: Decimal, dice: Random) -> Iterator[Columns]:
    """Yield quotes in columns of any length."""
    row = 0
    while row < len(quotes):
        end = row + dice.randrange(1, len(quotes) + 1)
        yield columns_of(quotes[row:end], tick_size)
        row = end


def _ticks(prices: Sequence[Decimal], tick_size: Decimal) -> Ticks:
    return np.array([int(price / tick_size) for price in prices], dtype=np.int64)


def _numbers(quantities: Sequence[Decimal | None]) -> Numbers:
    return np.array([np.nan if qty is None else float(qty) for qty in quantities], dtype=np.float64)
