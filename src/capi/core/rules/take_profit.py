"""Want TP1 and TP2 as reduce-only limits on the book, together never more than the position.

Prices are the trade's own and never follow later decisions. Sizes follow the position, two seconds after the last entry
fill or when the entry has ended. A target of wrong size is cancelled first and placed anew after the cancel has been
seen: resting reduce-only orders eat what can be reduced. A target that filled is never placed again.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from capi.core.actions import Action, CancelOrder, PlaceOrder, Refuse, Role
from capi.core.circuit import open_circuit
from capi.core.decision import EXIT_SIDE
from capi.core.holding import Holding
from capi.core.ids import order_id
from capi.core.situation import Situation
from capi.core.units import ZERO, floor_to, text
from capi.core.view import Own, View

RULE: Final = "take_profit"
SETTLE_MS: Final = 2000
"""Targets are sized this long after the last entry fill (design, "Targets")."""


class Target(NamedTuple):
    """One wanted target: what should rest of it now."""

    role: Role
    price: Decimal
    quantity: Decimal


def take_profit(situation: Situation) -> Iterable[Action]:
    """Want the trade's targets at their sizes."""
    view, holding = situation.view, situation.holding
    if holding is None or not holding.visible or situation.exit is not None or not view.account.complete:
        return ()
    rest_of_tp1, rest_of_tp2 = _wanted_quantities(view, holding)
    if _rest_as_wanted(view, holding, rest_of_tp1, rest_of_tp2):
        return ()
    targets = (Target("tp1", holding.tp1 or ZERO, rest_of_tp1), Target("tp2", holding.tp2 or ZERO, rest_of_tp2))
    return _bring_about(view, holding, targets)


def _wanted_quantities(view: View, holding: Holding) -> tuple[Decimal, Decimal]:
    """Return what should rest of TP1 and TP2: on the step, one order each, together at most the position."""
    step, maximum = view.instrument.step_size, view.instrument.max_qty
    size = floor_to(holding.size, step)
    rest_of_tp1 = ZERO
    if not holding.tp1_hit and holding.tp1_whole > ZERO:
        rest_of_tp1 = floor_to(min(holding.tp1_whole - holding.tp1_filled, size), step)
    rest_of_tp2 = size - rest_of_tp1
    if holding.tp2 is None or ZERO < holding.tp2_whole <= holding.tp2_filled:
        rest_of_tp2 = ZERO  # one that filled is never placed again
    if maximum is not None and size > maximum:
        largest = floor_to(maximum, step)
        rest_of_tp1, rest_of_tp2 = min(rest_of_tp1, largest), min(rest_of_tp2, largest)
    return rest_of_tp1, rest_of_tp2


def _rest_as_wanted(view: View, holding: Holding, tp1: Decimal, tp2: Decimal) -> bool:
    """Whether exactly this much rests of each target, in one order each, and nothing else: the usual case."""
    side, missing = EXIT_SIDE[holding.direction], {"tp1": tp1, "tp2": tp2}
    for one in view.targets:
        if one.id.decision_id != holding.decision_id or one.order.side != side:
            if one.is_open:
                return False
        elif one.may_rest and missing.pop(one.id.role, None) != one.order.remaining_qty:
            return False  # another quantity, or a second order for the same
    return not any(missing.values())


def _bring_about(view: View, holding: Holding, targets: Iterable[Target]) -> Iterator[Action]:
    """Take down what has no business there, and bring each target to its size."""
    own, strangers = _sorted_out(view, holding)
    yield from (_cancel(one, f"not a target of the open trade {holding.decision_id}") for one in strangers)
    settled = _entry_settled(view)
    all_resting = sum((one.order.remaining_qty for orders in own.values() for one in orders if one.may_rest), ZERO)
    actions = [
        action
        for target in targets
        for action in _one_target(view, holding, target, own.get(target.role, []), settled, all_resting)
    ]
    cancels = strangers or any(isinstance(action, CancelOrder) for action in actions)  # may fail: first see it gone
    if cancels or holding.stops.fired is not None:  # what fires leaves no room for a target
        actions = [action for action in actions if not isinstance(action, PlaceOrder)]
    yield from actions


def _sorted_out(view: View, holding: Holding) -> tuple[dict[Role, list[Own]], list[Own]]:
    """Return the trade's targets by role, oldest generation first, and open ones that have no business beside it."""
    side = view.exit_side(holding.direction)
    own: dict[Role, list[Own]] = {}
    strangers: list[Own] = []
    for one in view.targets:
        if one.id.decision_id == holding.decision_id and one.order.side == side:
            own.setdefault(one.id.role, []).append(one)
        elif one.is_open:
            strangers.append(one)
    for orders in own.values():
        if len(orders) > 1:
            orders.sort(key=lambda one: one.id.generation)
    return own, strangers


def _entry_settled(view: View) -> bool:
    """Whether the entry has ended, or its last fill is two seconds old."""
    if not any(own.may_rest for own in view.entries):
        return True
    last = view.last_entry_fill_ms
    since = view.account.position.since_ms
    newest = max((at for at in (last, since) if at is not None), default=None)
    return newest is None or view.past(newest + SETTLE_MS)


def _one_target(
    view: View, holding: Holding, target: Target, orders: list[Own], settled: bool, all_resting: Decimal
) -> Iterator[Action]:
    """Too much is taken down at once; what is missing waits until the entry has settled."""
    live = [own for own in orders if own.may_rest]
    resting = ZERO
    for own in live:
        resting += own.order.remaining_qty
    if not settled and resting <= target.quantity:
        return
    if live and not (_right_size(view, live, resting, target.quantity, all_resting)):
        reason = f"{text(resting)} rests of {target.role}, wanted {text(target.quantity)}"
        yield from (_cancel(own, reason) for own in live if own.is_open)
        return
    if live or target.quantity < view.instrument.min_qty or target.quantity == 0:
        return
    refused = open_circuit(view, orders)
    if refused is not None:
        yield Refuse(rule="circuit", reason=f"{target.role}: {refused}")
        return
    yield _target_order(view, holding, target)


def _right_size(view: View, live: list[Own], resting: Decimal, wanted: Decimal, all_resting: Decimal) -> bool:
    """Whether what rests serves. Less than wanted does when the exchange has cut it: to what the position leaves."""
    if len(live) > 1 or resting > wanted:
        return False
    if resting == wanted or all_resting >= view.size:
        return True
    since, born = view.account.position.since_ms, live[0].order.born_at_ms
    return since is not None and born is not None and born >= since


def _target_order(view: View, holding: Holding, target: Target) -> PlaceOrder:
    generation = view.next_generation(target.role, holding.decision_id)
    return PlaceOrder(
        client_order_id=order_id(view.config.id_prefix, target.role, holding.decision_id, generation),
        role=target.role,
        kind="plain",
        side=view.exit_side(holding.direction),
        type="LIMIT",
        quantity=target.quantity,
        price=target.price,
        time_in_force="GTC",
        reduce_only=True,
        decision_id=holding.decision_id,
        rule=RULE,
        reason=f"{target.role} for {text(target.quantity)} of {text(holding.size)} at {text(target.price)}",
    )


def _cancel(own: Own, reason: str) -> CancelOrder:
    return CancelOrder(client_order_id=own.order.client_order_id, kind=own.order.kind, rule=RULE, reason=reason)
