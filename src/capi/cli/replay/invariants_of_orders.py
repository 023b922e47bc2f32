"""Invariants 3, 4 and 5: nothing is entered twice, no id serves twice, and what leaves a position only reduces it."""

from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.cli.replay.facts import Facts, InvariantBroken
from capi.core.actions import PlaceOrder
from capi.core.config import Config
from capi.core.ids import parse_order_id
from capi.core.units import ZERO, text
from capi.engine.report import Outcome
from capi.ports.exchange import Fill

DECISIONS_KEPT: Final = 64
IDS_KEPT: Final = 4096


@dataclass(slots=True)
class Entered:
    """What one decision was to enter, and has."""

    intended: Decimal
    filled: Decimal = ZERO


class OrderInvariants:
    """Watches what is sent and what fills, over the latest decisions and ids."""

    def __init__(self, config: Config) -> None:
        self._prefix: Final = config.id_prefix
        self._recv_window_ms: Final = config.recv_window_ms
        self._entered: OrderedDict[str, Entered] = OrderedDict()
        self._ids: OrderedDict[str, int] = OrderedDict()  # when each was sent
        self._doubtful: dict[str, int] = {}  # entries that were not answered, and when they were sent
        self._qty = ZERO

    def check(self, facts: Facts) -> None:
        """Check one pass. Raises InvariantBroken."""
        if not facts.changed:
            return
        self._settle_doubts(facts)
        for outcome in facts.sent:
            if isinstance(outcome.action, PlaceOrder):
                self._check_sent(facts, outcome, outcome.action)
        for fill in facts.fills:
            self._check_fill(facts, fill)
        self._qty = facts.qty
        self._check_entered(facts)
        self._check_targets(facts)

    # 3: entry fills and open entries of a decision never exceed what it was to enter

    def _check_entered(self, facts: Facts) -> None:
        resting: dict[str, Decimal] = {}
        for own in facts.own:
            if own.id.role == "entry":
                resting[own.id.decision_id] = resting.get(own.id.decision_id, ZERO) + own.order.remaining_qty
        for fill in facts.fills:
            parsed = parse_order_id(self._prefix, fill.client_order_id)
            if parsed is not None and parsed.role == "entry":
                resting.setdefault(parsed.decision_id, ZERO)
        for decision_id, remaining in resting.items():
            entered = self._entered.get(decision_id)
            if entered is not None and entered.filled + remaining > entered.intended:
                raise InvariantBroken(
                    3,
                    facts.at_ms,
                    f"decision {decision_id} has filled {text(entered.filled)} and {text(remaining)} is open, "
                    f"of {text(entered.intended)} intended",
                )

    # 4: no id is sent twice; no entry while one of unknown fate may still be executed

    def _check_sent(self, facts: Facts, outcome: Outcome, order: PlaceOrder) -> None:
        sent_ms = self._ids.get(order.client_order_id)
        if sent_ms is not None:
            raise InvariantBroken(
                4, facts.at_ms, f"{order.client_order_id} was sent before, {facts.at_ms - sent_ms} ms ago"
            )
        self._ids[order.client_order_id] = facts.at_ms
        if len(self._ids) > IDS_KEPT:
            self._ids.popitem(last=False)
        if order.role == "entry":
            self._check_entry(facts, outcome, order)
        elif not (order.reduce_only or order.close_position):
            raise InvariantBroken(5, facts.at_ms, f"{order.client_order_id} could open a position")

    def _check_entry(self, facts: Facts, outcome: Outcome, order: PlaceOrder) -> None:
        if self._doubtful:
            doubtful = ", ".join(self._doubtful)
            raise InvariantBroken(
                4, facts.at_ms, f"{order.client_order_id} was sent while the fate of {doubtful} was unknown"
            )
        if outcome.result == "unknown":
            self._doubtful[order.client_order_id] = facts.at_ms
        intended = order.intended_qty
        if intended is not None and order.decision_id not in self._entered:
            self._entered[order.decision_id] = Entered(intended)
            if len(self._entered) > DECISIONS_KEPT:
                self._entered.popitem(last=False)

    def _settle_doubts(self, facts: Facts) -> None:
        """An entry's fate is known when a look has told it, or once the exchange would refuse it as too old."""
        if not self._doubtful:
            return
        told = {o.client_order_id for o in facts.report.orders if o.status != "UNKNOWN" and o.code is None}
        for client_order_id, sent_ms in list(self._doubtful.items()):
            if client_order_id in told or facts.at_ms > sent_ms + self._recv_window_ms:
                del self._doubtful[client_order_id]

    # 5: what leaves a position never opens, turns or exceeds it

    def _check_fill(self, facts: Facts, fill: Fill) -> None:
        before = self._qty
        self._qty = after = before + (fill.qty if fill.side == "BUY" else -fill.qty)
        owner = parse_order_id(self._prefix, fill.client_order_id)
        if owner is None:
            return
        if owner.role == "entry":
            entered = self._entered.get(owner.decision_id)
            if entered is not None:
                entered.filled += fill.qty
        elif abs(after) >= abs(before) or before * after < 0:
            raise InvariantBroken(
                5,
                facts.at_ms,
                f"a fill of {fill.client_order_id} took the position from {text(before)} to {text(after)}",
            )

    def _check_targets(self, facts: Facts) -> None:
        targets = [own for own in facts.own if own.id.role in ("tp1", "tp2")]
        if not targets or facts.qty == 0:
            return
        asked = {
            one.action.client_order_id: one.action.quantity or ZERO
            for one in facts.sent
            if isinstance(one.action, PlaceOrder)
        }
        total = sum((asked.get(own.order.client_order_id, own.order.remaining_qty) for own in targets), ZERO)
        if total > abs(facts.qty):
            ids = ", ".join(own.order.client_order_id for own in targets)
            raise InvariantBroken(
                5, facts.at_ms, f"targets of {text(total)} ({ids}) rest at a position of {text(facts.qty)}"
            )
