"""Where the served market's prices come from, and when: a file at its own pace, the generated market, a fixed book."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain
from random import Random
from typing import Final

from capi.adapters.prices import Candle, path
from capi.adapters.prices.generated_market import STEP_MS, TICK, quotes, steps
from capi.core.units import floor_to
from capi.core.value import record
from capi.ports.market import Quote

FIXED_EVERY_MS: Final = 1_000
FIXED_QTY: Final = Decimal(5)
PAST_SECONDS: Final = 25 * 3_600
"""How long the generated market has run when it is first served: as long as candles are kept."""


@record
class Paced:
    """A quote, and how long after the one before it comes, in milliseconds of real time."""

    after_ms: float
    quote: Quote


@record
class Source:
    """Prices to serve. `past`: those that were before the first one, a second apart; only candles are made of them."""

    past: list[Decimal]
    coming: Iterator[Paced]
    told: str  # what it is, for people
    warnings: Callable[[], list[str]] = list  # what was wrong with the prices so far, a sentence each


def generated(seed: int, speed: Decimal, past_seconds: int = PAST_SECONDS) -> Source:
    """Return the bundled market: it never ends, and begins where its first `past_seconds` left off."""
    prices = steps(Random(seed))
    past = [next(prices) * TICK for _ in range(past_seconds)]
    market = quotes(Random(f"quotes {seed}"), prices)
    pace = STEP_MS / float(speed)
    return Source(past, (Paced(pace, quote) for quote in market), f"the generated market (seed {seed})")


def fixed(price: Decimal, tick: Decimal, every_ms: int = FIXED_EVERY_MS) -> Source:
    """Return a book at one price, a tick wide, told again every second."""
    bid = floor_to(price, tick)
    quote = Quote(0, bid, bid + tick, FIXED_QTY, FIXED_QTY)
    return Source([], _endless(quote, every_ms), f"a fixed book, {bid} to {bid + tick}")


def replayed(
    rows: Iterator[Quote | Candle], speed: Decimal, told: str, warnings: Callable[[], list[str]] = list
) -> Source:
    """Return the prices of a file at their own pace, `speed` times as fast. PricesError: it has no usable row."""
    first = next(rows)
    return Source([], _paced(chain((first,), rows), float(speed)), told, warnings)


def _endless(quote: Quote, every_ms: int) -> Iterator[Paced]:
    yield Paced(0, quote)
    while True:
        yield Paced(every_ms, quote)


def _paced(rows: Iterator[Quote | Candle], speed: float) -> Iterator[Paced]:
    before_ms: int | None = None
    for row in rows:
        for quote in path(row, None) if isinstance(row, Candle) else (row,):
            after_ms = 0 if before_ms is None else max(quote.timestamp_ms - before_ms, 0)
            before_ms = quote.timestamp_ms
            yield Paced(after_ms / speed, quote)
