"""One function decides: which orders should exist now, and what is missing to get there.

Pure: no clock, no randomness, no I/O, no memory. The order of the list is the order of execution: stops, cancels (stops
last), exits, records, targets, settings, what is only said, and entries last. Nothing it returns is carried over: the
next pass plans anew from what it sees.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import localcontext
from typing import Final, Literal, assert_never

from capi.core.account import Account
from capi.core.actions import (
    Action,
    AdoptPosition,
    Alert,
    ArmDeadMan,
    CancelOrder,
    CloseTrade,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    Refuse,
    SetLeverage,
    SetMarginMode,
    UpdateTrade,
)
from capi.core.bounds import Bounds
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.gates import GATES
from capi.core.ids import parse_order_id
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
from capi.core.view import View

State = Literal["NO_POSITION", "IN_POSITION", "POSITION_CLOSED"]

RULES: Final[tuple[Callable[[Situation], Iterable[Action]], ...]] = (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The view in two words, before the actions."""

    state: State
    guard: Guard


@dataclass(frozen=True, slots=True, kw_only=True)
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
        situation = Situation(View(decision, account, orders, config))
        return Summary(state=_state(account), guard=situation.guard)


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


def _explain_rule(rule: Callable[[Situation], Iterable[Action]], situation: Situation) -> Explanation:
    said = list(rule(situation))
    return Explanation(
        kind="rule",
        name=rule.__name__,
        outcome="acted" if said else "silent",
        reason="; ".join(action.reason for action in said) if said else "nothing to do",
    )


def _actions(situation: Situation) -> list[Action]:
    actions = [action for rule in RULES for action in rule(situation)]
    if len(actions) < 2:
        return actions
    if any(isinstance(action, EnterSafeMode) for action in actions):
        actions = [_in_safe_mode(action) for action in actions]
    if any(isinstance(action, CancelOrder) for action in actions):
        actions = _waiting_for_cancels(actions, situation)
    actions.sort(key=lambda action: _phase(action, situation.view.config.id_prefix))
    return actions


def _in_safe_mode(action: Action) -> Action:
    if isinstance(action, PlaceOrder) and action.role == "entry":
        return Refuse(rule="safe_mode", reason="safe mode is entered in this plan")
    return action


def _waiting_for_cancels(actions: list[Action], situation: Situation) -> list[Action]:
    """Cancel and new entry never stand in one plan; and what is being cancelled needs no dead-man switch."""
    cancelled = {action.client_order_id for action in actions if isinstance(action, CancelOrder)}
    entries = {own.order.client_order_id for own in situation.view.entries if own.is_open}
    kept: list[Action] = []
    for action in actions:
        if isinstance(action, PlaceOrder) and action.role == "entry":
            reason = f"{len(cancelled)} cancels of this plan come first"
            kept.append(Refuse(rule="write_unconfirmed", reason=reason))
        elif not (isinstance(action, ArmDeadMan) and action.seconds > 0 and entries <= cancelled):
            kept.append(action)
    return kept


def _phase(action: Action, prefix: str) -> int:
    match action:
        case PlaceOrder():
            return {"sl": 0, "exit": 3, "tp1": 5, "tp2": 5, "entry": 8}[action.role]
        case CancelOrder():
            parsed = parse_order_id(prefix, action.client_order_id)
            return 2 if parsed is not None and parsed.role == "sl" else 1
        case OpenTrade() | AdoptPosition() | UpdateTrade() | CloseTrade() | EnterSafeMode():
            return 4
        case SetLeverage() | SetMarginMode() | ArmDeadMan():
            return 6
        case Alert() | Refuse():
            return 7
        case _:
            assert_never(action)


def _state(account: Account) -> State:
    if account.position.qty != 0 or (account.trade is not None and not account.position_readable):
        return "IN_POSITION"
    return "NO_POSITION" if account.trade is None else "POSITION_CLOSED"
