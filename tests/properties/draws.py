"""The small things that worlds are made of: odd instruments, prices on a coarse grid, ages on both sides of each limit.

Prices come from one grid of distances from the instrument's own price, so that levels, touches and triggers often fall
on each other: that is where comparisons break.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from capi.core.account import Instrument
from capi.core.units import ONE, ceil_to, floor_to
from tests.properties.dice import Dice
from tests.worlds import INSTRUMENT

D = Decimal

SYMBOLS: Final = (  # tick, step, price
    (D("0.1"), D("0.001"), D(90800)),
    (D("0.1"), D("0.001"), D(90800)),
    (D("0.01"), D("0.001"), D("3021.57")),
    (D("0.00001"), D(1), D("0.15312")),
    (D("0.000001"), D(1), D("0.000123")),
    (D("0.05"), D("0.05"), D("251.35")),
    (D("0.25"), D(10), D("12.5")),
    (D(5), D("0.00001"), D(100_000)),
    (D("0.0003"), D("0.7"), D("0.9")),
)
GRID: Final = (0, -1, 1, -5, 5, -10, 10, -20, 20, -50, 50, -100, 100, -110, 110, -200, 200, -500, 500, -2000, 2000)
"""Distances from the instrument's price, in bps."""
AGES_MS: Final = (
    60_000, 0, 1, 400, 999, 1000, 1001, 1999, 2000, 2001, 4999, 5000, 5001, 14_999, 15_000, 30_000, 30_001, 60_001,
    3_600_000,
)  # fmt: skip
BPS: Final = D(10_000)
WISH_USDT: Final = D(1000)


@dataclass(frozen=True, slots=True)
class Symbol:
    """An instrument and the price (USDT) around which its world happens."""

    instrument: Instrument
    price: Decimal

    def raw(self, bps: int) -> Decimal:
        """Return the price so many bps away, on no tick in particular, > 0."""
        return max(self.price * (ONE + D(bps) / BPS), self.instrument.tick_size / 2)

    def on_tick(self, bps: int) -> Decimal:
        """Return the price so many bps away, on a tick, > 0."""
        tick = self.instrument.tick_size
        return max(floor_to(self.raw(bps), tick), tick)

    @property
    def whole(self) -> Decimal:
        """Return about the quantity that the usual decision's size buys, on the step."""
        return ceil_to(WISH_USDT / self.price, self.instrument.step_size)

    def quantity(self, dice: Dice) -> Decimal:
        """Return a quantity on the step, > 0: the usual size, a part or a multiple of it, or the least."""
        step, whole = self.instrument.step_size, self.whole
        return dice.pick((whole, whole, whole, max(floor_to(whole / 2, step), step), step, whole * 3))


def draw_symbol(dice: Dice, symbols: Sequence[tuple[Decimal, Decimal, Decimal]] = SYMBOLS) -> Symbol:
    """Draw an instrument: realistic ones, absurd ticks and steps, maxima that are small, missing or on no step."""
    tick, step, price = dice.pick(symbols)
    usual = Symbol(replace(INSTRUMENT, tick_size=tick, step_size=step, min_qty=step), price)
    whole = usual.whole
    maxima: tuple[Decimal | None, ...] = (None, whole, whole / 3 + step)
    min_qty = dice.usually(step, (floor_to(min(step * 5, whole / 3 + step), step),))
    instrument = replace(
        usual.instrument,
        min_qty=min_qty,
        max_qty=dice.usually(whole * 10_000, maxima),
        market_max_qty=dice.usually(whole * 1200, maxima),
        min_notional=dice.usually(D(5), (D(0), D(50), D(100))),
    )
    fees = dice.usually(0, (1, 2))
    if fees:
        instrument = replace(instrument, maker_fee=D(0), taker_fee=D("0.001"), maintenance_margin=D("0.025"))
    if fees == 2:
        instrument = replace(instrument, price_band_up=D("0.15"), price_band_down=D("0.1"))
    return Symbol(instrument, price)
