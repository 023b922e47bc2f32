"""The position to guard, whose trade it is, at which levels: what protection, targets and exits look at.

A position is explained by the ledger's trade, else by an own intent, else by our own protective orders, else by
nothing: then it is an orphan, guarded at an emergency level. A fill that the position does not show yet is guarded too.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from capi.core.decision import Direction
from capi.core.entry_levels import round_stop, round_target
from capi.core.ids import decision_key, timestamp_key
from capi.core.levels import Wanted, before_liquidation, wanted_stop
from capi.core.splitting import split_targets
from capi.core.stops import Stops, stops_of
from capi.core.units import ONE, ZERO, floor_to
from capi.core.view import Own, View

Explained = Literal["trade", "intent", "orders", "nothing"]


@dataclass(slots=True, kw_only=True)
class Holding:
    """A position (or a fill not yet visible) with its trade's levels. Prices final; quantities in base."""

    explained: Final[Explained]
    decision_id: Final[str]
    direction: Final[Direction]
    size: Final[Decimal]
    visible: Final[bool]
    entered: Final[Decimal]  # the largest quantity of the trade so far
    sl: Final[Decimal | None]  # recorded; None: no price to derive an emergency level from
    tp1: Final[Decimal | None]
    tp2: Final[Decimal | None]
    tp1_whole: Final[Decimal]  # TP1's whole quantity, filled or not
    tp2_whole: Final[Decimal]
    tp1_filled: Final[Decimal]  # what has filled of it, by the orders
    tp2_filled: Final[Decimal]
    tp1_hit: Final[bool]  # all of it has filled, by the ledger's record or by the orders
    stops: Final[Stops]
    wanted: Final[Wanted | None]


def holding_of(view: View) -> Holding | None:
    """Return what is held, or None while flat with nothing pending."""
    if view.direction is not None:
        return _holding(view, view.direction, view.size, visible=True)
    if view.unseen_fill is not None:
        direction, size = view.unseen_fill
        return _holding(view, direction, size, visible=False)
    return None


def _holding(view: View, direction: Direction, size: Decimal, *, visible: bool) -> Holding:
    trade = view.trade
    intent = view.intent if trade is None else None
    if trade is not None:
        entered = max(trade.entered, trade.qty, size, view.entry_filled_qty(trade.decision_id))
        facts: _Facts = ("trade", trade.decision_id, entered, trade.sl, trade.tp1, trade.tp2)
    elif intent is not None:
        entered = max(size, view.entry_filled_qty(intent.decision_id))
        facts = ("intent", intent.decision_id, entered, intent.sl, intent.tp1, intent.tp2)
    else:
        facts = _from_orders(view, direction, size) or _orphan(view, direction, size)
    explained, decision_id, entered, *levels = facts
    sl, tp1, tp2 = _on_tick(view, direction, *levels)
    stops = stops_of(view, direction, size, decision_id)
    tp1_whole, tp2_whole = _wholes(view, entered, tp1, tp2)
    tp1_filled, tp2_filled = _targets_filled(view, decision_id)
    tp1_hit = (trade is not None and trade.tp1_filled) or ZERO < tp1_whole <= tp1_filled
    return Holding(
        explained=explained,
        decision_id=decision_id,
        direction=direction,
        size=size,
        visible=visible,
        entered=entered,
        sl=sl,
        tp1=tp1,
        tp2=tp2,
        tp1_whole=tp1_whole,
        tp2_whole=tp2_whole,
        tp1_filled=tp1_filled,
        tp2_filled=tp2_filled,
        tp1_hit=tp1_hit,
        stops=stops,
        wanted=None if sl is None else wanted_stop(view, stops, sl, tp1_hit=tp1_hit),
    )


