"""The simulated market: the last quote, and what of its touch is already taken."""

from decimal import Decimal

from capi.core.decision import Side
from capi.core.units import ZERO, floor_to
from capi.ports.market import Quote


class PaperMarket:
    """Best bid and ask, mark and last (both the mid unless the quote brings them). Unknown until the first quote."""

    __slots__ = ("_taken", "ask", "ask_qty", "bid", "bid_qty", "last", "mark", "mid", "quotes")

    def __init__(self) -> None:
        """Start before the first quote: `quotes` is 0, and no price means anything."""
        self.quotes = 0
        self.bid = self.ask = self.mid = self.mark = self.last = ZERO
        self.bid_qty: Decimal | None = None
        self.ask_qty: Decimal | None = None
        self._taken: dict[Side, Decimal] = {}

    def apply(self, quote: Quote) -> None:
        """Move to a quote. What was taken of a side counts until that side's price or quantity changes."""
        if self._taken:
            if quote.ask != self.ask or quote.ask_qty != self.ask_qty:
                self._taken.pop("BUY", None)
            if quote.bid != self.bid or quote.bid_qty != self.bid_qty:
                self._taken.pop("SELL", None)
        self.quotes += 1
        self.bid, self.ask = quote.bid, quote.ask
        self.bid_qty, self.ask_qty = quote.bid_qty, quote.ask_qty
        self.mid = mid = (quote.bid + quote.ask) / 2
        self.mark = mid if quote.mark is None else quote.mark
        self.last = mid if quote.last is None else quote.last

    @property
    def is_untouched(self) -> bool:
        """Return whether nothing is taken of either side."""
        return not self._taken

    def touch(self, side: Side) -> Decimal:
        """Return the best price that a taker of `side` meets."""
        return self.ask if side == "BUY" else self.bid

    def touch_qty(self, side: Side, step_size: Decimal) -> Decimal | None:
        """Return the quantity at that price in whole steps; None is unknown."""
        quantity = self.ask_qty if side == "BUY" else self.bid_qty
        return None if quantity is None else floor_to(quantity, step_size)

    def taken(self, side: Side) -> Decimal:
        """Return what takers of `side` already had of this side of the quote."""
        return self._taken.get(side, ZERO)

    def count_taken(self, side: Side, quantity: Decimal) -> None:
        """Remember that a taker, or a maker filled at the touch, used up a quantity."""
        self._taken[side] = self.taken(side) + quantity
