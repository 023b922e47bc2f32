"""What is known of an order of ours after it was seen again.

An order that reached an end stays there (a list that lags cannot revive it), and what it filled never shrinks. Two
things give way to evidence: a refusal or a proven absence, when the order is seen or fills; and any end, when the order
still rests long after lists can lag. An end from before the order was last changed is not its own: a power cut may take
the record of an id, and the next order that bears it lives while a read that lags still tells of the first.
"""

from decimal import Decimal
from typing import Final

from capi.core.actions import Role
from capi.core.orders import ENDED, OPEN, Order
from capi.core.units import ZERO
from capi.core.value import value
from capi.engine.fields import decimal, optional_decimal
from capi.ports.journal import Event

NOT_FOUND: Final = -2013
"""The exchange's code for an order that does not exist; ours for one whose absence is proven."""

LISTS_LAG_MS_MAX: Final = 5000
"""A list that shows an ended order as open this long after its end is believed."""

EARLIER_MS: Final = 1000
"""An end so long before the last change is that of another order: times that we set ourselves are less far off."""

_MAY_LIVE: Final = OPEN | {"UNKNOWN"}


@value
class OrderRecord:
    """One order of ours, with what the ledger knows beside the exchange's own fields."""

    order: Order
    role: Role
    decision_id: str
    at_ms: int  # of the last event about it
    acknowledged: bool = False  # the exchange once said that it exists
    takes: bool = False  # sent to be filled at once (MARKET, IOC)
    not_found_since_ms: int | None = None
    executed_qty: Decimal = ZERO  # by the fills seen
    recalled: bool = False  # ended before the ledger began: fills need not tell of it

    def after(self, order: Order, at_ms: int, *, acknowledged: bool) -> "OrderRecord":
        """Return the record after an answer that says what the order is now."""
        return OrderRecord(
            order=order,
            role=self.role,
            decision_id=self.decision_id,
            at_ms=at_ms,
            acknowledged=acknowledged,
            takes=self.takes,
            not_found_since_ms=self.not_found_since_ms,
            executed_qty=self.executed_qty,
        )


def read_order(event: Event) -> Order:
    """Return the order that an event's fields describe."""
    return Order(
        client_order_id=event["client_order_id"],
        kind=event["kind"],
        side=event["side"],
        type=event["type"],
        status=event["status"],
        price=optional_decimal(event["price"]),
        trigger_price=optional_decimal(event["trigger_price"]),
        quantity=decimal(event["quantity"]),
        filled_qty=decimal(event["filled_qty"]),
        reduce_only=event["reduce_only"],
        close_position=event["close_position"],
        created_at_ms=event["created_at_ms"],
        updated_at_ms=event["updated_at_ms"],
        sent_at_ms=event["sent_at_ms"],
        triggered_at_ms=event["triggered_at_ms"],
        code=event["code"],
    )


def merged(known: Order, seen: Order, *, late: bool = False) -> Order:
    """Return what is known of an order after it was seen again; `late`: too long after its end for a list that lags."""
    if _tells_of_another(known, seen):
        return known
    stays = _stays(known, seen, late)
    return Order(
        client_order_id=seen.client_order_id,
        kind=seen.kind,
        side=seen.side,
        type=seen.type,
        status=known.status if stays else seen.status,
        price=known.price if seen.price is None else seen.price,
        trigger_price=known.trigger_price if seen.trigger_price is None else seen.trigger_price,
        quantity=seen.quantity,
        filled_qty=max(known.filled_qty, seen.filled_qty),
        reduce_only=seen.reduce_only,
        close_position=known.close_position or seen.close_position,
        created_at_ms=known.created_at_ms if seen.created_at_ms is None else seen.created_at_ms,
        updated_at_ms=later(known.updated_at_ms, seen.updated_at_ms),
        sent_at_ms=known.sent_at_ms if seen.sent_at_ms is None else seen.sent_at_ms,
        triggered_at_ms=known.triggered_at_ms if seen.triggered_at_ms is None else seen.triggered_at_ms,
        code=known.code if stays else seen.code,
    )


def _tells_of_another(known: Order, seen: Order) -> bool:
    """Return whether the end seen is that of an earlier order with the same id."""
    if known.status not in _MAY_LIVE or seen.status not in ENDED:
        return False
    if known.updated_at_ms is None or seen.updated_at_ms is None:
        return False
    return seen.updated_at_ms + EARLIER_MS < known.updated_at_ms


def _stays(known: Order, seen: Order, late: bool) -> bool:
    """Return whether the status known outweighs the one seen."""
    if known.status == "TRIGGERED":
        return seen.status not in ENDED
    if known.status not in ENDED:
        return False
    if known.status == "REJECTED" or known.code == NOT_FOUND:
        return seen.status == "UNKNOWN"
    return not (late and seen.status in OPEN)


def differs(record: OrderRecord, seen: Order, now_ms: int) -> bool:
    """Return whether a sight of an order says something new, worth an event."""
    known = record.order
    if record.not_found_since_ms is not None:
        return True
    if seen is known or _told(seen) == _told(known):
        return False
    return _told(merged(known, seen, late=is_late(record, now_ms))) != _told(known)


def _told(order: Order) -> tuple[object, ...]:
    """Return what of an order is worth an event when it changes."""
    return (
        order.status, order.filled_qty, order.quantity, order.price, order.trigger_price, order.triggered_at_ms,
    )  # fmt: skip


def is_late(record: OrderRecord, now_ms: int) -> bool:
    """Return whether lists can no longer lag behind the last event about an order."""
    return now_ms - record.at_ms >= LISTS_LAG_MS_MAX


def later(one: int | None, other: int | None) -> int | None:
    """Return the later of two times; None is unknown."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
