"""One function decides: which orders should exist now, and what is missing to get there.

Pure: no clock, no randomness, no I/O, no memory. The order of the list is the order of execution (execution_order.py).
Nothing it returns is carried over: the next pass plans anew from what it sees. Who needs more than the actions asks for
a `Survey`: it derives the view once, and has the summary, the actions and their bounds.
"""

from collections.abc import Callable, Iterable
from decimal import localcontext
from typing import Final, Literal

from capi.core.account import Account
from capi.core.actions import Action
from capi.core.bounds import Bounds
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.execution_order import in_order
from capi.core.gates import GATES
from capi.core.lazy import lazy
from capi.core.orders import Orders
from capi.core.rules.arm_dead_man import arm_dead_man
from capi.core.rules.enter_position import enter_position
from capi.core.rules.enter_safe_mode import enter_safe_mode
from capi.core.rules.exit_position import exit_position
from capi.core.rules.protect_position import protect_position
from capi.core.rules.record_trade import record_trade
from capi.core.rules.report_refusals import report_refusals
from capi.core.rules.sweep_orders import sweep_orders
from capi.core.rules.take_profit import take_profit
from capi.core.situation import Situation
from capi.core.stops import Guard
from capi.core.units import EXACT
from capi.core.value import value
from capi.core.view import View

State = Literal["NO_POSITION", "IN_POSITION", "POSITION_CLOSED"]
Rule = Callable[[Situation], Iterable[Action]]

RULES: Final[tuple[Rule, ...]] = (
    protect_position,
    exit_position,
    sweep_orders,
    record_trade,
    enter_safe_mode,
    report_refusals,
    take_profit,
    arm_dead_man,
    enter_position,
)


@value
class Summary:
    """The view in two words, before the actions."""

    state: State
    guard: Guard


@value
class Explanation:
    """What one gate or rule had to say."""

    kind: Literal["gate", "rule"]
    name: str
    outcome: Literal["held", "closed", "acted", "silent"]
    reason: str


def plan(decision: Decision | Unusable, account: Account, orders: Orders, config: Config) -> list[Action]:
    """Return the actions that turn what is into what should be, in the order of execution.

    An empty list (or one of refusals and alerts alone) means: nothing to do. Never raises on any view.
    """
    with localcontext(EXACT):
        return _actions(Situation(View(decision, account, orders, config)))


def horizon(decision: Decision | Unusable, account: Account, orders: Orders, config: Config) -> Bounds:
    """Return the time and the bands of the moving measures within which the same view would take the same path."""
    with localcontext(EXACT):
        bounds = Bounds(account.now_ms)
        _actions(Situation(View(decision, account, orders, config, bounds)))
        return bounds


def summary(decision: Decision | Unusable, account: Account, orders: Orders, config: Config) -> Summary:
    """Return the state and the guard of the view, before the actions."""
    with localcontext(EXACT):
        return _summary(Situation(View(decision, account, orders, config)))


class Survey:
    """One view, derived once: what `summary`, `plan` and `horizon` return of it."""

    def __init__(
        self,
        decision: Decision | Unusable,
        account: Account,
        orders: Orders,
        config: Config,
        *,
        collect: bool = False,
    ) -> None:
        """`collect`: the bounds will be asked for. Without it they are as right, but cost another planning."""
        self.decision: Final = decision
        self.account: Final = account
        self.orders: Final = orders
        self.config: Final = config
        self._collected: Final = Bounds(account.now_ms) if collect else None
        with localcontext(EXACT):
            self._situation: Final = Situation(View(decision, account, orders, config, self._collected))
            self.summary: Final = _summary(self._situation)

    @lazy
    def actions(self) -> list[Action]:
        """What `plan` returns; planned when it is first asked for."""
        with localcontext(EXACT):
            return _actions(self._situation)

    @property
    def bounds(self) -> Bounds:
        """The time and the bands of the moving measures within which the same view would take the same path."""
        if self._collected is None:
            return horizon(self.decision, self.account, self.orders, self.config)
        _ = self.actions  # planning is what collects them
        return self._collected

    @property
    def is_flat_confirmed(self) -> bool:
        """Whether flat is certain: seen long enough, or explained by exits."""
        return self._situation.view.flat_confirmed

    def with_account(self, account: Account) -> "Survey":
        """Return the survey of another account, all else alike: itself when it is this very account.

        For what the summary has just taught the ledger: since when the position has been naked.
        """
        if account is self.account:
            return self
        return Survey(self.decision, account, self.orders, self.config, collect=self._collected is not None)


def _summary(situation: Situation) -> Summary:
    return Summary(state=_state(situation.view.account), guard=situation.guard)


def _actions(situation: Situation) -> list[Action]:
    return in_order([action for rule in RULES for action in rule(situation)], situation.view)


def explain(decision: Decision | Unusable, account: Account, orders: Orders, config: Config) -> list[Explanation]:
    """Return what each gate and each rule had to say, the silent ones too."""
    with localcontext(EXACT):
        situation = Situation(View(decision, account, orders, config))
        closed = {one.gate.name: one.reason for one in situation.closed}
        gates = [
            Explanation(
                kind="gate",
                name=gate.name,
                outcome="closed" if gate.name in closed else "held",
                reason=closed.get(gate.name, "open"),
            )
            for gate in GATES
        ]
        return gates + [_explain_rule(rule, situation) for rule in RULES]


def _explain_rule(rule: Rule, situation: Situation) -> Explanation:
    said = list(rule(situation))
    return Explanation(
        kind="rule",
        name=rule.__name__,
        outcome="acted" if said else "silent",
        reason="; ".join(action.reason for action in said) if said else "nothing to do",
    )


def _state(account: Account) -> State:
    if account.position.qty != 0 or (account.trade is not None and not account.position_readable):
        return "IN_POSITION"
    return "NO_POSITION" if account.trade is None else "POSITION_CLOSED"
