"""When the market streams speak: at each quote, at each trade, each second. Only what somebody hears is made."""

from collections.abc import Set
from typing import Any, Final, Protocol

from capi.cli.serve import market_events as events
from capi.cli.serve.candles import INTERVALS
from capi.cli.serve.records import Traded
from capi.cli.serve.venue import Venue
from capi.ports.market import Quote

KLINE_EVERY_MS: Final = 250
MARK_EVERY: Final = {"markPrice": 3, "markPrice@3s": 3, "markPrice@1s": 1}
"""Seconds, by the stream's name behind the symbol."""


class Audience(Protocol):
    """Who hears the streams."""

    def names(self) -> set[str]:
        """Return every stream that somebody hears."""
        ...

    def offer(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event to everybody who hears its stream."""
        ...


class MarketFeed:
    """Makes the market's events out of one exchange."""

    def __init__(self, venue: Venue, audience: Audience) -> None:
        """Listen to the exchange."""
        self._venue = venue
        self._audience = audience
        self._prefix = f"{venue.instrument.symbol.lower()}@"
        self._book: events.Book | None = None
        self._klines_ms = 0
        self._opened_ms: dict[str, int] = {}  # by stream: the candle that was told last
        venue.quote_listeners.append(self._on_quote)
        venue.trade_listeners.append(self._on_trade)

    def each_second(self, second: int) -> None:
        """Send mark prices; `second` counts up."""
        heard = self._heard()
        for name, every in MARK_EVERY.items():
            if second % every == 0 and name in heard:
                self._offer(name, events.mark_price(self._venue))

    def _on_quote(self, quote: Quote) -> None:
        heard = self._heard()
        if "bookTicker" in heard:
            self._offer("bookTicker", events.book_ticker(self._venue))
        for name in heard:
            if name.startswith("depth"):
                whole = name[5:].split("@")[0] != ""
                made = events.depth_levels(self._venue) if whole else events.depth_update(self._venue, self._book)
                self._offer(name, made)
        self._book = events.book_of(self._venue)
        if quote.timestamp_ms - self._klines_ms >= KLINE_EVERY_MS:
            self._klines_ms = quote.timestamp_ms
            self._tell_klines(heard)

    def _on_trade(self, traded: Traded) -> None:
        self._offer("aggTrade", events.aggregate_trade(self._venue, traded))

    def _tell_klines(self, heard: Set[str]) -> None:
        for name in heard:
            interval = name.removeprefix("kline_")
            if interval == name or interval not in INTERVALS:
                continue
            newest_ms = self._venue.candles.last_two(interval)[-1].open_ms
            for event in events.klines(self._venue, interval, self._opened_ms.get(name, newest_ms)):
                self._offer(name, event)
            self._opened_ms[name] = newest_ms

    def _heard(self) -> set[str]:
        """Return the streams of the symbol that somebody hears, without the symbol."""
        return {it.removeprefix(self._prefix) for it in self._audience.names() if it.startswith(self._prefix)}

    def _offer(self, name: str, payload: dict[str, Any]) -> None:
        self._audience.offer(f"{self._prefix}{name}", payload)
