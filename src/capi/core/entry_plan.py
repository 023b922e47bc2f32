"""What the current decision's entry would be: levels, whole quantity, what is filled, what rests, what is missing."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.core.entry_levels import EntryLevels
from capi.core.orders import OPEN, Order
from capi.core.sizing import Size, intended_size
from capi.core.terms import EntryTerms
from capi.core.units import ZERO
from capi.core.view import Own, View


@dataclass(slots=True, kw_only=True)
class EntryPlan:
    """One decision's entry as it should be and as it is. Quantities in base."""

    terms: Final[EntryTerms]
    levels: Final[EntryLevels]
    size: Final[Size]
    filled: Final[Decimal]  # by this decision's entries, or the position when that is larger
    orders: Final[list[Own]]  # this decision's entries, oldest generation first
    rested: Final[list[Own]]  # those of them that the exchange took: a refused one never rested
    chases: Final[int]  # how often it has been placed anew
    follows: Final[Own | None]  # an older decision's entry that served and has just been cancelled to follow the price
    resting: Final[Own | None]  # the entry that serves this decision: its own, or a kept one of an older decision
    missing: Final[Decimal]  # still to be ordered: whole less filled less what may rest or fill


def entry_plan(view: View) -> EntryPlan | None:
    """Return the plan of the current decision's entry; None without a proposal."""
    terms, decision_id = view.terms.entry, view.decision.decision_id
    if terms is None:
        return None
    own: list[Own] = []
    rested: list[Own] = []
    ordered = ZERO
    for entry in view.entries:
        order = entry.order
        if entry.id.decision_id == decision_id:
            own.append(entry)
            if order.status != "REJECTED":
                rested.append(entry)
        if entry.may_rest:
            ordered += order.remaining_qty
    if len(own) > 1:
        own.sort(key=_by_generation)
        rested.sort(key=_by_generation)
    size, filled = intended_size(view, terms.levels), entered_qty(view)
    return EntryPlan(
        terms=terms,
        levels=terms.levels,
        size=size,
        filled=filled,
        orders=own,
        rested=rested,
        chases=max(len(rested) - 1, 0),
        follows=None if own else _just_cancelled(view, terms, size.quantity),
        resting=_resting(view, own, terms, size.quantity),
        missing=max(size.quantity - filled - ordered, ZERO),
    )


def _by_generation(own: Own) -> int:
    return own.id.generation


def ended_early(view: View, order: Order) -> bool:
    """Return whether an ended order is known to have rested less than chase.after_seconds."""
    born, ended = order.born_at_ms, order.updated_at_ms
    if order.status in OPEN or born is None or ended is None or ended <= born:
        return False
    return ended - born < view.terms.chase_after_ms


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


def _resting(view: View, own: list[Own], terms: EntryTerms, quantity: Decimal) -> Own | None:
    """Return the newest open entry of this decision, else an older decision's that serves it."""
    for entry in reversed(own):
        if entry.is_open and entry.order.side == terms.levels.side:
            return entry
    if own:
        return None
    for entry in view.entries:
        if entry.is_open and _serves(view, entry, terms, quantity):
            return entry
    return None


def _just_cancelled(view: View, terms: EntryTerms, quantity: Decimal) -> Own | None:
    for entry in view.entries:
        ended = entry.order.updated_at_ms
        if entry.order.status != "CANCELED" or ended is None or ended_early(view, entry.order):
            continue
        if not view.past(ended + view.terms.chase_after_ms) and _serves(view, entry, terms, quantity):
            return entry
    return None


def _serves(view: View, entry: Own, terms: EntryTerms, quantity: Decimal) -> bool:
    """Whether an older decision's entry serves this one: side, price in the zone, 90 to 100 % of the size, leverage.

    What it fills is stopped at its own intent's level: that must not be passed, nor its loss above the cap. A leverage
    that is not known is no other leverage: the order stays until it is known.
    """
    order, proposal, levels = entry.order, view.proposal, terms.levels
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
        and view.account.leverage in (terms.leverage, None)
    )


def _bears(view: View, loss: Decimal) -> bool:
    """Whether a loss is within the risk per trade; unknown equity closes its own gate."""
    equity, share = view.account.equity, view.config.risk.risk_per_trade_max
    return equity is None or loss == 0 or (share > 0 and view.at_least("equity", equity, loss / share))
