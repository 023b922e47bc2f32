"""Prices of the market streams, as far as they are young. Source: facts, section 6.6.

Best bid and ask come many times a second and are looked at once a pass: the latest message is kept as it came, and read
when it is asked for. What cannot be read, is crossed or old is no price: then they are read by REST.
"""

from decimal import Decimal
from typing import Final

from capi.adapters.binance.look_parts import PRICES_TOLERANCE_MS
from capi.adapters.binance.rows import Row
from capi.adapters.binance.wire_market import TIMES
from capi.adapters.exact_json import exact_json
from capi.adapters.fields import NOT_NEGATIVE, POSITIVE
from capi.ports.market import Quote

AGE_MS_MAX: Final = PRICES_TOLERANCE_MS
"""As old as a price read by REST may get."""


class Feed:
    """The latest prices of one symbol. Written by the streams' threads, read by the engine's."""

    def __init__(self, symbol: str, *, last_is_needed: bool) -> None:
        """`last_is_needed`: stops trigger by the last price, so without one there are no prices."""
        self._symbol: Final = symbol
        self._last_is_needed: Final = last_is_needed
        self._book = ""
        self._mark: tuple[int, Decimal] | None = None
        self._last: Decimal | None = None

    def hear_book(self, message: str) -> None:
        """Take a message of the book's stream."""
        self._book = message

    def hear_market(self, message: str) -> None:
        """Take a message of the market's stream: a mark price, or a trade."""
        try:
            row = Row(exact_json(message), "a market event").row("data")
            if row.text("s") != self._symbol:
                return
            if row.text("e") == "markPriceUpdate":
                self._mark = row.whole("E", TIMES), row.number("p", POSITIVE)
            elif row.text("e") == "aggTrade":
                self._last = row.number("p", POSITIVE)
        except ValueError:
            return  # an answer, or what nobody can read: the next one may be better, and prices get old meanwhile

    def forget_market(self) -> None:
        """Forget what may have changed while the market's stream was away."""
        self._last = None

    def quote(self, now_ms: int) -> Quote | None:
        """Return the prices at a time; None while one of them is missing, old, or makes no sense.

        The last price is as young as the mark price: both come over one connection, and trades may be rare.
        """
        mark, last, book = self._mark, self._last, self._book
        if mark is None or not _young(mark[0], now_ms) or not book or (self._last_is_needed and last is None):
            return None
        try:
            row = Row(exact_json(book), "bookTicker")
            quote = Quote(
                row.whole("E", TIMES),
                bid=row.number("b", POSITIVE),
                ask=row.number("a", POSITIVE),
                bid_qty=row.number("B", NOT_NEGATIVE),
                ask_qty=row.number("A", NOT_NEGATIVE),
                mark=mark[1],
                last=last,
            )
            is_ours = row.text("s") == self._symbol
        except ValueError:
            return None
        return quote if is_ours and quote.bid < quote.ask and _young(quote.timestamp_ms, now_ms) else None


def _young(at_ms: int, now_ms: int) -> bool:
    return now_ms - at_ms <= AGE_MS_MAX
