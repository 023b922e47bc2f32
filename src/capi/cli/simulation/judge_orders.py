"""Invariants 3, 4, 5, 8 and 9: what is sent, and what fills, judged at the moment it happens.

Under faults the words mean: an entry is *of unknown fate* while it may still be executed: it rests on the exchange's
books, or it is on its way and its timestamp still counts. A decision is *usable* when a whole file held it, for this
symbol, neither too old nor from the future. An id
that was sent when its process ended, and of which no record is left, may be sent again by the next one: but an entry's
is always on record before it goes. So may one that the exchange took, by an engine that has lost its journal and does
not know the past yet: what stands is guarded before that. A view is *complete* when every part of it could be read.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from capi.cli.simulation.broken import Broken
from capi.cli.simulation.network import Shown
from capi.cli.simulation.truth import Truth, closing_side
from capi.core.account import Instrument
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN
from capi.core.units import ZERO, text
from capi.ports.exchange import Fill, Request

FUTURE_MS_MAX: Final = 5000
READ_WITHIN_MS: Final = 25_000
"""A pass reads the file first, and may look three times, slowly, before it sends."""


@dataclass(slots=True)
class Entered:
    """What one decision was to enter, and has."""

    intended: Decimal
    filled: Decimal = ZERO
    is_open_again: bool = False  # the journal is lost: how much it was to be is made out anew, once


@dataclass(slots=True)
class OrderJudge:
    """Sees every request before it leaves, and every fill."""

    truth: Truth
    config: Config
    instrument: Instrument
    good: Mapping[int, Proposal | None]  # usable decisions that were whole in the file, by timestamp
    unusable_since_ms: Callable[[], int | None]  # since when the file has held nothing usable
    entered: dict[str, Entered] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    on_its_way: dict[str, int] = field(default_factory=dict)  # late entries, and until when they may be accepted
    unrecorded: set[str] = field(default_factory=set)  # sent, and not on record when the process ended
    untold: set[str] = field(default_factory=set)  # the journal is lost, and the past could not be read yet
    targets: dict[str, Decimal] = field(default_factory=dict)  # sent since the last look
    qty: Decimal = ZERO

    def sent(self, request: Request, shown: Shown, decision: Decision | Unusable, *, until_ms: int | None) -> None:
        """Judge a request. `until_ms`: until when it may still be accepted, if it comes late."""
        if not isinstance(request, PlaceOrder):
            return
        self._check_id(request)
        self._check_filters(request)
        if request.role == "entry":
            self._check_entry(request, shown, decision)
            if until_ms is not None:
                self.on_its_way[request.client_order_id] = until_ms
        elif not (request.reduce_only or request.close_position):
            self._break(5, f"{request.client_order_id} could open a position")
        elif request.role in ("tp1", "tp2"):
            self._check_targets(request, shown)

    def lost(self, taken: Set[str]) -> None:
        """Note that the engine knows no more than the exchange tells; `taken`: ids of orders that it ever took.

        Of a request that is still on its way nobody tells: only its id keeps it from being carried out twice.
        """
        self.on_its_way.clear()
        for client_order_id in self.ids.keys() - taken:
            del self.ids[client_order_id]
        self.untold = set(self.ids)
        for entered in self.entered.values():
            entered.is_open_again = True

    def recalled(self) -> None:
        """Note that the exchange has told the past."""
        self.untold.clear()

    def cancelled(self, request: CancelOrder) -> None:
        """Note that a target is gone."""
        self.targets.pop(request.client_order_id, None)

    def looked(self) -> None:
        """Note that a new look shows what was sent before it."""
        self.targets.clear()

    def filled(self, fill: Fill) -> None:
        """Judge an execution."""
        before = self.qty
        self.qty = after = before + (fill.qty if fill.side == "BUY" else -fill.qty)
        owner = parse_order_id(self.config.id_prefix, fill.client_order_id)
        if owner is None:
            return
        if owner.role == "entry":
            entered = self.entered[owner.decision_id]
            entered.filled += fill.qty
            if entered.filled > entered.intended:
                what = f"{text(entered.filled)} has filled of the {text(entered.intended)} intended"
                self._break(3, f"decision {owner.decision_id}: {what}")
        elif abs(after) >= abs(before) or before * after < 0:
            what = f"a fill of {fill.client_order_id} took the position from {text(before)} to {text(after)}"
            self._break(5, what)

    def _check_id(self, order: PlaceOrder) -> None:
        sent_ms = self.ids.get(order.client_order_id)
        is_excused = order.role != "entry" and order.client_order_id in self.unrecorded | self.untold
        if sent_ms is not None and not is_excused:
            self._break(4, f"{order.client_order_id} was sent before, {self.truth.now_ms - sent_ms} ms ago")
        self.ids[order.client_order_id] = self.truth.now_ms

    def _check_filters(self, order: PlaceOrder) -> None:
        rules = self.instrument
        for price in (order.price, order.trigger_price):
            if price is not None and (price <= 0 or price % rules.tick_size):
                self._break(8, f"{order.client_order_id}: the price {price} is not on the tick {rules.tick_size}")
        quantity = order.quantity
        if quantity is None:
            return
        if quantity <= 0 or quantity % rules.step_size or quantity < rules.min_qty:
            self._break(8, f"{order.client_order_id}: the quantity {quantity} is not on the step {rules.step_size}")
        if order.role == "entry" and order.price is not None and order.price * quantity < rules.min_notional:
            self._break(8, f"{order.client_order_id}: {quantity} at {order.price} is below {rules.min_notional} USDT")

    def _check_entry(self, order: PlaceOrder, shown: Shown, decision: Decision | Unusable) -> None:
        doubtful = [one.client_order_id for one in self.truth.own_open("entry")]
        doubtful += [key for key, until_ms in self.on_its_way.items() if self.truth.now_ms <= until_ms]
        if doubtful:
            self._break(4, f"{order.client_order_id} was sent while {', '.join(doubtful)} may still be executed")
        if shown.look is None or shown.look.gaps:
            gaps = "it failed" if shown.look is None else "; ".join(shown.look.gaps)
            self._break(9, f"{order.client_order_id} was sent on an incomplete view ({gaps})")
        self._check_decision(order, shown, decision)
        if order.intended_qty is None:
            self._break(3, f"{order.client_order_id} does not say what its decision was to enter")
            return
        entered = self.entered.setdefault(order.decision_id, Entered(order.intended_qty))
        if entered.is_open_again:
            entered.intended, entered.is_open_again = max(order.intended_qty, entered.filled), False
        if order.intended_qty > entered.intended:
            self._break(3, f"{order.decision_id} grew from {entered.intended} to {order.intended_qty}")

    def _check_decision(self, order: PlaceOrder, shown: Shown, decision: Decision | Unusable) -> None:
        if isinstance(decision, Unusable) or decision.proposal is None:
            self._break(9, f"{order.client_order_id} was sent without a decision to enter")
            return
        if self.good.get(decision.timestamp_ms) != decision.proposal:
            self._break(9, f"{order.client_order_id} follows a decision that no whole file held")
        since_ms = self.unusable_since_ms()
        if since_ms is not None and self.truth.now_ms - since_ms > READ_WITHIN_MS:
            self._break(
                9, f"{order.client_order_id} follows a decision, and the file has held none for {READ_WITHIN_MS} ms"
            )
        now_ms = self.truth.now_ms if shown.look is None else shown.look.now_ms
        age_ms = now_ms - decision.timestamp_ms
        if age_ms > self.config.decision_age_seconds_max * 1000 or age_ms < -FUTURE_MS_MAX:
            self._break(9, f"{order.client_order_id} follows a decision that is {age_ms} ms old")

    def _check_targets(self, order: PlaceOrder, shown: Shown) -> None:
        look = shown.look
        quantity = ZERO if order.quantity is None else order.quantity
        if look is None or look.position.qty == 0:
            self._break(5, f"{order.client_order_id} was sent without a position in sight")
            return
        side = closing_side(look.position.qty)
        live = {one.key: one.remaining_qty for one in self.truth.orders}  # what has filled or ended since may be known
        resting = {
            one.client_order_id: live[one.key]
            for one in look.orders
            if one.key in live and one.kind == "plain" and one.status in OPEN and one.side == side
            if (owner := self.truth.own(one)) is not None and owner.role in ("tp1", "tp2")
        }
        self.targets[order.client_order_id] = quantity
        total = sum((resting | self.targets).values(), ZERO)
        if total > abs(look.position.qty):
            what = f"{order.client_order_id}: targets of {text(total)} at a position of {text(look.position.qty)}"
            self._break(5, what)

    def _break(self, number: int, sentence: str) -> None:
        raise Broken(number, self.truth.now_ms, sentence)
