"""Our orders on the simulated exchange: two worlds, plain and conditional, that do not see each other.

An id is unique only among the open orders of its world, as on Binance: one that ended may be sent again. Ended orders
are remembered, the latest of each key, up to `ENDED_KEPT`, so that memory stays flat in a long replay.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Final

from capi.adapters.paper.market import PaperMarket
from capi.adapters.paper.matching import fires_when_falling
from capi.adapters.paper.orders import NewOrder, Resting
from capi.core.decision import Side
from capi.core.orders import Kind, Order, OrderKey, OrderStatus, OrderType
from capi.core.units import ZERO

ENDED_KEPT: Final = 500
NEVER_BELOW: Final = Decimal("-Infinity")
NEVER_ABOVE: Final = Decimal("Infinity")


@dataclass(slots=True)
class Band:
    """Prices between which no order of ours can fill or fire, and no position be liquidated. Bounds are outside it."""

    ask_low: Final[Decimal]
    bid_high: Final[Decimal]
    mark_low: Final[Decimal]
    mark_high: Final[Decimal]
    last_low: Final[Decimal]
    last_high: Final[Decimal]

    def holds(self, market: PaperMarket) -> bool:
        """Return whether the market is inside."""
        return (
            self.ask_low < market.ask
            and market.bid < self.bid_high
            and self.mark_low < market.mark < self.mark_high
            and self.last_low < market.last < self.last_high
        )


class Book:
    """Open orders by world and id, and the ended ones. `version` rises with every change."""

    def __init__(self) -> None:
        """Start empty."""
        self.worlds: dict[Kind, dict[str, Resting]] = {"plain": {}, "algo": {}}
        self.ended: OrderedDict[OrderKey, Order] = OrderedDict()
        self.version = 0
        self._sequence = 0

    def accept(self, sent: NewOrder, *, sent_at_ms: int, live_from_ms: int) -> Resting:
        """Add an order that was checked."""
        resting = Resting(sent, sequence=self.next_sequence(), sent_at_ms=sent_at_ms, live_from_ms=live_from_ms)
        self.add(resting)
        return resting

    def next_sequence(self) -> int:
        """Return the next number in the order of arrival."""
        self._sequence += 1
        return self._sequence

    def add(self, resting: Resting) -> None:
        """Add an open order."""
        self.worlds[resting.order.kind][resting.order.client_order_id] = resting
        self.version += 1

    def end(self, resting: Resting, status: OrderStatus, at_ms: int, code: int | None = None) -> None:
        """Move an order to the ended ones."""
        triggered_at_ms = at_ms if status == "TRIGGERED" else None
        resting.turn(status, at_ms, filled_qty=resting.order.filled_qty, triggered_at_ms=triggered_at_ms, code=code)
        order = resting.order
        del self.worlds[order.kind][order.client_order_id]
        self.remember(order)
        self.version += 1

    def remember(self, order: Order) -> None:
        """Keep an ended order; the oldest is forgotten."""
        key = order.key
        self.ended[key] = order
        self.ended.move_to_end(key)
        if len(self.ended) > ENDED_KEPT:
            self.ended.popitem(last=False)

    def record_fill(self, resting: Resting, qty: Decimal, at_ms: int) -> None:
        """Count a fill into an open order, and end it when it was the last."""
        filled = resting.order.filled_qty + qty
        resting.turn("PARTIALLY_FILLED", at_ms, filled_qty=filled)
        self.version += 1
        if filled == resting.order.quantity:
            self.end(resting, "FILLED", at_ms)

    def is_open(self, key: OrderKey) -> bool:
        """Return whether an order of that identity is open."""
        return key[1] in self.worlds[key[0]]

    def find(self, key: OrderKey) -> Order | None:
        """Return an order, open before ended."""
        resting = self.worlds[key[0]].get(key[1])
        return self.ended.get(key) if resting is None else resting.order

    def open_orders(self) -> Iterator[Resting]:
        """Yield every open order of both worlds."""
        return chain(self.worlds["plain"].values(), self.worlds["algo"].values())

    def plain(self, side: Side) -> Iterator[Resting]:
        """Yield the open plain orders of a side."""
        return (resting for resting in self.worlds["plain"].values() if resting.order.side == side)

    def closing_stop(self, order_type: OrderType, side: Side) -> Resting | None:
        """Return the open closePosition order of a type and side."""
        for resting in self.worlds["algo"].values():
            if resting.order.close_position and resting.order.type == order_type and resting.order.side == side:
                return resting
        return None

    def band(self, liquidation_price: Decimal | None, position_qty: Decimal) -> Band:
        """Return the prices at which something can happen next."""
        limits = [r.order for r in self.worlds["plain"].values() if r.order.type == "LIMIT"]
        ask_low = _highest(o.price for o in limits if o.side == "BUY")
        bid_high = _lowest(o.price for o in limits if o.side == "SELL")
        falling = {"mark": [NEVER_BELOW], "last": [NEVER_BELOW]}
        rising = {"mark": [NEVER_ABOVE], "last": [NEVER_ABOVE]}
        for resting in self.worlds["algo"].values():
            waits = falling if fires_when_falling(resting.order.type, resting.order.side) else rising
            waits[resting.sent.trigger_by or "last"].append(resting.level)
        if liquidation_price is not None:
            (falling if position_qty > ZERO else rising)["mark"].append(liquidation_price)
        return Band(
            ask_low, bid_high, max(falling["mark"]), min(rising["mark"]), max(falling["last"]), min(rising["last"])
        )


def _highest(prices: Iterable[Decimal | None]) -> Decimal:
    return max((price for price in prices if price is not None), default=NEVER_BELOW)


def _lowest(prices: Iterable[Decimal | None]) -> Decimal:
    return min((price for price in prices if price is not None), default=NEVER_ABOVE)
