"""When a resting entry follows the price. Source: specification, section 8; design, "Chase".

Drift is the own-side touch against the resting price. The threshold is chase.threshold of the price, but at most a
quarter of the zone's width: a fixed ratio alone would lie outside most zones.
"""

from decimal import Decimal
from typing import Literal

from capi.core.decision import Proposal, Side
from capi.core.entry_levels import round_passive
from capi.core.entry_plan import EntryPlan, ended_early
from capi.core.orders import Order
from capi.core.units import percent, text
from capi.core.view import View


def own_touch(view: View, side: Side) -> tuple[Literal["bid", "ask"], Decimal | None]:
    """Return the touch on the entry's own side: best bid for a buy, best ask for a sell."""
    return ("bid", view.market.bid) if side == "BUY" else ("ask", view.market.ask)


def drift_limit(view: View, resting_price: Decimal) -> Decimal:
    """Return the drift, in USDT, above which a chase follows."""
    proposal = view.proposal
    limit = view.config.chase.threshold * resting_price
    if proposal is not None:
        limit = min(limit, (proposal.zone_max - proposal.zone_min) / 4)
    return limit


def chase_due(view: View, plan: EntryPlan, order: Order) -> str | None:
    """Return why the resting entry should follow the price now, or None."""
    proposal, chase = view.proposal, view.config.chase
    if proposal is None or order.price is None or order.type != "LIMIT" or plan.chases >= chase.attempts_max:
        return None
    born = order.born_at_ms
    if born is None or not view.past(born + view.terms.chase_after_ms):
        return None
    measure, touch = own_touch(view, order.side)
    if touch is None:
        return None
    if view.above(measure, touch, proposal.zone_max) or not view.at_least(measure, touch, proposal.zone_min):
        return None  # price outside the zone: the order stays
    limit, tick = drift_limit(view, order.price), view.instrument.tick_size
    if order.side == "BUY":
        away = view.above(measure, touch, order.price + limit) and view.at_least(measure, touch, order.price + tick)
    else:
        away = not view.at_least(measure, touch, order.price - limit)
        away = away and not view.above(measure, touch, order.price - tick)
    if not away:
        return None
    return (
        f"unfilled at {text(order.price)} for {text(chase.after_seconds)} s, "
        f"the {measure} has drifted to {text(touch)} ({percent(abs(touch - order.price) / order.price)})"
    )


def is_chase(view: View, plan: EntryPlan) -> bool:
    """Return whether the next limit follows the price: the one before it has had its time, and chases are left."""
    if not plan.rested or plan.chases >= view.config.chase.attempts_max:
        return False
    return not ended_early(view, plan.rested[-1].order)


def next_price(view: View, plan: EntryPlan) -> Decimal:
    """Return where the next limit rests: the first at the zone's middle, a later one at the touch inside the zone.

    Where the touch has left the zone since, where the chases are used up, and where the last order was taken down
    early (by a gate, a pause, a person), that order's price holds.
    """
    proposal, levels = view.proposal, plan.levels
    if proposal is not None and plan.follows is not None:
        return _touch_inside(view, proposal, levels.side) or levels.price
    taken = ("EXPIRED", "EXPIRED_IN_MATCH")  # an IOC at the zone's edge: no price to rest at
    rested = [own.order for own in plan.rested if own.order.price is not None and own.order.status not in taken]
    if proposal is None or not rested:
        return levels.price
    last = rested[-1].price or levels.price
    if not is_chase(view, plan):
        return last
    return _touch_inside(view, proposal, levels.side) or last


def _touch_inside(view: View, proposal: Proposal, side: Side) -> Decimal | None:
    """Return the own-side touch on the tick, None where it is unknown or outside the zone."""
    measure, touch = own_touch(view, side)
    if touch is None or view.above(measure, touch, proposal.zone_max):
        return None
    if not view.at_least(measure, touch, proposal.zone_min):
        return None
    return round_passive(touch, side, view.instrument.tick_size)
