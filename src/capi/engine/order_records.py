"""Every order of ours as last known, folded from events: what was sent, what was answered, what was seen.

What has not settled (no end is known) is asked about at every look. How a sight and a record become one is in
`order_merge`.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from capi.core.actions import Role
from capi.core.decision import Side
from capi.core.errors import meaning_of
from capi.core.orders import ENDED, OPEN, Kind, Order, OrderKey, OrderType
from capi.core.units import ZERO
from capi.core.value import changed
from capi.engine.fields import decimal, optional_decimal
from capi.engine.order_merge import OrderRecord, is_late, later, merged, read_order
from capi.ports.journal import Event

_MAY_EXIST: Final = frozenset({"unknown_outcome", "duplicate_id"})
"""Refusals after which an order of that id may rest all the same."""
_TYPE_BY_ROLE: Final[dict[Role, OrderType]] = {
    "entry": "LIMIT", "sl": "MARKET", "tp1": "LIMIT", "tp2": "LIMIT", "exit": "MARKET",
}  # fmt: skip


@dataclass(slots=True)
class OrderRecords:
    """The records by key and by decision, and the keys of those that have not settled.

    `untold`: plain orders that have filled more than executions have told of, but those of the time before the ledger.
    """

    by_key: dict[OrderKey, OrderRecord] = field(default_factory=dict)
    by_decision: dict[str, dict[OrderKey, None]] = field(default_factory=dict)
    unsettled: dict[OrderKey, None] = field(default_factory=dict)
    untold: dict[OrderKey, None] = field(default_factory=dict)

    def of_decision(self, decision_id: str) -> list[OrderRecord]:
        """Return every record of one decision."""
        return [self.by_key[key] for key in self.by_decision.get(decision_id, ())]

    def put(self, record: OrderRecord) -> None:
        """Keep a record in place of the one before it."""
        key = record.order.key
        self.by_key[key] = record
        self.by_decision.setdefault(record.decision_id, {})[key] = None
        if key[0] == "plain" and not record.recalled and record.order.filled_qty > record.executed_qty:
            self.untold[key] = None
        else:
            self.untold.pop(key, None)
        over = record.order.status in ENDED or (record.order.status == "TRIGGERED" and self._child_ended(key))
        if not over:
            self.unsettled[key] = None
            return
        self.unsettled.pop(key, None)
        parent = self.by_key.get(("algo", key[1]))
        if parent is not None and parent.order.status == "TRIGGERED":
            self.unsettled.pop(parent.order.key, None)

    def _child_ended(self, key: OrderKey) -> bool:
        child = self.by_key.get(("plain", key[1]))
        return child is not None and child.order.status in ENDED

    def settle_triggered(self) -> None:
        """Take triggered stops as settled: the position is gone, so what they started is over."""
        for key in [key for key in self.unsettled if self.by_key[key].order.status == "TRIGGERED"]:
            del self.unsettled[key]

    def forget(self, before_ms: int, keep: frozenset[str | None]) -> None:
        """Drop the settled records of decisions about which nothing was heard since `before_ms`, but those to keep."""
        for decision_id, keys in list(self.by_decision.items()):
            idle = all(self.by_key[key].at_ms < before_ms and key not in self.unsettled for key in keys)
            if idle and decision_id not in keep:
                for key in keys:
                    del self.by_key[key]
                    self.untold.pop(key, None)
                del self.by_decision[decision_id]

    # folding

    def apply_sent(self, event: Event) -> None:
        """An order is about to go out, or went out: its fate is unknown until the answer."""
        kind: Kind = event["kind"]
        known = self.by_key.get((kind, event["client_order_id"]))
        quantity = optional_decimal(event["quantity"])
        order = Order(
            client_order_id=event["client_order_id"],
            kind=kind,
            side=event["side"],
            type=event["type"],
            status="UNKNOWN",
            price=optional_decimal(event["price"]),
            trigger_price=optional_decimal(event["trigger_price"]),
            quantity=ZERO if quantity is None else quantity,  # 0 is how closePosition is written
            filled_qty=ZERO if known is None else known.order.filled_qty,
            reduce_only=event["reduce_only"],
            close_position=event["close_position"],
            sent_at_ms=event["at_ms"],
        )
        takes = event["type"] == "MARKET" or event["time_in_force"] == "IOC"
        self.put(
            OrderRecord(
                order=order, role=event["role"], decision_id=event["decision_id"], at_ms=event["at_ms"], takes=takes
            )
        )

    def apply_answered(self, event: Event) -> None:
        """An answer to a request about one order; of a cancel a clear yes with the order, or that it is not open."""
        record = self.by_key.get((event["kind"], event["client_order_id"]))
        if record is None:
            return
        at_ms, echo = event["at_ms"], event["order"]
        if event["outcome"] == "ack":
            if echo is not None:
                self.put(record.after(merged(record.order, read_order(echo)), at_ms, acknowledged=True))
            elif event["action"] == "place_order":
                order = changed(record.order, status="NEW", created_at_ms=at_ms, updated_at_ms=at_ms)
                self.put(record.after(order, at_ms, acknowledged=True))
        elif event["action"] == "place_order" and not _may_exist(event):
            order = changed(record.order, status="REJECTED", code=event["code"], updated_at_ms=at_ms)
            self.put(record.after(order, at_ms, acknowledged=record.acknowledged))
        elif event["action"] == "cancel_order" and record.order.status in OPEN and _is_not_open(event):
            order = changed(record.order, status="UNKNOWN", code=event["code"])
            self.put(record.after(order, at_ms, acknowledged=record.acknowledged))

    def apply_order(self, event: Event) -> None:
        """An order of ours was seen, or the exchange said that it does not exist."""
        seen = read_order(event)
        since, at_ms = event["not_found_since_ms"], event["at_ms"]
        known = self.by_key.get(seen.key)
        if known is None:
            self.put(
                OrderRecord(
                    order=seen,
                    role=event["role"],
                    decision_id=event["decision_id"],
                    at_ms=at_ms,
                    acknowledged=True,
                    recalled=event.get("recalled", False),
                )
            )
            return
        acknowledged = known.acknowledged or since is None
        order = merged(known.order, seen, late=is_late(known, at_ms))
        self.put(changed(known, order=order, at_ms=at_ms, acknowledged=acknowledged, not_found_since_ms=since))

    def apply_fill(self, event: Event) -> None:
        """An execution of an order of ours; one that was not known becomes known, its fate still to be asked."""
        key: OrderKey = ("plain", event["client_order_id"])
        known = self.by_key.get(key)
        qty, at_ms = decimal(event["qty"]), event["at_ms"]
        if known is None:
            known = OrderRecord(
                order=_executed(event), role=event["role"], decision_id=event["decision_id"], at_ms=at_ms
            )
        executed = known.executed_qty + qty
        order = _filled(known.order, executed, event["filled_at_ms"])
        self.put(
            changed(known, order=order, at_ms=at_ms, acknowledged=True, not_found_since_ms=None, executed_qty=executed)
        )


def _may_exist(event: Event) -> bool:
    return event["outcome"] == "unknown" or (event["outcome"] == "rejected" and meaning_of(event["code"]) in _MAY_EXIST)


def _is_not_open(event: Event) -> bool:
    """Return whether an order was to be cancelled and had ended: it may have filled, which only a look can tell."""
    return event["outcome"] == "rejected" and meaning_of(event["code"]) in ("not_open", "not_found")


def _filled(order: Order, executed: Decimal, at_ms: int) -> Order:
    """Return what is known of an order once `executed` of it is known to have filled, the last of it at `at_ms`."""
    filled, quantity, status, code = max(order.filled_qty, executed), order.quantity, order.status, order.code
    if status == "REJECTED":
        status, code = "UNKNOWN", None
    if order.sent_at_ms is None:
        quantity = max(quantity, filled)
    elif (status in OPEN or status == "UNKNOWN") and filled >= quantity > 0:
        status = "FILLED"
    return changed(
        order,
        status=status,
        code=code,
        quantity=quantity,
        filled_qty=filled,
        updated_at_ms=later(order.updated_at_ms, at_ms),
    )


def _executed(event: Event) -> Order:
    """Return what an execution says of an order that was not known; its quantity is at least what filled."""
    role: Role = event["role"]
    side: Side = event["side"]
    return Order(
        client_order_id=event["client_order_id"],
        kind="plain",
        side=side,
        type=_TYPE_BY_ROLE[role],
        status="UNKNOWN",
        reduce_only=role != "entry",
    )
