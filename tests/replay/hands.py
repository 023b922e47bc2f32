"""What a person does to the account between two passes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.orders import NewOrder
from capi.core.decision import Side
from capi.core.orders import Order, OrderType


def by_hand(
    client_order_id: str, side: Side, order_type: OrderType, quantity: str | None = None, **fields: Any
) -> Callable[[PaperExchange], object]:
    """Return a step in which a person sends an order by the exchange's own app."""

    def act(exchange: PaperExchange) -> Order:
        order = exchange.manual_order(
            NewOrder(
                client_order_id=client_order_id,
                side=side,
                type=order_type,
                quantity=None if quantity is None else Decimal(quantity),
                **fields,
            )
        )
        assert isinstance(order, Order), order
        return order

    return act


def cancel_by_hand(client_order_id: str, kind: str = "algo") -> Callable[[PaperExchange], object]:
    """Return a step in which a person cancels an order of ours."""

    def act(exchange: PaperExchange) -> Order:
        order = exchange.manual_cancel(("algo" if kind == "algo" else "plain", client_order_id))
        assert isinstance(order, Order), order
        return order

    return act