def _on_tick(
    view: View, direction: Direction, sl: Decimal | None, tp1: Decimal | None, tp2: Decimal | None
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return recorded levels on today's tick: a stop toward the price, targets toward the entry."""
    tick = view.instrument.tick_size
    if sl is not None:
        sl = stop_on_tick(view, direction, sl)
    if tp1 is not None and (tp1 % tick or tp1 <= ZERO):
        tp1 = max(round_target(tp1, direction, tick), tick)
    if tp2 is not None and (tp2 % tick or tp2 <= ZERO):
        tp2 = max(round_target(tp2, direction, tick), tick)
    return sl, tp1, tp2


def stop_on_tick(view: View, direction: Direction, level: Decimal) -> Decimal:
    """Return a recorded stop level on today's tick, toward the price."""
    tick = view.instrument.tick_size
    return max(round_stop(level, direction, tick), tick) if level % tick or level <= ZERO else level


_Facts = tuple[Explained, str, Decimal, Decimal | None, Decimal | None, Decimal | None]


def _wholes(view: View, entered: Decimal, tp1: Decimal | None, tp2: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return the targets' whole quantities, filled or not."""
    whole = floor_to(entered, view.instrument.step_size)
    if tp1 is None or tp2 is None:
        return ZERO if tp1 is None else whole, ZERO if tp2 is None else whole
    return split_targets(view, whole, tp1, tp2)


def _targets_filled(view: View, decision_id: str) -> tuple[Decimal, Decimal]:
    """Return what TP1 and TP2 of a trade have filled, each over all its generations."""
    tp1, tp2 = ZERO, ZERO
    for own in view.targets:
        if own.id.decision_id == decision_id:
            if own.id.role == "tp1":
                tp1 += own.order.filled_qty
            else:
                tp2 += own.order.filled_qty
    return tp1, tp2


def _from_orders(view: View, direction: Direction, size: Decimal) -> _Facts | None:
    """Rebuild the trade from our own protective orders that rest, or are firing: their ids say whose they are.

    Targets say more than a stop (an emergency stop may have gone out under an orphan's id while they were not visible).
    Where only targets rest, they do not say where the stop was: then it is the level of one of unknown fate, else an
    emergency level.
    """
    side = view.exit_side(direction)
    targets = [own for own in view.targets if own.is_open and own.order.side == side]
    stops = [
        own
        for own in view.stops
        if (own.is_open or (own.order.status == "TRIGGERED" and not view.is_history(own.order)))
        and own.order.side == side
        and own.order.trigger_price is not None
    ]
    newest = max(targets or stops, key=lambda own: (own.order.born_at_ms or 0, own.order.client_order_id), default=None)
    if newest is None:
        return None
    decision_id = newest.id.decision_id
    unsure = [
        own for own in view.stops if own.is_unknown and own.id.decision_id == decision_id and own.order.side == side
    ]
    levels = [own.order.trigger_price for own in (*stops, *unsure) if own.order.trigger_price is not None]
    tightest = max if direction == "long" else min
    level = tightest(levels) if levels else _emergency_level(view, direction)
    entered = max(size, view.entry_filled_qty(decision_id))
    return "orders", decision_id, entered, level, _target(view, decision_id, "tp1"), _target(view, decision_id, "tp2")


def _target(view: View, decision_id: str, role: str) -> Decimal | None:
    found = [own for own in view.targets if own.id.decision_id == decision_id and own.id.role == role]
    newest = max(found, key=lambda own: own.id.generation, default=None)
    return None if newest is None else newest.order.price


def _orphan(view: View, direction: Direction, size: Decimal) -> _Facts:
    """A position that nothing explains; its id is made of the time it was seen."""
    seen_ms = view.account.position.since_ms
    stamp = timestamp_key((view.account.now_ms if seen_ms is None else seen_ms) * 1000)
    decision_id = decision_key(view.config.id_prefix, f"o{stamp}")
    return "nothing", decision_id, size, _level_of_orphan(view, direction, decision_id), None, None


def _level_of_orphan(view: View, direction: Direction, decision_id: str) -> Decimal | None:
    """The emergency level, or the tighter one of a stop that went out for the orphan before, whoever took it down.

    Not one that the price has passed: a stop there is refused, and the position stays naked. If it rests, it fires.
    """
    level, side = _emergency_level(view, direction), view.exit_side(direction)
    for own in view.stops:
        sent = own.order.trigger_price
        if own.id.decision_id != decision_id or own.order.side != side or sent is None:
            continue
        if own.order.status == "REJECTED" or view.has_passed(direction, sent):
            continue
        level = sent if level is None else max(level, sent) if direction == "long" else min(level, sent)
    return level


def _emergency_level(view: View, direction: Direction) -> Decimal | None:
    """Return protection.emergency_stop from the mark price, inside the liquidation price; None without any price.

    Without a mark any other price will do: a stop is worth more than the best reference for it.
    """
    market = view.market
    known = (market.mark, view.mid, view.account.position.entry_price, market.last, market.bid, market.ask)
    price = next((one for one in known if one is not None), None)
    if price is None or price <= 0:
        return None
    emergency = view.config.protection.emergency_stop
    raw = price * (ONE - emergency if direction == "long" else ONE + emergency)
    level = max(round_stop(raw, direction, view.instrument.tick_size), view.instrument.tick_size)
    liquidation = view.account.position.liquidation_price
    if liquidation is not None and liquidation > 0:
        inside = before_liquidation(view, direction, liquidation)
        level = max(level, inside) if direction == "long" else min(level, inside)
    return level


def trade_orders(orders: list[Own], decision_id: str) -> list[Own]:
    """Return those of one trade, oldest generation first."""
    own = [one for one in orders if one.id.decision_id == decision_id]
    if len(own) > 1:
        own.sort(key=lambda one: one.id.generation)
    return own
