"""Actions and orders as JSON objects: names and fields are those of the code, so that one thing has one name."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, get_args

from capi.core.actions import Action
from capi.core.orders import Order

Fields = dict[str, Any]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


_NAMES: Final[dict[type, str]] = {kind: _snake(kind.__name__) for kind in get_args(Action)}
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind)) for kind in (*get_args(Action), Order)
}
_VALUES: Final[dict[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: attrgetter(*names) for kind, names in _FIELDS.items()
}


def action_name(action: Action) -> str:
    """Return an action's name in JSON: PlaceOrder is place_order."""
    return _NAMES[type(action)]


def action_fields(action: Action) -> Fields:
    """Return an action's name (`action`) and all the fields of its kind."""
    kind = type(action)
    named: Fields = {"action": _NAMES[kind]}
    named.update(zip(_FIELDS[kind], _VALUES[kind](action), strict=True))
    return named


def order_fields(order: Order) -> Fields:
    """Return all fields of an order."""
    return dict(zip(_FIELDS[Order], _VALUES[Order](order), strict=True))
