"""What the exchange's own books say of the position and what guards it: no rule of the engine is asked."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.core.decision import Side
from capi.core.ids import OrderId, parse_order_id
from capi.core.orders import OPEN, Order
from capi.core.units import ZERO

FIRING_MS: Final = 1000
"""A stop that triggered this shortly ago may still be closing the position."""


class Truth:
    """Reads the books."""

    def __init__(self, exchange: PaperExchange, prefix: str) -> None:
        self._exchange: Final = exchange
        self._prefix: Final = prefix

    @property
    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self._exchange.now_ms()

    @property
    def qty(self) -> Decimal:
        """Return the position, signed."""
        return self._exchange.account.qty

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return every open order."""
        return tuple(self._exchange.open_orders())

    def own(self, order: Order) -> OrderId | None:
        """Return what an order's id says; None: it is not ours."""
        return parse_order_id(self._prefix, order.client_order_id)

    def own_open(self, *roles: str) -> list[Order]:
        """Return our open orders of these roles."""
        found = []
        for order in self._exchange.open_orders():
            owner = self.own(order)
            if owner is not None and owner.role in roles:
                found.append(order)
        return found

    @property
    def is_covered(self) -> bool:
        """Return whether live stops would close the whole position, whoever's they are."""
        return covers(self._exchange.open_orders(), self.qty)

    @property
    def is_leaving(self) -> bool:
        """Return whether an order of ours that reduces it at market is on its way, or a stop is firing."""
        side = closing_side(self.qty)
        for order in self._exchange.open_orders():
            if order.kind == "plain" and order.side == side and (order.type == "MARKET" or self._is_exit(order)):
                return True
        for order in self._exchange.ended_lately():
            at_ms = order.triggered_at_ms
            if at_ms is not None:
                return self.now_ms - at_ms <= FIRING_MS
            if order.updated_at_ms is None or self.now_ms - order.updated_at_ms > FIRING_MS:
                return False
        return False

    def _is_exit(self, order: Order) -> bool:
        owner = self.own(order)
        return owner is not None and owner.role == "exit"


def closing_side(qty: Decimal) -> Side | None:
    """Return the side that reduces a position; None while flat."""
    return None if qty == 0 else "SELL" if qty > 0 else "BUY"


def is_stop(order: Order) -> bool:
    """Return whether an order is a stop that can only reduce."""
    return order.kind == "algo" and order.type == "STOP_MARKET" and (order.reduce_only or order.close_position)


def covers(orders: Iterable[Order], qty: Decimal) -> bool:
    """Return whether the open stops among orders close a whole position of this quantity."""
    side, total = closing_side(qty), ZERO
    for order in orders:
        if is_stop(order) and order.side == side and order.status in OPEN:
            if order.close_position:
                return True
            total += order.remaining_qty
    return qty == 0 or total >= abs(qty)


def is_as_tight(level: Decimal, as_level: Decimal, side: Side) -> bool:
    """Return whether a stop of a closing side is at least as near to profit as another."""
    return level >= as_level if side == "SELL" else level <= as_level
