"""One line of the log for each pass: what specification, section 16 lists, and the level that goes with it.

INFO is a pass as it should be; WARNING one that took long, was refused something by the exchange, saw only a part, or
kept from entering because of the spread; ERROR one that could not look; CRITICAL one with a position without a stop.
"""

from typing import Any

from capi.core.actions import Alert, CancelOrder, Level, PlaceOrder, Refuse
from capi.core.decision import Decision
from capi.core.orders import OPEN
from capi.engine.action_fields import action_name
from capi.engine.report import Outcome, PassReport


def pass_line(report: PassReport, number: int, seconds: float, interval_seconds: float) -> dict[str, Any]:
    """Return the line's fields. `number`: of the pass in this run; `seconds`: how long it took."""
    decision, account = report.decision, report.account
    market = None if account is None else account.market
    return {
        "event": "pass",
        "at_ms": report.at_ms,
        "number": number,
        "decision_id": decision.decision_id,
        "decided_at_ms": decision.timestamp_ms if isinstance(decision, Decision) else None,
        "bid": None if market is None else market.bid,
        "ask": None if market is None else market.ask,
        "mark": None if market is None else market.mark,
        "state": report.state,
        "guard": report.guard,
        "position_qty": None if account is None else account.position.qty,
        "open_orders": sum(order.status in OPEN for order in report.orders),
        "operations": [_operation(one) for one in report.outcomes if not isinstance(one.action, Alert | Refuse)],
        "refused": [one.rule for one in report.actions if isinstance(one, Refuse)],
        "failure": report.failure,
        "safe_mode": report.safe_mode,
        "seconds": round(seconds, 4),
        "is_late": seconds > interval_seconds > 0,
    }


def pass_level(report: PassReport, seconds: float, interval_seconds: float) -> Level:
    """Return the level of a pass."""
    if report.guard == "naked":
        return "CRITICAL"
    if report.failure is not None:
        return "ERROR"
    is_partial = report.account is None or not report.account.complete
    is_refused = any(one.is_sent and one.result != "ack" for one in report.outcomes)
    is_late = seconds > interval_seconds > 0
    if is_partial or is_refused or is_late or any(one.rule == "spread" for one in report.actions):
        return "WARNING"
    return "INFO"


def _operation(outcome: Outcome) -> str:
    action = outcome.action
    order = f" {action.client_order_id}" if isinstance(action, PlaceOrder | CancelOrder) else ""
    return f"{action_name(action)}{order} {outcome.result}" + ("" if outcome.code is None else f" {outcome.code}")
