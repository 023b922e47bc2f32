"""What one pass was: what it saw, what it planned, what came of it."""

from typing import Any, Literal

from capi.core.account import Account
from capi.core.actions import Action, ArmDeadMan, CancelOrder, PlaceOrder
from capi.core.decision import Decision, Unusable
from capi.core.orders import Orders
from capi.core.plan import State, Survey
from capi.core.stops import Guard
from capi.core.value import value
from capi.engine.action_fields import Fields, action_fields

Result = Literal[
    "ack",  # a clear yes
    "rejected",  # a clear no, with the exchange's code
    "throttled",  # not executed, not before a given time
    "unavailable",  # not executed: no connection
    "clock_skewed",  # not executed: our timestamp was outside the window
    "not_authorised",  # not executed: key, signature or permission
    "unknown",  # may have been executed
    "held",  # not sent
    "recorded",  # concerns the ledger or the operator alone
]


@value
class Outcome:
    """What came of one action. `code`: the exchange's, of a refusal. `message`: why it was refused or held."""

    action: Action
    result: Result
    code: int | None = None
    message: str = ""

    @property
    def is_sent(self) -> bool:
        """Return whether a request went to the exchange."""
        return self.result not in ("held", "recorded")


@value
class PassReport:
    """One pass: a look, a plan, its execution. `state` and `guard` describe the view before the actions.

    `account` and `orders` are what the plan saw; None, with `failure` saying why, when there was nothing to see yet.
    `survey` is that view, for its bounds.
    """

    at_ms: int
    decision: Decision | Unusable
    state: State | None
    guard: Guard | None
    account: Account | None
    orders: Orders
    outcomes: tuple[Outcome, ...]
    gaps: tuple[str, ...] = ()
    failure: str | None = None
    safe_mode: str | None = None
    survey: Survey | None = None

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return what was planned, in order."""
        return tuple(outcome.action for outcome in self.outcomes)

    @property
    def is_eventful(self) -> bool:
        """Return whether a request went to the exchange; renewing the dead-man switch is no event."""
        return any(outcome.is_sent and not isinstance(outcome.action, ArmDeadMan) for outcome in self.outcomes)

    @property
    def likeness(self) -> tuple[Any, ...]:
        """Return what two passes have to share to be told as one: everything but the numbers in the reasons."""
        kinds = {_kind(outcome.action) for outcome in self.outcomes if not isinstance(outcome.action, ArmDeadMan)}
        return kinds, self.state, self.guard, not self.gaps, self.failure is None


def _kind(action: Action) -> tuple[type[Action], str, str | None]:
    match action:
        case PlaceOrder() | CancelOrder():
            return type(action), action.rule, action.client_order_id
        case _:
            return type(action), action.rule, None


def pass_event(report: PassReport) -> Fields:
    """Return the journal's record of a pass: what was seen, what was planned, and why."""
    account = report.account
    market = None if account is None else account.market
    return {
        "event": "pass",
        "at_ms": report.at_ms,
        "state": report.state,
        "guard": report.guard,
        "complete": account is not None and account.complete,
        "gaps": list(report.gaps),
        "failure": report.failure,
        "decision_id": report.decision.decision_id,
        "position_qty": None if account is None else account.position.qty,
        "equity": None if account is None else account.equity,
        "bid": None if market is None else market.bid,
        "ask": None if market is None else market.ask,
        "mark": None if market is None else market.mark,
        "safe_mode": report.safe_mode,
        "actions": [_told(outcome) for outcome in report.outcomes],
    }


def _told(outcome: Outcome) -> Fields:
    told = action_fields(outcome.action)
    told["result"], told["code"], told["message"] = outcome.result, outcome.code, outcome.message
    return told
