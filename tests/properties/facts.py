"""What is true of a world, worked out anew from the design's words: the rules' own derivations are what is tested."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from capi.core.actions import Role
from capi.core.decision import EXIT_SIDE, Direction, Side
from capi.core.ids import OrderId, parse_order_id
from capi.core.orders import Order
from capi.core.units import ZERO, floor_to
from tests.properties.worlds import World

LIVE: Final = frozenset({"NEW", "PARTIALLY_FILLED"})
PROTECTIVE: Final[tuple[Role, ...]] = ("sl", "tp1", "tp2", "exit")
TARGETS: Final[tuple[Role, ...]] = ("tp1", "tp2")
SETTLE_MS: Final = 2000
PROOF_MS: Final = 30_000
FIRING_MS: Final = 1000
FOREIGN_STOPS: Final = frozenset({"STOP_MARKET", "STOP", "TRAILING_STOP_MARKET"})


def own(world: World, *roles: Role) -> Iterator[tuple[OrderId, Order]]:
    """Yield our orders of these roles, with what their ids say."""
    for order in world.orders:
        owner = parse_order_id(world.config.id_prefix, order.client_order_id)
        if owner is not None and owner.role in roles:
            yield owner, order


def is_live(order: Order) -> bool:
    """Return whether an order rests."""
    return order.status in LIVE


def direction_of(world: World) -> Direction | None:
    """Return the visible position's direction."""
    qty = world.account.position.qty
    return None if qty == 0 else "long" if qty > 0 else "short"


def closing_side(world: World) -> Side | None:
    """Return the side that closes the visible position."""
    direction = direction_of(world)
    return None if direction is None else EXIT_SIDE[direction]


def resting_stops(world: World, side: Side | None) -> list[Order]:
    """Return our conditional stops of a side that rest."""
    return [order for _, order in own(world, "sl") if order.kind == "algo" and is_live(order) and order.side == side]


def cover(world: World, stops: Iterable[Order]) -> bool:
    """Return whether these stops close the visible position, alone or together, but for what no further order can."""
    instrument, total = world.account.instrument, ZERO
    size = floor_to(abs(world.account.position.qty), instrument.step_size)
    for stop in stops:
        if stop.close_position:
            return True
        total += stop.remaining_qty
    largest = instrument.market_max_qty
    in_parts = largest is not None and size > largest
    return total > 0 and (total >= size or (in_parts and size - total < instrument.min_qty))


def is_covered(world: World) -> bool:
    """Return whether our resting stops close the visible position whole."""
    return cover(world, resting_stops(world, closing_side(world)))


def covering_level(world: World, side: Side) -> Decimal | None:
    """Return the tightest level at which our resting stops have closed the whole position."""
    stops = [stop for stop in resting_stops(world, side) if stop.trigger_price is not None]
    levels = {stop.trigger_price for stop in stops if stop.trigger_price is not None}
    return tightest((level for level in levels if cover(world, at_least_as_tight(stops, level, side))), side)


def at_least_as_tight(stops: Iterable[Order], level: Decimal, side: Side) -> list[Order]:
    """Return the stops that are not looser than a level."""
    return [s for s in stops if s.trigger_price is not None and is_at_least_as_tight(s.trigger_price, level, side)]


def is_at_least_as_tight(level: Decimal, than: Decimal, side: Side) -> bool:
    """Return whether a stop that sells (buys) is not below (above) another: a sell closes a long."""
    return level >= than if side == "SELL" else level <= than


def tightest(levels: Iterable[Decimal], side: Side) -> Decimal | None:
    """Return the level nearest to profit."""
    return max(levels, default=None) if side == "SELL" else min(levels, default=None)


def known_at(order: Order) -> int | None:
    """Return the last time that is known of an order."""
    for at in (order.updated_at_ms, order.created_at_ms, order.sent_at_ms):
        if at is not None:
            return at
    return None


def born_at(order: Order) -> int | None:
    """Return the first time that is known of an order."""
    for at in (order.created_at_ms, order.sent_at_ms, order.updated_at_ms):
        if at is not None:
            return at
    return None


def is_flat_for_long(world: World) -> bool:
    """Return whether a complete view has been flat for 2 s, with no younger fill of an entry."""
    account = world.account
    if account.position.qty != 0 or not account.complete:
        return False
    fills = [known_at(order) or 0 for _, order in own(world, "entry") if order.filled_qty > 0]
    return account.now_ms - max((account.position.since_ms or 0, *fills)) >= SETTLE_MS


def may_be_confirmed_flat(world: World) -> bool:
    """Return whether flat can count as confirmed: for long, or because newer exit fills explain all of it."""
    if world.account.position.qty != 0 or not world.account.complete:
        return False
    trade = world.account.trade
    entered = {one.decision_id for one, _ in own(world, "entry")} if trade is None else {trade.decision_id}
    return is_flat_for_long(world) or any(_exits_explain(world, one) for one in entered)


def _exits_explain(world: World, decision_id: str) -> bool:
    trade = world.account.trade
    entered = sum((o.filled_qty for one, o in own(world, "entry") if one.decision_id == decision_id), ZERO)
    entered = max(entered, ZERO if trade is None else trade.entered)
    exits = [o for one, o in own(world, *PROTECTIVE) if one.decision_id == decision_id and o.filled_qty > 0]
    left = {
        o.client_order_id: max(x.filled_qty for x in exits if x.client_order_id == o.client_order_id) for o in exits
    }
    last_exit = max((known_at(o) or 0 for o in exits), default=0)
    last_entry = max((known_at(o) or 0 for _, o in own(world, "entry") if o.filled_qty > 0), default=0)
    return entered > 0 and sum(left.values(), ZERO) >= entered and last_exit >= last_entry


def is_exit_on_its_way(world: World) -> bool:
    """Return whether an exit was sent within the last second, or a stop has triggered within it."""
    now, side = world.account.now_ms, closing_side(world)
    for owner, order in own(world, "exit", "sl"):
        if order.side != side:
            continue
        if owner.role == "exit":
            at = born_at(order)
        else:
            at = order.triggered_at_ms if order.triggered_at_ms is not None else known_at(order)
            if order.status != "TRIGGERED" and order.triggered_at_ms is None:
                continue
        if at is not None and now - at <= FIRING_MS:
            return True
    return False


def is_guard_proven(world: World) -> bool:
    """Return whether a fresh -4130 proves that a closePosition stop of ours rests unseen."""
    now, side = world.account.now_ms, closing_side(world)
    foreign = [o for o in world.orders if parse_order_id(world.config.id_prefix, o.client_order_id) is None]
    if any(o.close_position and o.type == "STOP_MARKET" and o.side == side and is_live(o) for o in foreign):
        return False
    refused = [o for _, o in own(world, "sl") if o.status == "REJECTED" and o.code == -4130 and o.side == side]
    return any((at := known_at(o)) is not None and now - at < PROOF_MS for o in refused)
