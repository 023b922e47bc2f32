"""Actions and orders as JSON objects: names and fields are those of the code, so that one thing has one name."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, get_args

from capi.core.actions import Action, PlaceOrder
from capi.core.orders import Order

Fields = dict[str, Any]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


_NAMES: Final[dict[type, str]] = {kind: _snake(kind.__name__) for kind in get_args(Action)}
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind)) for kind in get_args(Action)
}
_VALUES: Final[dict[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: attrgetter(*names) for kind, names in _FIELDS.items()
}


def action_name(action: Action) -> str:
    """Return an action's name in JSON: PlaceOrder is place_order."""
    return _NAMES[type(action)]


def action_fields(action: Action) -> Fields:
    """Return an action's name (`action`) and all the fields of its kind."""
    if isinstance(action, PlaceOrder):
        return _place_order_fields(action)
    kind = type(action)
    named: Fields = {"action": _NAMES[kind]}
    named.update(zip(_FIELDS[kind], _VALUES[kind](action), strict=True))
    return named


def _place_order_fields(action: PlaceOrder) -> Fields:
    """Return the fields of the longest and most frequent action, written out: that takes half the time."""
    return {
        "action": "place_order",
        "client_order_id": action.client_order_id,
        "role": action.role,
        "kind": action.kind,
        "side": action.side,
        "type": action.type,
        "quantity": action.quantity,
        "price": action.price,
        "trigger_price": action.trigger_price,
        "trigger_by": action.trigger_by,
        "reduce_only": action.reduce_only,
        "close_position": action.close_position,
        "time_in_force": action.time_in_force,
        "decision_id": action.decision_id,
        "sl": action.sl,
        "tp1": action.tp1,
        "tp2": action.tp2,
        "intended_qty": action.intended_qty,
        "rule": action.rule,
        "reason": action.reason,
    }


def order_fields(order: Order) -> Fields:
    """Return all fields of an order, written out likewise."""
    return {
        "client_order_id": order.client_order_id,
        "kind": order.kind,
        "side": order.side,
        "type": order.type,
        "status": order.status,
        "price": order.price,
        "trigger_price": order.trigger_price,
        "quantity": order.quantity,
        "filled_qty": order.filled_qty,
        "reduce_only": order.reduce_only,
        "close_position": order.close_position,
        "created_at_ms": order.created_at_ms,
        "updated_at_ms": order.updated_at_ms,
        "sent_at_ms": order.sent_at_ms,
        "triggered_at_ms": order.triggered_at_ms,
        "code": order.code,
    }
