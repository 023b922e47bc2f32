"""The order in which a plan's actions are carried out, and what never stands side by side in one plan.

Stops first, then cancels (stops last), exits, records, targets, settings, what is only said, and entries last.
"""

from typing import assert_never

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
from capi.core.ids import parse_order_id
from capi.core.view import View


def in_order(actions: list[Action], view: View) -> list[Action]:
    """Return what the rules want in the order of execution; an entry beside a cancel or safe mode becomes a refusal."""
    if len(actions) < 2:
        return actions
    if any(isinstance(action, EnterSafeMode) for action in actions):
        actions = [_in_safe_mode(action) for action in actions]
    if any(isinstance(action, CancelOrder) for action in actions):
        actions = _waiting_for_cancels(actions, view)
    actions.sort(key=lambda action: _phase(action, view.config.id_prefix))
    return actions


def _in_safe_mode(action: Action) -> Action:
    if isinstance(action, PlaceOrder) and action.role == "entry":
        return Refuse(rule="safe_mode", reason="safe mode is entered in this plan")
    return action


def _waiting_for_cancels(actions: list[Action], view: View) -> list[Action]:
    """Cancel and new entry never stand in one plan; and what is being cancelled needs no dead-man switch."""
    cancelled = {action.client_order_id for action in actions if isinstance(action, CancelOrder)}
    entries = {own.order.client_order_id for own in view.entries if own.is_open}
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
