"""An order as it was sent, and as it lives on the simulated exchange."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from capi.core.actions import PlaceOrder
from capi.core.config import TriggerBy
from capi.core.decision import Side
from capi.core.orders import OPEN, Kind, Order, OrderStatus, OrderType
from capi.core.units import ZERO
from capi.core.value import value

PaperTimeInForce = Literal["GTC", "IOC", "FOK", "GTX"]


@value
class NewOrder:
    """What arrives at the exchange: no role, no reason, only what it would see. `GTX` is post only."""

    client_order_id: str
    kind: Kind = "plain"
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy | None = None  # None: last, as on the exchange
    reduce_only: bool = False
    close_position: bool = False
    time_in_force: PaperTimeInForce | None = None


def from_request(request: PlaceOrder) -> NewOrder:
    """Return what the exchange sees of a request of ours."""
    return NewOrder(
        client_order_id=request.client_order_id,
        kind=request.kind,
        side=request.side,
        type=request.type,
        quantity=request.quantity,
        price=request.price,
        trigger_price=request.trigger_price,
        trigger_by=request.trigger_by,
        reduce_only=request.reduce_only,
        close_position=request.close_position,
        time_in_force=request.time_in_force,
    )


class Resting:
    """One accepted order. `order` is what a look shows, replaced at every change; the rest only matching needs."""

    __slots__ = ("live_from_ms", "order", "placed_at_quote", "sent", "sequence")

    def __init__(self, sent: NewOrder, *, sequence: int, sent_at_ms: int, live_from_ms: int) -> None:
        """Accept an order that meets the market at `live_from_ms`."""
        self.sent = sent
        self.sequence = sequence
        self.live_from_ms = live_from_ms
        self.placed_at_quote: int | None = None  # the quote it met the market at; None: still on its way
        self.order = Order(
            client_order_id=sent.client_order_id,
            kind=sent.kind,
            side=sent.side,
            type=sent.type,
            status="NEW",
            price=sent.price,
            trigger_price=sent.trigger_price,
            quantity=ZERO if sent.quantity is None else sent.quantity,
            reduce_only=sent.reduce_only,
            close_position=sent.close_position,
            created_at_ms=live_from_ms,
            updated_at_ms=live_from_ms,
            sent_at_ms=sent_at_ms,
        )

    def turn(
        self,
        status: OrderStatus,
        at_ms: int,
        *,
        filled_qty: Decimal,
        triggered_at_ms: int | None = None,
        code: int | None = None,
    ) -> None:
        """Change what a look shows of it."""
        order = self.order
        self.order = Order(
            client_order_id=order.client_order_id,
            kind=order.kind,
            side=order.side,
            type=order.type,
            status=status,
            price=order.price,
            trigger_price=order.trigger_price,
            quantity=order.quantity,
            filled_qty=filled_qty,
            reduce_only=order.reduce_only,
            close_position=order.close_position,
            created_at_ms=order.created_at_ms,
            updated_at_ms=at_ms,
            sent_at_ms=order.sent_at_ms,
            triggered_at_ms=triggered_at_ms,
            code=code,
        )

    @property
    def open(self) -> bool:
        """Return whether it still rests, or is on its way."""
        return self.order.status in OPEN

    @property
    def level(self) -> Decimal:
        """Return the price at which something happens to it; zero for a MARKET order."""
        price = self.order.price if self.order.kind == "plain" else self.order.trigger_price
        return ZERO if price is None else price


def child_of(algo: Resting, quantity: Decimal, *, sequence: int, at_ms: int) -> Resting:
    """Return the plain MARKET order that a triggered conditional order gives birth to: it bears the algo's id."""
    sent = replace(
        algo.sent,
        kind="plain",
        type="MARKET",
        quantity=quantity,
        trigger_price=None,
        trigger_by=None,
        reduce_only=algo.sent.reduce_only or algo.sent.close_position,
        close_position=False,
        time_in_force=None,
    )
    return Resting(sent, sequence=sequence, sent_at_ms=at_ms, live_from_ms=at_ms)
