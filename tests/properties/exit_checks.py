"""Invariants 5 and 6: what leaves a position can only reduce it, never exceeds it, and is gone once it is gone."""

from collections.abc import Sequence
from decimal import Decimal

from capi.core.actions import Action, CloseTrade, OpenTrade, PlaceOrder
from capi.core.units import ZERO
from tests.properties.facts import (
    PROTECTIVE,
    TARGETS,
    closing_side,
    direction_of,
    is_flat_for_long,
    is_live,
    may_be_confirmed_flat,
    own,
)
from tests.properties.obey import obey
from tests.properties.worlds import World


def check_only_reduces(world: World, actions: Sequence[Action]) -> None:
    """Every stop, target and exit can only reduce, on the side that closes; exits fit the position.

    While flat, only a fill that the position does not show yet is stopped or left, by no more than has filled.
    """
    visible, side, leaving = abs(world.account.position.qty), closing_side(world), ZERO
    for action in actions:
        if not isinstance(action, PlaceOrder) or action.role == "entry":
            continue
        assert action.reduce_only != action.close_position, f"{action.client_order_id} could open a position"
        assert (action.quantity is None) == action.close_position, f"{action.client_order_id} has no clear quantity"
        limit = visible
        if side is None:
            assert action.role in ("sl", "exit"), f"{action.client_order_id} is sent while flat"
            limit = _unseen_qty(world, action)
            assert limit > 0, f"{action.client_order_id} is for a fill that nothing tells of"
        else:
            assert action.side == side, f"{action.client_order_id} is on the wrong side"
        if action.role == "exit" and action.quantity is not None:
            leaving += action.quantity
            assert leaving <= limit, f"exits of {leaving} exceed {limit}"


def _unseen_qty(world: World, action: PlaceOrder) -> Decimal:
    """Return what entries of the action's decision have filled."""
    mine = [order for one, order in own(world, "entry") if one.decision_id == action.decision_id]
    return sum((order.filled_qty for order in mine), ZERO)


def check_targets_fit(world: World, actions: Sequence[Action]) -> None:
    """What rests of the targets afterwards is never more than the position (as far as a complete view tells)."""
    after = obey(world, actions)
    if after.account.position.qty == 0 or not world.account.complete:
        return
    resting = sum((order.remaining_qty for _, order in own(after, *TARGETS) if is_live(order)), ZERO)
    assert resting <= abs(after.account.position.qty), f"targets of {resting} rest"


def check_trade_closes_when_flat(world: World, actions: Sequence[Action]) -> None:
    """A trade is closed only on a complete view: flat is confirmed, or the position has turned to the other side."""
    trade, direction = world.account.trade, direction_of(world)
    opened = {action.decision_id for action in actions if isinstance(action, OpenTrade)}
    for action in actions:
        if isinstance(action, CloseTrade):
            assert world.account.complete, "a trade is closed on an incomplete view"
            turned = trade is not None and direction is not None and direction != trade.side
            assert turned or may_be_confirmed_flat(world), "a trade is closed and flat is not confirmed"
            known = {trade.decision_id} if trade is not None else opened
            assert action.decision_id in known, f"the trade {action.decision_id} was not open"


def check_flat_is_clean(world: World, actions: Sequence[Action]) -> None:
    """Flat and confirmed: no exit order of ours is left, plain or conditional."""
    if is_flat_for_long(world):
        left = [o.client_order_id for _, o in own(obey(world, actions), *PROTECTIVE) if is_live(o)]
        assert not left, f"left while flat: {left}"
