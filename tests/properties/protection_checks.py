"""Invariants 1 and 2: a position never stands unguarded, and its guard never loosens."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from capi.core.actions import Action, AdoptPosition, Alert, CancelOrder, OpenTrade, PlaceOrder, UpdateTrade
from capi.core.decision import Side
from capi.core.ids import parse_order_id
from tests.properties.facts import (
    FOREIGN_STOPS,
    at_least_as_tight,
    closing_side,
    cover,
    covering_level,
    direction_of,
    is_at_least_as_tight,
    is_covered,
    is_exit_on_its_way,
    is_guard_proven,
    may_be_confirmed_flat,
    resting_stops,
    tightest,
)
from tests.properties.obey import obey
from tests.properties.worlds import World

SIDES: Final[tuple[Side, ...]] = ("BUY", "SELL")


def check_guarded(world: World, actions: Sequence[Action]) -> None:
    """A visible position has a stop that closes all of it, or is being left, or the plan says why neither can be."""
    if world.account.position.qty == 0:
        return
    leaving = any(isinstance(action, PlaceOrder) and action.role == "exit" for action in actions)
    said = any(isinstance(action, Alert) and action.code in ("no_stop_level", "dust_position") for action in actions)
    proven = is_guard_proven(world) or is_exit_on_its_way(world)
    assert leaving or said or proven or is_covered(obey(world, actions)), "the position stands without a stop"


def check_never_looser(world: World, actions: Sequence[Action]) -> None:
    """No stop is placed and no level recorded looser than what rests or is recorded; what covers gets no looser."""
    side = closing_side(world)
    if side is None:
        return
    levels = [stop.trigger_price for stop in resting_stops(world, side) if stop.trigger_price is not None]
    trade = world.account.trade
    if trade is not None and trade.side == direction_of(world):
        levels.append(trade.sl)
    before = tightest(levels, side)
    if before is None:
        return
    for action in actions:
        level = _level(action)
        if level is not None:
            assert is_at_least_as_tight(level, before, side), f"{level} is looser than {before}: {action}"
    after = obey(world, actions)
    if after.account.position.qty != 0:
        _check_cover(world, after, side)


def _level(action: Action) -> Decimal | None:
    match action:
        case OpenTrade() | AdoptPosition() | UpdateTrade():
            return action.sl
        case PlaceOrder(role="sl"):
            return action.trigger_price
        case _:
            return None


def _check_cover(world: World, after: World, side: Side) -> None:
    best, now = covering_level(world, side), covering_level(after, side)
    if best is not None:
        assert now is not None, "no stop that covers the position is left"
        assert is_at_least_as_tight(now, best, side), f"the covering level went from {best} to {now}"


def check_not_passed(world: World, actions: Sequence[Action]) -> None:
    """No stop is sent behind the price, where it would be refused (-2021); an orphan's emergency level is tried."""
    market, by = world.account.market, world.config.protection.trigger_by
    price = market.mark if by == "mark" else market.last
    trade, direction = world.account.trade, direction_of(world)
    orphan = trade is None or (direction is not None and trade.side != direction)
    for action in actions:
        level = action.trigger_price if isinstance(action, PlaceOrder) else None
        if level is not None and price is not None and not orphan and isinstance(action, PlaceOrder):
            behind = price <= level if action.side == "SELL" else price >= level
            assert not behind, f"a stop at {level} while the price is {price}"


def check_stops_stay(world: World, actions: Sequence[Action]) -> None:
    """A stop goes only when flat is confirmed, on the wrong side, or superseded by one of ours that is seen resting."""
    cancelled = {action.key for action in actions if isinstance(action, CancelOrder)}
    side, settled = closing_side(world), may_be_confirmed_flat(world)
    for order in world.orders:
        owner = parse_order_id(world.config.id_prefix, order.client_order_id)
        is_stop = order.type in FOREIGN_STOPS and order.kind == "algo"
        if order.key not in cancelled or settled or not (is_stop if owner is None else owner.role == "sl"):
            continue
        assert world.account.complete, f"{order.client_order_id} is cancelled on an incomplete view"
        if owner is None:
            left = replace(world, orders=tuple(o for o in world.orders if o.key not in cancelled))
            ours = [s for one in SIDES if side in (one, None) for s in resting_stops(left, one)]
            assert cover(left, ours), f"the foreign stop {order.client_order_id} goes before ours covers"
        elif order.side == side or side is None:
            kept = [s for s in resting_stops(world, order.side) if s.key not in cancelled]
            by = [] if order.trigger_price is None else at_least_as_tight(kept, order.trigger_price, order.side)
            assert cover(world, by), f"{order.client_order_id} goes, nothing replaces it"


def check_one_backstop(world: World, actions: Sequence[Action]) -> None:
    """No closePosition stop is sent while one of ours rests on its side: the exchange would refuse it (-4130)."""
    for action in actions:
        if isinstance(action, PlaceOrder) and action.close_position:
            rests = [s.client_order_id for s in resting_stops(world, action.side) if s.close_position]
            assert not rests, f"{action.client_order_id} beside {rests}"
