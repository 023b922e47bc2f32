"""Gates that look at the decision and the time, or at what became of it. What it closes by itself: terms.py."""

from capi.core.decision import Unusable
from capi.core.terms import FUTURE_MS_MAX
from capi.core.units import ZERO, text
from capi.core.view import View


def is_fresh(view: View) -> bool:
    """Return whether the decision is neither too old nor from the future; an unusable one is not."""
    stale_at, valid_from = view.terms.stale_at_ms, view.terms.valid_from_ms
    return stale_at is not None and valid_from is not None and not view.past(stale_at) and view.past(valid_from)


def stale(view: View) -> str | None:
    """Closed when the decision is older than decision_age_seconds_max."""
    at_ms, decision = view.terms.stale_at_ms, view.decision
    if at_ms is None or not view.past(at_ms) or isinstance(decision, Unusable):
        return None
    age_ms = view.account.now_ms - decision.timestamp_ms
    return f"the decision is {age_ms} ms old; at most {text(view.config.decision_age_seconds_max)} s are allowed"


def future(view: View) -> str | None:
    """Closed while the decision's timestamp is more than 5 s ahead."""
    from_ms, decision = view.terms.valid_from_ms, view.decision
    if from_ms is None or view.past(from_ms) or isinstance(decision, Unusable):
        return None
    ahead = decision.timestamp_ms - view.account.now_ms
    return (
        f"the decision's timestamp is {ahead} ms ahead of the exchange's clock; at most {FUTURE_MS_MAX} ms are allowed"
    )


def spent(view: View) -> str | None:
    """Closed when this idea has had its trade: one trade per idea."""
    decision, proposal, last = view.decision, view.proposal, view.account.last_trade
    if proposal is None or isinstance(decision, Unusable):
        return None
    if last is not None and last.decision_id == decision.decision_id:
        return f"the trade of decision {decision.decision_id} has been closed already"
    if last is not None and last.side == proposal.direction and last.closed_at_ms >= decision.timestamp_ms:
        late = last.closed_at_ms - decision.timestamp_ms
        return f"a {last.side} trade closed {late} ms after this decision was made"
    trade = view.account.trade
    tp1_recorded = trade is not None and trade.tp1_filled and trade.decision_id == decision.decision_id
    if tp1_recorded or view.exit_filled_qty(decision.decision_id) > ZERO:
        return f"an exit of decision {decision.decision_id} has filled: its entry has ended for good"
    fired = next((own for own in view.stops if own.has_triggered and own.id.decision_id == decision.decision_id), None)
    if fired is not None:
        return f"{fired.order.client_order_id} has triggered: the entry of decision {decision.decision_id} has ended"
    if view.direction is None and view.flat_confirmed:
        filled = view.entry_filled_qty(decision.decision_id)
        if filled > ZERO:
            return f"decision {decision.decision_id} has filled {text(filled)} and the position is gone again"
    return None
