"""What the exchange's books said at earlier times: what a list that lags still shows."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Position
from capi.core.orders import Kind, Order, OrderKey


class Memory:
    """Kept at every change of the books; `note` has to be called there."""

    def __init__(self, exchange: PaperExchange) -> None:
        self._exchange: Final = exchange
        self._times: Final[list[int]] = []
        self._open: Final[list[tuple[Order, ...]]] = []
        self._positions: Final[list[Position]] = []
        self._orders: Final[dict[OrderKey, tuple[list[int], list[Order]]]] = {}
        self._latest: Final[dict[OrderKey, Order]] = {}  # as the books have it
        self.note()

    def note(self) -> None:
        """Remember the books as they are now."""
        now_ms = self._exchange.now_ms()
        orders = tuple(self._exchange.open_orders())
        for order in orders:
            self._keep(order, now_ms)
        open_keys = {order.key for order in orders}
        for order in self._exchange.ended_lately():
            if order.key in open_keys:
                continue  # an id that was used again: the one that rests is told
            if not self._keep(order, now_ms):
                break  # all earlier ones are known
        self._times.append(now_ms)
        self._open.append(tuple(self._orders[order.key][1][-1] for order in orders))
        self._positions.append(self._exchange.position)

    def _keep(self, order: Order, at_ms: int) -> bool:
        """Keep a state of an order as lists tell it: they do not say when it was sent. False: it was known."""
        if self._latest.get(order.key) is order:
            return False
        self._latest[order.key] = order
        times, states = self._orders.setdefault(order.key, ([], []))
        times.append(at_ms)
        states.append(replace(order, sent_at_ms=None))
        return True

    def open_orders(self, kind: Kind, at_ms: int) -> list[Order]:
        """Return the open orders of one world, as they were then."""
        index = bisect_right(self._times, at_ms) - 1
        return [] if index < 0 else [order for order in self._open[index] if order.kind == kind]

    def order(self, key: OrderKey, at_ms: int) -> Order | None:
        """Return an order as it was then; None: there was none."""
        known = self._orders.get(key)
        if known is None:
            return None
        times, states = known
        index = bisect_right(times, at_ms) - 1
        return None if index < 0 else states[index]

    def position(self, at_ms: int) -> Position:
        """Return the position as it was then."""
        return self._positions[max(0, bisect_right(self._times, at_ms) - 1)]

    def all_orders(self) -> Collection[OrderKey]:
        """Return every order that ever was."""
        return self._orders.keys()
