"""Actions as JSON, key by key as `capi plan --json` and the journal show them.

Every action has all keys of its kind, null or false where they say nothing; exact numbers are text in fixed point.
"""

from decimal import Decimal
from typing import Any, assert_never

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
from capi.core.units import text


def action_to_json(action: Action) -> dict[str, Any]:
    """Return an action as a JSON object."""
    name, own = _own(action)
    return {"action": name, **own, "rule": action.rule, "reason": action.reason}


def _own(action: Action) -> tuple[str, dict[str, Any]]:
    """Return an action's name and the keys that its kind alone has."""
    match action:
        case PlaceOrder():
            return "place_order", _order(action)
        case CancelOrder():
            return "cancel_order", {"client_order_id": action.client_order_id, "kind": action.kind}
        case SetLeverage():
            return "set_leverage", {"leverage": action.leverage}
        case SetMarginMode():
            return "set_margin_mode", {"margin_mode": action.margin_mode}
        case ArmDeadMan():
            return "arm_dead_man", {"seconds": action.seconds}
        case OpenTrade():
            return "open_trade", {**_trade(action), "volatility": _number(action.volatility)}
        case AdoptPosition():
            return "adopt_position", _trade(action)
        case UpdateTrade():
            return "update_trade", _update(action)
        case CloseTrade():
            closing = {"decision_id": action.decision_id, "side": action.side, "exit_reason": action.exit_reason}
            return "close_trade", closing
        case EnterSafeMode():
            return "enter_safe_mode", {}
        case Alert():
            return "alert", {"level": action.level, "code": action.code}
        case Refuse():
            return "refuse", {}
        case _:
            assert_never(action)


def _order(action: PlaceOrder) -> dict[str, Any]:
    order = {
        "client_order_id": action.client_order_id,
        "role": action.role,
        "kind": action.kind,
        "side": action.side,
        "type": action.type,
        "quantity": _number(action.quantity),
        "price": _number(action.price),
        "trigger_price": _number(action.trigger_price),
        "trigger_by": action.trigger_by,
        "reduce_only": action.reduce_only,
        "close_position": action.close_position,
        "time_in_force": action.time_in_force,
    }
    if action.role == "entry":
        order |= {"sl": _number(action.sl), "tp1": _number(action.tp1), "tp2": _number(action.tp2)}
    return order


def _trade(action: OpenTrade | AdoptPosition) -> dict[str, Any]:
    return {
        "decision_id": action.decision_id,
        "side": action.side,
        "qty": text(action.qty),
        "entry_price": _number(action.entry_price),
        "sl": text(action.sl),
        "tp1": _number(action.tp1),
        "tp2": _number(action.tp2),
    }


def _update(action: UpdateTrade) -> dict[str, Any]:
    return {
        "decision_id": action.decision_id,
        "qty": text(action.qty),
        "entered": text(action.entered),
        "entry_price": _number(action.entry_price),
        "sl": text(action.sl),
        "tp1_filled": action.tp1_filled,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else text(value)
