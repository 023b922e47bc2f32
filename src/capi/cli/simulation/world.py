"""Simulated time: the market moves, orders meet it, and whatever was laid down for later happens at its time.

Nothing here knows the engine. Who waits (a request on its way, the loop between two passes) calls `until`, and the
world goes on meanwhile. Deterministic: what happens at one instant happens in the order in which it was laid down, and
a quote comes first.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.ports.market import Quote


class World:
    """The exchange and what is due there. `on_change`: called after every change of its books."""

    def __init__(self, exchange: PaperExchange, quotes: Iterator[Quote]) -> None:
        """Take the first quote at once. When the quotes end, the price stands."""
        self.exchange: Final = exchange
        self.on_change: Final[list[Callable[[], None]]] = []
        self.on_quote: Final[list[Callable[[Quote], None]]] = []
        self._quotes: Final = quotes
        self._agenda: Final[list[tuple[int, int, Callable[[], None]]]] = []
        self._order: Final = count()
        self._version = exchange.version
        self._next = next(quotes, None)
        if self._next is not None:
            self._quote()

    @property
    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self.exchange.now_ms()

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Have something happen at a time; what lies in the past happens at once when time goes on."""
        heappush(self._agenda, (at_ms, next(self._order), act))

    def pass_time(self, ms: int) -> None:
        """Let so much time go by."""
        self.until(self.now_ms + ms)

    def until(self, at_ms: int, stops: Callable[[], bool] | None = None) -> None:
        """Let time go on to an instant, and everything happen that is due until then; `stops`: no further."""
        while True:
            if stops is not None and stops():
                return
            due_ms = self._agenda[0][0] if self._agenda else at_ms + 1
            quote_ms = at_ms + 1 if self._next is None else self._next.timestamp_ms
            if quote_ms <= min(due_ms, at_ms):
                self._quote()
            elif due_ms <= at_ms:
                self.exchange.tick_time(due_ms)
                self.note()
                heappop(self._agenda)[2]()
                self.note()
            else:
                break
        self.exchange.tick_time(at_ms)
        self.note()

    def _quote(self) -> None:
        quote = self._next
        if quote is None:
            return
        self.exchange.advance(quote)
        for told in self.on_quote:
            told(quote)
        self.note()
        self._next = next(self._quotes, None)

    def note(self) -> None:
        """Tell of a change of the books, once for everything that happened at one instant."""
        version = self.exchange.version
        if version != self._version:
            self._version = version
            for told in self.on_change:
                told()
