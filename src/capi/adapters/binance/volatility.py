"""The volatility of a look: the core's meter, begun with the exchange's own candles, then fed with the mid.

After a silence longer than a candle the meter knows nothing of what happened, so it is begun anew.
"""

from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.wire_market import Candle, read_candles
from capi.core.volatility import CANDLES, MINUTE_MS, VolatilityMeter

SILENCE_MS_MAX: Final = MINUTE_MS
RETRY_MS: Final = 10_000
_ASKED_FOR: Final = CANDLES + 2
"""One more than the meter averages, for the close before the first, and the open one."""


class Volatility:
    """A meter that has been begun, or none. Fed and begun from one thread at a time."""

    def __init__(self, client: Client, calls: Calls) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._meter: VolatilityMeter | None = None
        self._fed_at_ms = 0
        self._tried_at_ms = 0

    def is_due(self, now_ms: int) -> bool:
        """Return whether it has to be begun (again)."""
        knows = self._meter is not None and now_ms - self._fed_at_ms <= SILENCE_MS_MAX
        return not knows and not 0 <= now_ms - self._tried_at_ms < RETRY_MS

    def begin(self, now_ms: int) -> None:
        """Begin with the closed candles; when they cannot be read, the volatility is unknown until they can."""
        self._tried_at_ms = now_ms
        self._meter = None
        result = self._client.ask(self._calls.candles(_ASKED_FOR), lambda answer: read_candles(answer, now_ms))
        if is_successful(result):
            self._meter, self._fed_at_ms = seeded(result.unwrap()), now_ms

    def feed(self, now_ms: int, bid: Decimal, ask: Decimal) -> Decimal | None:
        """Take one look at the book and return the volatility, a fraction; None is unknown."""
        if self._meter is None:
            return None
        self._meter.update(now_ms, (bid + ask) / 2)
        self._fed_at_ms = now_ms
        return self._meter.value()


def seeded(candles: list[Candle]) -> VolatilityMeter:
    """Return a meter that has seen these candles, oldest first."""
    meter = VolatilityMeter()
    for candle in candles:
        for price in candle.prices:
            meter.update(candle.open_ms, price)
    return meter
