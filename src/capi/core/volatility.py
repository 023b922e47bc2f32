"""How far the price usually moves in a minute, as a fraction of it: ATR(14) of one-minute candles over the price.

The mean True Range of the last 14 closed candles, of as many as there are when fewer, of the range so far when none has
closed; None before the first price. A candle is a UTC minute with at least one price: a minute without any makes none
(nothing is known of it), and the True Range of the next candle, which looks back to the last close, holds the jump.
Fed with one price at a time, or with the extremes of several of one minute, at constant cost, so that a replay can ask
after every quote.
"""

from collections import deque
from decimal import Decimal
from typing import Final

from capi.core.units import EXACT, ZERO

CANDLES: Final = 14
MINUTE_MS: Final = 60_000
_DIGITS: Final = Decimal("1E-8")


class VolatilityMeter:
    """Builds the candles; prices in USDT per base, times in UTC milliseconds."""

    __slots__ = ("_close", "_high", "_low", "_minute", "_previous_close", "_ranges", "_told", "_total")

    def __init__(self) -> None:
        """Start without any price."""
        self._minute = -1
        self._high = self._low = self._close = ZERO
        self._previous_close: Decimal | None = None
        self._ranges: deque[Decimal] = deque()
        self._total = ZERO
        self._told: Decimal | None = None  # the value, once it was asked for since the last price

    def update(self, at_ms: int, price: Decimal) -> None:
        """Take one price (> 0). One that is older than the current candle counts into the current candle."""
        self.take(at_ms, price, price, price)

    def take(self, at_ms: int, high: Decimal, low: Decimal, close: Decimal) -> None:
        """Take several prices of one minute at once: the highest, the lowest and the last of them."""
        self._told, minute = None, at_ms // MINUTE_MS
        if minute > self._minute:
            if self._minute >= 0:
                self._close_candle()
            self._minute = minute
            self._high, self._low = high, low
        else:
            if high > self._high:
                self._high = high
            if low < self._low:
                self._low = low
        self._close = close

    def state(self) -> tuple[int, list[Decimal], tuple[Decimal, Decimal, Decimal] | None, Decimal | None]:
        """Return the current minute, the ranges of the closed candles, the current candle (high, low, close), and the
        close before it; None: there is none yet."""
        current = None if self._minute < 0 else (self._high, self._low, self._close)
        return self._minute, list(self._ranges), current, self._previous_close

    def value(self) -> Decimal | None:
        """Return the volatility as a fraction of the latest price, to 8 digits; None before the first price."""
        if self._told is None and self._minute >= 0:
            mean = self._total / len(self._ranges) if self._ranges else self._high - self._low
            self._told = EXACT.divide(mean, self._close).quantize(_DIGITS, context=EXACT)
        return self._told

    def _close_candle(self) -> None:
        high, low = self._high, self._low
        if self._previous_close is not None:
            high, low = max(high, self._previous_close), min(low, self._previous_close)
        self._previous_close = self._close
        self._ranges.append(high - low)
        self._total += high - low
        if len(self._ranges) > CANDLES:
            self._total -= self._ranges.popleft()
