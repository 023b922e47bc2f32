"""Since when a position has been naked, written down: the turn to naked and back, as views and answers tell it."""

from decimal import Decimal
from typing import Final

from capi.core.account import Account
from capi.core.actions import PlaceOrder
from capi.core.config import Config
from capi.core.decision import EXIT_SIDE, Decision, Unusable
from capi.core.errors import meaning_of
from capi.core.orders import Order
from capi.core.plan import Survey
from capi.core.stops import Guard, has_ended, has_ended_since
from capi.core.value import changed
from capi.engine import events
from capi.engine.order_merge import OrderRecord
from capi.engine.recorder import Recorder
from capi.engine.report import Outcome
from capi.engine.view import assemble
from capi.ports.exchange import Look


class GuardNotes:
    """Keeps `naked_since_ms` of the ledger in step with what is seen."""

    def __init__(self, recorder: Recorder, config: Config) -> None:
        self._recorder: Final = recorder
        self._config: Final = config

    def of_view(self, survey: Survey, look: Look, at_ms: int) -> Account:
        """Record the turn to naked and back; a guard that is unknown leaves what was known. Return who knows of it.

        Two things are known without a complete view: that a position has no stop, where the conditional orders at least
        were read; and that a trade has none, when none was ever taken, or all have ended.
        """
        ledger, account, guard = self._recorder.ledger, survey.account, survey.summary.guard
        naked = ledger.naked_since_ms is not None
        if not naked and (
            _is_seen_naked(survey, look) or (guard == "unknown" and self._has_no_stop(account.position.qty, look))
        ):
            self._recorder.record(events.naked(at_ms))
        elif naked and guard in ("none", "guarded", "guarded_by_previous"):
            self._recorder.record(events.guarded(self._naked_until(guard, at_ms), guard=guard))
        since_ms = ledger.naked_since_ms
        return account if account.naked_since_ms == since_ms else changed(account, naked_since_ms=since_ms)

    def of_answers(self, look: Look, outcomes: list[Outcome], decision: Decision | Unusable) -> None:
        """Naked time ends when the exchange takes the stop, not when the next look shows it."""
        ledger = self._recorder.ledger
        if ledger.naked_since_ms is None:
            return
        if any(outcome.result == "ack" and is_stop(outcome) for outcome in outcomes):
            account, orders = assemble(look, ledger)
            self.of_view(Survey(decision, account, orders, self._config), look, ledger.last_write_ms)

    def _has_no_stop(self, qty: Decimal, look: Look) -> bool:
        """Whether stops were sent for the trade, and by the exchange's own words none of them rests."""
        ledger = self._recorder.ledger
        trade = ledger.trades.open
        if trade is None or (trade.trade.side == "long") != (qty > 0):
            return False
        if trade.adopted and (not look.stops_read or _shows_a_stop(look)):
            return False  # somebody else's position may have somebody else's stop
        stops = [it for it in ledger.orders.of_decision(trade.trade.decision_id) if it.order.kind == "algo"]
        return bool(stops) and not any(_may_rest(it) or self._tells_of_a_stop(it.order) for it in stops)

    def _tells_of_a_stop(self, order: Order) -> bool:
        """Whether a stop was refused because another one rests, and no such one has been seen to end since."""
        if meaning_of(order.code) != "already_guarded":
            return False
        known = (it.order for it in self._recorder.ledger.orders.by_key.values())
        return not has_ended_since(known, order.side, order)

    def _naked_until(self, guard: Guard, at_ms: int) -> int:
        """Return when nakedness ended: where flat ended it, when the last exit filled, not when a look showed it."""
        ledger = self._recorder.ledger
        trade, since_ms = ledger.trades.open, ledger.naked_since_ms
        filled_ms = None if trade is None or guard != "none" else trade.flows.last_exit_ms
        return at_ms if filled_ms is None or since_ms is None else min(at_ms, max(filled_ms, since_ms))


def _is_seen_naked(survey: Survey, look: Look) -> bool:
    """Return whether the position is naked by all that a look has to show of it: itself and the conditional orders."""
    account, guard = survey.account, survey.summary.guard
    if account.complete or guard != "unknown":
        return account.complete and guard == "naked"
    return look.stops_read and survey.with_account(changed(account, complete=True)).summary.guard == "naked"


def _shows_a_stop(look: Look) -> bool:
    """Return whether a look shows a stop that would close the whole position, whosever it is."""
    qty = look.position.qty
    side = EXIT_SIDE["long" if qty > 0 else "short"]
    return any(
        order.type == "STOP_MARKET" and order.status == "NEW" and order.side == side
        for order in look.orders
        if order.close_position or order.remaining_qty >= abs(qty)
    )


def _may_rest(record: OrderRecord) -> bool:
    """Return whether a stop was taken, and it was never said what became of it."""
    order = record.order
    return order.status != "REJECTED" and record.acknowledged and not has_ended(order)


def is_stop(outcome: Outcome) -> bool:
    """Return whether an outcome is that of a stop."""
    return isinstance(outcome.action, PlaceOrder) and outcome.action.role == "sl"
