"""The price path and the books of the generated market: integers out of a seed, the same on every machine.

Regimes of drift and noise follow each other; now and then the price jumps, the book widens or runs thin. All of it
comes far closer together than it does outside: it is a stage for the engine, not a model of Bitcoin.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Final

from capi.core.units import plain
from capi.core.value import record
from capi.ports.market import Quote

SYMBOL: Final = "BTCUSDT"
START_MS: Final = 1_764_273_600_000
"""2025-11-27T20:00:00Z: six hours from here meet a turn of the day and a funding time."""
STEP_MS: Final = 1_000
TICK: Final = Decimal("0.1")

_START_TICKS: Final = 750_000
_LOWEST_TICKS: Final = 600_000
_HIGHEST_TICKS: Final = 900_000
_MILLI: Final = 1_000  # the price moves in thousandths of a tick, so that slow trends are not rounded away
_JUMP_ONE_IN: Final = 2_700  # seconds
_WIDE_ONE_IN: Final = 900
_THIN_ONE_IN: Final = 12


@record
class Regime:
    """A stretch of the market. Per second: drift in thousandths of a tick, noise in tenths of a tick (one sigma)."""

    drift: int
    noise: int
    seconds_min: int
    seconds_max: int


REGIMES: Final = (
    Regime(drift=0, noise=250, seconds_min=600, seconds_max=1_500),  # quiet
    Regime(drift=0, noise=600, seconds_min=300, seconds_max=900),  # restless
    Regime(drift=2_600, noise=420, seconds_min=900, seconds_max=2_400),  # rising
    Regime(drift=-2_600, noise=420, seconds_min=900, seconds_max=2_400),  # falling
    Regime(drift=0, noise=1_100, seconds_min=120, seconds_max=400),  # storm
)


def steps(rng: Random) -> Iterator[int]:
    """Yield the best bid of each second, in ticks, without end: regimes of drift and noise, 60 000 to 90 000 USDT."""
    at = _START_TICKS * _MILLI
    regime, left, pull = REGIMES[0], 900, 0
    while True:
        if left == 0:
            regime = REGIMES[rng.randrange(len(REGIMES))]
            left = rng.randrange(regime.seconds_min, regime.seconds_max)
            pull = _pull(at)
        at += regime.drift + pull + _bell(rng) * regime.noise * _MILLI // 40  # 4 a sigma, 10 a tick
        if rng.randrange(_JUMP_ONE_IN) == 0:
            at += rng.choice((-1, 1)) * rng.randrange(800, 2_500) * _MILLI
        at = min(max(at, _LOWEST_TICKS * _MILLI), _HIGHEST_TICKS * _MILLI)
        yield at // _MILLI
        left -= 1


def walk(rng: Random, seconds: int) -> list[int]:
    """Return the first `seconds` steps."""
    return list(islice(steps(rng), seconds))


def _pull(at: int) -> int:
    """Return a gentle drift back to the start, in thousandths of a tick a second: an hour takes away a tenth."""
    return (_START_TICKS * _MILLI - at) // 36_000


def _bell(rng: Random) -> int:
    """Return a bell-shaped integer of mean 0 and standard deviation 4: the ones among 64 random bits, less a half."""
    return rng.getrandbits(64).bit_count() - 32


def quotes(rng: Random, prices: Iterable[int]) -> Iterator[Quote]:
    """Yield the book around each price: mostly a tick wide and deep, sometimes wide, sometimes thin."""
    wide_left, wide = 0, 1
    for index, bid in enumerate(prices):
        if wide_left:
            wide_left -= 1
        elif rng.randrange(_WIDE_ONE_IN) == 0:
            wide_left, wide = rng.randrange(3, 20), rng.randrange(50, 700)
        ask = bid + (wide if wide_left else rng.choice((1, 1, 1, 1, 2, 4)))
        yield Quote(START_MS + index * STEP_MS, plain(bid * TICK), plain(ask * TICK), _touch_qty(rng), _touch_qty(rng))


def _touch_qty(rng: Random) -> Decimal:
    """Return what stands at a touch, in BTC: 0.5 to 12, one time in twelve 0.002 to 0.06."""
    thin = rng.randrange(_THIN_ONE_IN) == 0
    return plain(Decimal(rng.randrange(2, 60) if thin else rng.randrange(500, 12_000)).scaleb(-3))
