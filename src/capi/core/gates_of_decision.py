"""Gates that look at the decision itself."""

from typing import Final

from capi.core.decision import Decision, Unusable
from capi.core.entry_plan import EntryPlan
from capi.core.units import text
from capi.core.view import View

FUTURE_MS_MAX: Final = 5000
"""A decision may be this far ahead of the exchange's clock (design: `future`, > 5 s)."""


def stale_at_ms(view: View, decision: Decision) -> int:
    """Return the first instant at which the decision is too old."""
    return decision.timestamp_ms + int(view.config.decision_age_seconds_max * 1000) + 1


def unusable(view: View, plan: EntryPlan | None) -> str | None:
    """Closed without a readable decision for this symbol, or with one whose prices are one on the symbol's tick."""
    if isinstance(view.decision, Unusable):
        return view.decision.reason
    if plan is None:
        return None
    levels = plan.levels
    low, high = (levels.sl, levels.tp1) if levels.direction == "long" else (levels.tp1, levels.sl)
    if low < levels.price < high:
        return None
    prices = f"stop {text(levels.sl)}, entry {text(levels.price)}, tp1 {text(levels.tp1)}"
    return f"on the tick of {text(view.instrument.tick_size)} the prices are out of order: {prices}"


def stale(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the decision is older than decision_age_seconds_max."""
    decision = view.decision
    if isinstance(decision, Unusable) or not view.past(stale_at_ms(view, decision)):
        return None
    age_ms = view.now_ms - decision.timestamp_ms
    return f"the decision is {age_ms} ms old; at most {text(view.config.decision_age_seconds_max)} s are allowed"


def future(view: View, plan: EntryPlan | None) -> str | None:
    """Closed while the decision's timestamp is more than 5 s ahead."""
    decision = view.decision
    if isinstance(decision, Unusable) or view.past(decision.timestamp_ms - FUTURE_MS_MAX):
        return None
    ahead = decision.timestamp_ms - view.now_ms
    return (
        f"the decision's timestamp is {ahead} ms ahead of the exchange's clock; at most {FUTURE_MS_MAX} ms are allowed"
    )


def flat(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the decision proposes no entry."""
    if isinstance(view.decision, Unusable) or view.decision.proposal is not None:
        return None
    return "the decision is flat: it proposes no entry"


def spent(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when this idea has had its trade: one trade per idea."""
    decision, last = view.decision, view.account.last_trade
    if isinstance(decision, Unusable) or decision.proposal is None:
        return None
    if last is not None and last.decision_id == decision.decision_id:
        return f"the trade of decision {decision.decision_id} has been closed already"
    if last is not None and last.side == decision.proposal.direction and last.closed_at_ms >= decision.timestamp_ms:
        late = last.closed_at_ms - decision.timestamp_ms
        return f"a {last.side} trade closed {late} ms after this decision was made"
    if view.exit_filled_qty(decision.decision_id) > 0 or _tp1_recorded(view, decision):
        return f"an exit of decision {decision.decision_id} has filled: its entry has ended for good"
    filled = view.entry_filled_qty(decision.decision_id)
    if filled > 0 and view.qty == 0 and view.flat_confirmed:
        return f"decision {decision.decision_id} has filled {text(filled)} and the position is gone again"
    return None


def _tp1_recorded(view: View, decision: Decision) -> bool:
    trade = view.account.trade
    return trade is not None and trade.tp1_filled and trade.decision_id == decision.decision_id


def session(view: View, plan: EntryPlan | None) -> str | None:
    """Closed in a restricted session, and when sessions are restricted but the decision names none."""
    restricted = view.config.entry.restricted_sessions
    if not restricted or isinstance(view.decision, Unusable):
        return None
    name = view.decision.session
    if name is None:
        return f"sessions are restricted ({', '.join(restricted)}) and the decision names none"
    if name.casefold() in (other.casefold() for other in restricted):
        return f"session {name} is restricted"
    return None


def risk_check(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when one of the writer's own checks that count here is false."""
    if isinstance(view.decision, Unusable):
        return None
    false = [name for name, passed in view.decision.risk_checks if not passed and name in view.config.entry.risk_checks]
    return f"the decision's own check is false: {', '.join(false)}" if false else None
