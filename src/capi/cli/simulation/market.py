"""The price path of one run: stretches that are calm, trending or wild, gaps that stay and wicks that do not.

Prices in whole ticks, steps of 0.2 to 2 s. All of it comes far closer together than it does outside. Mark follows the
mid at a distance, last is the mid: in a wick they differ.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from random import Random
from typing import Final

from capi.core.account import Instrument
from capi.core.orders import Order
from capi.core.units import floor_to
from capi.ports.market import Quote

START_TICKS: Final = 750_000
LOWEST_TICKS: Final = 300_000
STRETCHES: Final = ((0, 15), (0, 60), (0, 150), (12, 60), (-12, 60), (25, 110), (-25, 110))
"""Drift and noise (one sigma) of a second, in ticks."""
GAP_ONE_IN: Final = 250
WICK_ONE_IN: Final = 150
WIDE_ONE_IN: Final = 120
TOUCH_SHARE: Final = 0.35
"""How often a limit order that is near is met at its very price, in the runs that do so."""
NEAR: Final = 0.001
AWAY: Final = (0.0, 0.0004, 0.0008)
"""How far the price goes away again after such a meeting."""
CALM_STEP_MS: Final = 2000
_PLENTY: Final = Decimal(50)


class PricePath:
    """Yields the quotes of a run. `told` hears of gaps and wicks, by kind."""

    def __init__(
        self,
        dice: Random,
        instrument: Instrument,
        *,
        start_ms: int,
        calm_ms: int,
        end_ms: int,
        badness: float,
        muted: frozenset[str],
        told: Callable[[str, str], None],
        resting: Callable[[], Iterable[Order]] | None = None,
    ) -> None:
        """`resting`: orders whose prices are met now and then, so that they fill in parts; None: by chance alone."""
        self._told: Final = told
        self._resting: Final = resting
        self._muted: Final = muted
        self._dice: Final = dice
        self._tick: Final = instrument.tick_size
        self._step: Final = instrument.step_size
        self._start_ms: Final = start_ms
        self._calm_ms: Final = calm_ms
        self._end_ms: Final = end_ms
        self._badness: Final = badness
        self._at = START_TICKS
        self._mark = START_TICKS
        self._wick = 0  # ticks away from the path
        self._wick_left = 0  # quotes

    def quotes(self) -> Iterator[Quote]:
        """Yield them in order; in the calm end the price stands."""
        at_ms, dice = self._start_ms, self._dice
        left_ms, (drift, noise) = 0, STRETCHES[0]
        while at_ms < self._calm_ms:
            step_ms = dice.randrange(200, 2001)
            if left_ms <= 0:
                left_ms, (drift, noise) = dice.randrange(20_000, 90_000), dice.choice(STRETCHES)
            left_ms -= step_ms
            seconds = step_ms / 1000
            self._at += round(drift * seconds + dice.gauss(0.0, noise) * seconds**0.5)
            self._jump()
            yield self._quote(at_ms)
            at_ms += step_ms
        self._wick = 0
        while at_ms < self._end_ms:
            self._mark = self._at
            yield self._of(at_ms, self._at, 1, _PLENTY, _PLENTY)
            at_ms += CALM_STEP_MS

    def _jump(self) -> None:
        dice = self._dice
        gap, wick = dice.random() * GAP_ONE_IN < self._badness, dice.random() * WICK_ONE_IN < self._badness
        size = round(self._at * dice.choice((0.002, 0.004, 0.01, 0.03, 0.07)) * dice.choice((1, -1)))
        if gap and "gap" not in self._muted:
            self._at += size
            self._told("gap", f"by {size * self._tick}")
        elif wick and not gap and "wick" not in self._muted:
            self._wick, self._wick_left = size, dice.randrange(1, 4)
            self._told("wick", f"by {size * self._tick}")
        self._at = max(self._at, LOWEST_TICKS)

    def _quote(self, at_ms: int) -> Quote:
        dice = self._dice
        at = max(self._at + self._wick, LOWEST_TICKS)
        if self._wick_left:
            self._wick_left -= 1
        else:
            self._wick = 0
        self._mark += round((at - self._mark) * 0.3)
        touched = self._touch(at_ms, at)
        if touched is not None:
            return touched
        spread = dice.randrange(20, 400) if dice.randrange(WIDE_ONE_IN) == 0 else dice.choice((1, 1, 1, 3))
        return self._of(at_ms, at, spread, self._quantity(), self._quantity())

    def _touch(self, at_ms: int, at: int) -> Quote | None:
        """Return a quote that meets a limit order at its very price, with less than it wants; None: none is near."""
        if self._resting is None or self._dice.random() > TOUCH_SHARE:
            return None
        for order in self._resting():
            price = order.price
            if price is None or order.kind != "plain" or abs(int(price / self._tick) - at) > at * NEAR:
                continue
            bid = int(price / self._tick) - (order.side == "BUY")
            part = self._step * self._dice.randrange(1, max(2, int(order.remaining_qty / self._step)))
            plenty = self._quantity()
            quantities = (plenty, part) if order.side == "BUY" else (part, plenty)
            away = round(at * self._dice.choice(AWAY)) * (1 if order.side == "BUY" else -1)
            self._at = bid + away  # from where it goes on
            return self._of(at_ms, bid, 1, *quantities)
        return None

    def _quantity(self) -> Decimal:
        dice = self._dice
        most = dice.choice((3, 20, 200, 5000, 20_000))
        return self._step * dice.randrange(1, most)

    def _of(self, at_ms: int, bid: int, spread: int, bid_qty: Decimal, ask_qty: Decimal) -> Quote:
        ask = bid + spread
        return Quote(
            timestamp_ms=at_ms,
            bid=bid * self._tick,
            ask=ask * self._tick,
            bid_qty=bid_qty,
            ask_qty=ask_qty,
            mark=self._mark * self._tick,
            last=floor_to((bid + ask) * self._tick / 2, self._tick),
        )
