"""What one pass was: what it saw, what it planned, what came of it."""

from typing import Any, Final, Literal

from capi.core.account import Account
from capi.core.actions import Action, Alert, ArmDeadMan, CancelOrder, PlaceOrder, Refuse
from capi.core.decision import Decision, Unusable
from capi.core.gates import LASTING, OF_MARKET
from capi.core.orders import Orders
from capi.core.plan import State, Survey
from capi.core.stops import Guard
from capi.core.value import value
from capi.engine.action_fields import Fields, action_fields
from capi.engine.planned import Planned

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

NOT_TAKEN: Final[frozenset[Result]] = frozenset({"rejected", "unknown", "clock_skewed"})
"""What came of a stop whose fallback cannot wait for the next pass.

Not so when the exchange throttles, cannot be reached or knows no key: asking again at once makes it worse.
"""


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
    `survey` is that view, for its bounds. `finished`: not so of a pass that raised, nor of what was done upon events.
    `rounds`: of each plan of the pass, what it was made on.
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
    finished: bool = True
    rounds: tuple[Planned, ...] = ()

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
        """Return what two passes have to share to be told as one: everything but the numbers in the reasons.

        A gate of the market decides nothing while a lasting one is closed: that it opens or closes is no difference.
        """
        kinds = {_kind(outcome.action) for outcome in self.outcomes if not isinstance(outcome.action, ArmDeadMan)}
        if any(kind[0] is Refuse and kind[1] in LASTING for kind in kinds):
            kinds = {kind for kind in kinds if kind[0] is not Refuse or kind[1] not in OF_MARKET}
        return kinds, self.state, self.guard, not self.gaps, self.failure is None


def _kind(action: Action) -> tuple[type[Action], str, str | None]:
    match action:
        case PlaceOrder() | CancelOrder():
            return type(action), action.rule, action.client_order_id
        case _:
            return type(action), action.rule, None


def pass_event(report: PassReport, rounds: list[Fields], name: Literal["pass", "heard"] = "pass") -> Fields:
    """Return the journal's record of a pass: what was seen, planned, and why. `rounds`: its plans, by `Views`.

    "heard" is one that an event of the exchange's called for, on a look brought forward.
    """
    account = report.account
    market = None if account is None else account.market
    return {
        "event": name,
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
        "rounds": rounds,
    }


def _told(outcome: Outcome) -> Fields:
    told = action_fields(outcome.action)
    told["result"] = outcome.result
    if not isinstance(outcome.action, Alert):  # its code is its own
        told["code"] = outcome.code
    told["message"] = outcome.message
    return told
