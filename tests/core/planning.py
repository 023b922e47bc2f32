"""Planning on changed example worlds, and what of a plan the tests of the rules look at."""

from typing import Any, TypeVar

from capi.core.account import Position
from capi.core.actions import Action, Alert, CancelOrder, PlaceOrder, Refuse
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.holding import Holding, holding_of
from capi.core.levels import Wanted
from capi.core.orders import Order
from capi.core.plan import plan
from tests.worlds import CONFIG, FLAT, ID, NOW, D, account, held, order, trade, view

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


def wanted(
    *orders: Order, base: Decision | Unusable = FLAT, by: Config = CONFIG, short: bool = False, **changes: Any
) -> Wanted:
    """Return the wanted level of the example's position with changes of account and orders."""
    if short:
        changes = {"position": "-0.011", "trade": trade(side="short", sl=D(91800))} | changes
    seen, rests = held(*orders, **changes)
    if short:
        rests = tuple(one for one in rests if not one.client_order_id.startswith("capi_sl"))
    held_ = holding_of(view(base, seen, rests, by))
    assert held_ is not None
    assert held_.wanted is not None
    return held_.wanted


def gone(generation: int = 1, age_ms: int = 15_000, **changes: Any) -> Order:
    """An entry order of the example that has ended, or with another status."""
    name = f"capi_entry_{ID}" if generation == 1 else f"capi_entry_{ID}_{generation}"
    base = {"status": "CANCELED", "created_at_ms": NOW - age_ms, "updated_at_ms": NOW}
    return order(name, **(base | changes))


def holding(
    *orders: Order, base: Decision | Unusable = FLAT, by: Config = CONFIG, position: Any = "0.011", **changes: Any
) -> Holding:
    """Return what is held in a changed example world."""
    got = holding_of(view(base, account(position=position, **changes), orders, by))
    assert got is not None
    return got


def priced(entry: str | None = "90800", liquidation: str | None = None, qty: str = "0.011") -> Position:
    """A position with its prices."""
    return Position(
        qty=D(qty),
        entry_price=None if entry is None else D(entry),
        liquidation_price=None if liquidation is None else D(liquidation),
        since_ms=NOW - 60_000,
    )
