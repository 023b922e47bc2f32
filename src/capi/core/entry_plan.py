"""What the current decision's entry would be: levels, whole quantity, what is filled, what rests, what is missing."""

from decimal import Decimal
from typing import NamedTuple

from capi.core.entry_levels import EntryLevels
from capi.core.orders import OPEN, Order
from capi.core.sizing import Size, intended_size
from capi.core.units import ZERO
from capi.core.view import Own, View


class EntryPlan(NamedTuple):
    """One decision's entry as it should be and as it is. Quantities in base."""

    levels: EntryLevels
    size: Size
    leverage: int  # to be set: the decision's, not above the cap
    leverage_wished: Decimal
    filled: Decimal  # by this decision's entries, or the position when that is larger
    orders: tuple[Own, ...]  # this decision's entries, oldest generation first
    rested: tuple[Own, ...]  # those of them that the exchange took: a refused one never rested
    chases: int  # how often it has been placed anew
    follows: Own | None  # an older decision's entry that served and has just been cancelled to follow the price
    resting: Own | None  # the entry that serves this decision: its own, or a kept one of an older decision
    missing: Decimal  # still to be ordered: whole less filled less what may rest or fill


def entry_plan(view: View) -> EntryPlan | None:
    """Return the plan of the current decision's entry; None without a proposal."""
    levels, proposal = view.levels, view.proposal
    if levels is None or proposal is None:
        return None
    size = intended_size(view, levels)
    leverage = min(int(proposal.leverage), view.config.risk.leverage_max)  # int() rounds down
    decision_id = view.decision.decision_id
    own = [entry for entry in view.entries if entry.id.decision_id == decision_id]
    if len(own) > 1:
        own.sort(key=lambda entry: entry.id.generation)
    filled, could_fill = entered_qty(view), ZERO
    for entry in view.entries:
        if entry.may_rest:
            could_fill += entry.order.remaining_qty
    resting = _resting(view, own, levels, size.quantity, leverage)
    rested = tuple([entry for entry in own if entry.order.status != "REJECTED"])
    return EntryPlan(
        levels=levels,
        size=size,
        leverage=leverage,
        leverage_wished=proposal.leverage,
        filled=filled,
        orders=tuple(own),
        rested=rested,
        chases=max(len(rested) - 1, 0),
        follows=None if own else _just_cancelled(view, levels, size.quantity, leverage),
        resting=resting,
        missing=max(size.quantity - filled - could_fill, ZERO),
    )


def ended_early(view: View, order: Order) -> bool:
    """Return whether an ended order is known to have rested less than chase.after_seconds."""
    born, ended = order.born_at_ms, order.updated_at_ms
    if order.status in OPEN or born is None or ended is None or ended <= born:
        return False
    return ended - born < int(view.config.chase.after_seconds * 1000)


def entered_qty(view: View) -> Decimal:
    """Return what this decision has entered: the larger of its fills, its position and its trade's record.

    Fills can lag a fresh position, and after a partial exit the position forgets what the fills remember.
    """
    decision_id, filled = view.decision.decision_id, ZERO
    for entry in view.entries:
        if entry.id.decision_id == decision_id:
            filled += entry.order.filled_qty
    if not view.own_position:
        return filled
    return max(filled, view.size, view.trade.entered if view.trade is not None else ZERO)


def _resting(view: View, own: list[Own], levels: EntryLevels, quantity: Decimal, leverage: int) -> Own | None:
    """Return the newest open entry of this decision, else an older decision's that serves it."""
    for entry in reversed(own):
        if entry.is_open and entry.order.side == levels.side:
            return entry
    if own:
        return None
    serving = (entry for entry in view.entries if entry.is_open and _serves(view, entry, levels, quantity, leverage))
    return next(serving, None)


def _just_cancelled(view: View, levels: EntryLevels, quantity: Decimal, leverage: int) -> Own | None:
    after_ms = int(view.config.chase.after_seconds * 1000)
    for entry in view.entries:
        ended = entry.order.updated_at_ms
        if entry.order.status != "CANCELED" or ended is None or ended_early(view, entry.order):
            continue
        if not view.past(ended + after_ms) and _serves(view, entry, levels, quantity, leverage):
            return entry
    return None


def _serves(view: View, entry: Own, levels: EntryLevels, quantity: Decimal, leverage: int) -> bool:
    """Whether an older decision's entry serves this one: side, price in the zone, 90 to 100 % of the size, leverage.

    What it fills is stopped at its own intent's level: that must not be passed, nor its loss above the cap.
    """
    order, proposal = entry.order, view.proposal
    if proposal is None or order.side != levels.side or order.price is None:
        return False
    intent = next((one for one in view.account.intents if one.client_order_id == order.client_order_id), None)
    return (
        intent is not None
        and not view.has_passed(levels.direction, intent.sl)
        and _bears(view, order.quantity * abs(order.price - intent.sl))
        and order.type == "LIMIT"
        and order.filled_qty == 0
        and proposal.zone_min <= order.price <= proposal.zone_max
        and quantity * 9 <= order.quantity * 10
        and order.quantity <= quantity
        and view.account.leverage == leverage
    )


def _bears(view: View, loss: Decimal) -> bool:
    """Whether a loss is within the risk per trade; unknown equity closes its own gate."""
    equity, share = view.account.equity, view.config.risk.risk_per_trade_max
    return equity is None or loss == 0 or (share > 0 and view.at_least("equity", equity, loss / share))
