"""The simulated exchange, moved by real prices in real time: `ports.exchange.Exchange`, its clock, and its streams.

One thread moves, asks and acts: the engine's. Quotes that came meanwhile are applied in their order, each at its own
time, before anything is answered; so orders fill as they would have, only seen a moment later. While no prices come
the simulated market stands still and nothing is answered: no fill, no order, no look. Times are the exchange's, UTC ms.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Protocol

from returns.result import Failure, Result

from capi.adapters.binance.wire_market import Candle
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.output import iso
from capi.core.errors import ExchangeError, Unavailable
from capi.core.orders import OrderKey
from capi.ports.clock import Clock
from capi.ports.exchange import Ack, Look, Request
from capi.ports.market import Quote
from capi.ports.streams import Disturbed, StreamEvent, StreamsDown, StreamsUp

STALE_SECONDS: Final = 6.0
"""Without a quote for so long there is no market: streams and REST are both silent by then."""


class Prices(Protocol):
    """Quotes as they come in."""

    def take(self) -> Sequence[Quote]:
        """Return the quotes since the last call, oldest first."""
        ...

    @property
    def age_seconds(self) -> float | None:
        """Return how long ago the last quote came; None: none ever did."""
        ...

    @property
    def down(self) -> str | None:
        """Return which stream has been away for a while, and why, so that quotes come slowly; None: none has."""
        ...


class LiveMarket:
    """A paper exchange that lives on `prices`. `quotes` counts those that it took."""

    def __init__(self, exchange: PaperExchange, prices: Prices, clock: Clock) -> None:
        self.exchange: Final = exchange
        self._prices: Final = prices
        self._clock: Final = clock
        self._version = exchange.version
        self._is_stale = self._is_down = False
        self._last_quote_ms = 0
        self.quotes = 0

    def remember(self, candles: Iterable[Candle]) -> None:
        """Begin the measure of volatility with what was before the first quote. Closed minutes, oldest first."""
        for candle in candles:
            _, high, low, close = candle.prices
            self.exchange.meter.take(candle.open_ms, high, low, close)

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return max(self._clock.now_ms(), self.exchange.now_ms())

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Return the account and the symbol now; Unavailable while no prices come."""
        silence = self._catch_up()
        if silence is not None:
            return Failure(Unavailable(silence))
        self._version = self.exchange.version
        return self.exchange.look(asked=asked, fills_after=fills_after, fundings_after=fundings_after)

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request; Unavailable while no prices come."""
        silence = self._catch_up()
        return self.exchange.act(request) if silence is None else Failure(Unavailable(silence))

    def silent_until_ms(self) -> int | None:
        """Return None: nobody asks for silence here."""
        return None

    def drain(self) -> list[StreamEvent]:
        """Return what a live exchange would have told by itself: something has changed, or prices are back."""
        silence, down, events = self._catch_up(), self._prices.down, list[StreamEvent]()
        if down is not None and not self._is_down:
            events.append(StreamsDown(at_ms=self.now_ms(), reason=down))
        if silence is None and self._is_stale:
            events.append(self._disturbed("prices are back"))
        if (silence is None and self._is_stale) or (down is None and self._is_down):
            events.append(StreamsUp(at_ms=self.now_ms()))
        self._is_stale, self._is_down = silence is not None, down is not None
        if self.exchange.version != self._version:
            self._version = self.exchange.version
            events.append(self._disturbed("the simulated exchange has changed"))
        return events

    def _disturbed(self, reason: str) -> Disturbed:
        return Disturbed(at_ms=self.now_ms(), reason=reason)

    def _catch_up(self) -> str | None:
        """Move to now; return why that cannot be, when no prices come."""
        for quote in self._prices.take():
            self.exchange.advance(quote)
            self.quotes += 1
            self._last_quote_ms = quote.timestamp_ms
        age = self._prices.age_seconds
        if age is None:
            return "no price has come from Binance yet"
        if age > STALE_SECONDS:
            return f"no price has come from Binance since {iso(self._last_quote_ms // 1000 * 1000)}"
        self.exchange.tick_time(self._clock.now_ms())
        return None
