"""Planning on changed example worlds, and what of a plan the tests of the rules look at."""

from typing import Any, TypeVar

from capi.core.actions import Action, Alert, CancelOrder, PlaceOrder, Refuse
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.orders import Order
from capi.core.plan import plan
from tests.worlds import CONFIG, FLAT, account, held

A = TypeVar("A")


def planned(*orders: Order, base: Decision | Unusable = FLAT, by: Config = CONFIG, **changes: Any) -> list[Action]:
    """Plan on the example's flat account with these orders; other arguments change the account."""
    return plan(base, account(**changes), orders, by)


def planned_held(
    *orders: Order, base: Decision | Unusable = FLAT, by: Config = CONFIG, without: tuple[str, ...] = (), **changes: Any
) -> list[Action]:
    """Plan on the example's guarded long; `orders` replace those with their ids, roles in `without` are left out."""
    seen, rests = held(*orders, **changes)
    return plan(base, seen, tuple(one for one in rests if one.client_order_id.split("_")[1] not in without), by)


def of(kind: type[A], actions: list[Action]) -> list[A]:
    """Return the actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def placed(actions: list[Action], role: str) -> list[PlaceOrder]:
    """Return the orders of one role that are to be placed."""
    return [order for order in of(PlaceOrder, actions) if order.role == role]


def cancelled(actions: list[Action]) -> set[str]:
    """Return the ids to cancel."""
    return {action.client_order_id for action in of(CancelOrder, actions)}


def alerted(actions: list[Action]) -> list[str]:
    """Return the codes of the alerts."""
    return [action.code for action in of(Alert, actions)]


def refused(actions: list[Action]) -> set[str]:
    """Return the names of the closed gates."""
    return {action.rule for action in of(Refuse, actions)}
