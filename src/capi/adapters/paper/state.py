"""Everything that the simulated exchange knows, and the margin that follows from it."""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile
from typing import Final

from capi.adapters.paper.account import NO_MONEY, PaperAccount, money
from capi.adapters.paper.book import Book
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.market import PaperMarket
from capi.adapters.paper.mishaps import Mishaps
from capi.adapters.paper.orders import NewOrder
from capi.core.account import Instrument
from capi.core.decision import Side
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.ports.exchange import Fill, Funding

FILLS_KEPT: Final = 2000
FUNDINGS_KEPT: Final = 500


@dataclass(slots=True)
class History:
    """The latest fills and fundings, numbered from 1 without gaps; what is older is forgotten."""

    fills: deque[Fill] = field(default_factory=lambda: deque(maxlen=FILLS_KEPT))
    fundings: deque[Funding] = field(default_factory=lambda: deque(maxlen=FUNDINGS_KEPT))
    last_trade_id: int = 0
    last_funding_id: int = 0

    def fills_after(self, trade_id: int) -> tuple[Fill, ...]:
        """Return the fills with a higher id, oldest first."""
        if trade_id >= self.last_trade_id:
            return ()
        newer = tuple(takewhile(lambda fill: fill.trade_id > trade_id, reversed(self.fills)))
        return newer[::-1]

    def fundings_after(self, funding_id: int) -> tuple[Funding, ...]:
        """Return the fundings with a higher id, oldest first."""
        if funding_id >= self.last_funding_id:
            return ()
        newer = tuple(takewhile(lambda funding: funding.funding_id > funding_id, reversed(self.fundings)))
        return newer[::-1]

    def gaps(self, trade_id: int, funding_id: int) -> tuple[str, ...]:
        """Return what can no longer be told of what came after the two ids."""
        gaps = []
        if trade_id < self.last_trade_id - len(self.fills):
            gaps.append(f"fills after {trade_id}: only the last {len(self.fills)} are kept")
        if funding_id < self.last_funding_id - len(self.fundings):
            gaps.append(f"fundings after {funding_id}: only the last {len(self.fundings)} are kept")
        return tuple(gaps)


@dataclass(slots=True)
class State:
    """The exchange between two events."""

    instrument: Instrument
    config: PaperConfig
    account: PaperAccount
    now_ms: int
    market: PaperMarket = field(default_factory=PaperMarket)
    book: Book = field(default_factory=Book)
    history: History = field(default_factory=History)
    mishaps: Mishaps | None = None  # None: the matching engine has a good day

    @property
    def version(self) -> int:
        """Return a number that rises with every change of orders, position or margin."""
        return self.book.version + self.account.version

    @property
    def liquidation_price(self) -> Decimal | None:
        """Return the mark at which the position is liquidated; None: none."""
        return self.account.liquidation_price(self.instrument.maintenance_margin)

    @property
    def equity(self) -> Decimal:
        """Return wallet plus unrealised profit at mark."""
        return self.account.wallet + self.account.unrealised(self.market.mark)

    @property
    def available(self) -> Decimal:
        """Return what is free for new orders, never below zero."""
        return max(self._free() - self.order_margin(), ZERO)

    def _free(self) -> Decimal:
        if self.account.margin_mode == "isolated":
            return self.account.wallet - self.account.isolated
        return self.equity - money(abs(self.account.qty) * self.market.mark / self.account.leverage)

    def order_margin(self, side: Side | None = None, notional: Decimal = ZERO) -> Decimal:
        """Return the margin of the open orders that can add risk, with one more of `side` when given.

        The worse of all buys and all sells filling, beyond what the position already binds.
        """
        adding = [r.order for r in self.book.worlds["plain"].values() if not r.order.reduce_only]
        if side is None and not adding:
            return NO_MONEY
        held = self.account.qty * self.market.mark
        exposure: dict[Side, Decimal] = {"BUY": held, "SELL": -held}
        for order in adding:
            exposure[order.side] += self.value(order)
        if side is not None:
            exposure[side] += notional
        return money((max(*exposure.values(), abs(held)) - abs(held)) / self.account.leverage)

    def value(self, order: Order) -> Decimal:
        """Return the notional of what is left of a plain order; a MARKET order counts at the touch."""
        price = self.market.touch(order.side) if order.price is None else order.price
        return price * order.remaining_qty

    def lacks_margin(self, side: Side, quantity: Decimal, price: Decimal) -> bool:
        """Return whether an order's margin, its loss against mark at once and its taker fee are not available."""
        added = self.order_margin(side, quantity * price) - self.order_margin()
        if added <= 0:
            return False
        loss = (price - self.market.mark) * (1 if side == "BUY" else -1)
        fee = quantity * price * self.config.taker_fee
        return added + max(loss, ZERO) * quantity + fee > self.available

    def band_limit(self, side: Side) -> Decimal:
        """Return the worst price that PERCENT_PRICE allows a side, against mark."""
        if side == "BUY":
            return self.market.mark * (1 + self.instrument.price_band_up)
        return self.market.mark * (1 - self.instrument.price_band_down)

    def band_shuts_out(self, order: Order | NewOrder) -> bool:
        """Return whether a MARKET order's best price lies outside that bound."""
        touch, limit = self.market.touch(order.side), self.band_limit(order.side)
        return order.type == "MARKET" and (touch > limit if order.side == "BUY" else touch < limit)


def price_of(state: State, new: NewOrder) -> Decimal:
    """Return the price that an order is judged at: its own, or the touch for a MARKET order."""
    return state.market.touch(new.side) if new.price is None else new.price
