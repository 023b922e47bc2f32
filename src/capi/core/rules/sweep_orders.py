"""Take down what nothing accounts for: our leftovers once flat is confirmed, stops on the wrong side, foreign orders.

While a position stands our own protective orders are adopted, never swept: they go only when a resting stop supersedes
them (protect_position). A foreign stop goes only after ours rests. Source: design, "Reconciliation".
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import Action, Alert, CancelOrder
from capi.core.holding import Holding
from capi.core.orders import Order
from capi.core.situation import Situation
from capi.core.units import text
from capi.core.view import FLAT_SETTLES_MS, Own, View

LEFTOVER: Final = "cancel_leftovers"
FOREIGN: Final = "foreign_orders"
OF_THE_EXCHANGE: Final = ("autoclose-", "adl_autoclose", "settlement_autoclose-")


def sweep_orders(situation: Situation) -> Iterator[Action]:
    """Want no order that nothing accounts for."""
    view = situation.view
    yield from _leftovers(situation)
    if view.foreign and view.config.risk.foreign_orders != "ignore":
        yield from _foreign(situation)


def _foreign(situation: Situation) -> Iterator[Action]:
    view = situation.view
    foreign = [o for o in view.foreign if _may_rest(o) and not o.client_order_id.startswith(OF_THE_EXCHANGE)]
    if not foreign:
        return
    if view.config.risk.foreign_orders == "alert":
        names = ", ".join(order.client_order_id for order in foreign)
        yield Alert(
            level="WARNING", code="foreign_order", rule=FOREIGN, reason=f"foreign orders of the symbol: {names}"
        )
        return
    for order in foreign:
        if not _is_stop(order) or _may_lose_foreign_stop(situation):
            yield CancelOrder(
                client_order_id=order.client_order_id,
                kind=order.kind,
                rule=FOREIGN,
                reason=f"a foreign {order.type} of {text(order.quantity)}; risk.foreign_orders is cancel",
            )


def _leftovers(situation: Situation) -> Iterator[CancelOrder]:
    view, holding = situation.view, situation.holding
    if holding is not None:
        if not holding.visible or not view.account.complete:
            return
        strays = _on_the_wrong_side(situation, holding)
        if strays and not _may_be_shown_late(view):
            for own in strays:
                yield _cancel(own, f"it does not belong to the {holding.direction} that stands")
        return
    if not view.flat_confirmed:
        return
    for own in (*view.targets, *view.exits, *view.stop_children, *view.stops):
        if own.is_open:
            yield _cancel(own, "flat is confirmed: nothing is left to close")


def _on_the_wrong_side(situation: Situation, holding: Holding) -> list[Own]:
    """Return the open stops and exits that cannot close the position that stands."""
    view, side = situation.view, situation.view.exit_side(holding.direction)
    strays = [own for own in view.stops if own.is_open and own.order.side != side]
    if situation.exit is None:
        strays += [own for own in view.exits if own.is_open]
    return strays


def _may_be_shown_late(view: View) -> bool:
    """Whether the position has just changed: then what seems to be on its wrong side may guard the one that stands."""
    since = view.account.position.since_ms
    return since is not None and not view.past(since + FLAT_SETTLES_MS)


def _is_stop(order: Order) -> bool:
    return order.kind == "algo" and order.type in ("STOP_MARKET", "STOP", "TRAILING_STOP_MARKET")


def _may_lose_foreign_stop(situation: Situation) -> bool:
    """Whether ours rests (or nothing is left to protect), on a complete view."""
    view, holding = situation.view, situation.holding
    if not view.account.complete:
        return False
    if holding is None:
        return view.flat_confirmed
    return holding.stops.covered


def _may_rest(order: Order) -> bool:
    return order.status in ("NEW", "PARTIALLY_FILLED")


def _cancel(own: Own, reason: str) -> CancelOrder:
    return CancelOrder(client_order_id=own.order.client_order_id, kind=own.order.kind, rule=LEFTOVER, reason=reason)
