"""The orders that an entry is made of. Prices in USDT on the tick, quantities in base on the step."""

from decimal import Decimal
from typing import Final

from capi.core.actions import PlaceOrder
from capi.core.chase import is_chase, next_price
from capi.core.entry_plan import EntryPlan
from capi.core.ids import order_id
from capi.core.market_entry import MarketEntry
from capi.core.units import ceil_to, floor_to, text
from capi.core.view import View

ENTER: Final = "enter_position"
CHASE: Final = "chase_entry"
TO_MARKET: Final = "market_entry"


def worth_an_order(view: View, plan: EntryPlan, missing: Decimal) -> bool:
    """Return whether the exchange would take an order for this quantity."""
    instrument = view.instrument
    if missing == 0 or missing < instrument.min_qty:
        return False
    return missing * plan.levels.price >= instrument.min_notional


def limit_order(view: View, plan: EntryPlan, missing: Decimal) -> PlaceOrder:
    """Return the next LIMIT GTC for what is missing."""
    price, missing = next_price(view, plan), _at_most(missing, view.instrument.max_qty, view)
    cuts = "".join(f"; {cut}" for cut in plan.size.cuts)
    if plan.terms.leverage_wished > plan.terms.leverage:
        cuts += f"; leverage {text(plan.terms.leverage_wished)} lowered to {plan.terms.leverage}"
    where = "the middle of the zone" if price == plan.levels.price else f"after {max(len(plan.rested), 1)} unfilled"
    reason = f"{text(missing)} of {text(plan.size.quantity)} at {text(price)}, {where}{cuts}"
    return _order(view, plan, "LIMIT", missing, price, CHASE if is_chase(view, plan) else ENTER, reason)


def market_order(view: View, plan: EntryPlan, missing: Decimal, going: MarketEntry) -> PlaceOrder:
    """Return the order that takes what is missing from the book: MARKET, or LIMIT IOC at the zone's edge."""
    proposal, tick = view.proposal, view.instrument.tick_size
    if view.config.entry.market_type == "ioc" and proposal is not None:
        edge = floor_to(proposal.zone_max, tick) if plan.levels.side == "BUY" else ceil_to(proposal.zone_min, tick)
        quantity = _at_most(missing, view.instrument.max_qty, view)
        return _order(view, plan, "IOC", quantity, edge, TO_MARKET, going.reason)
    quantity = _at_most(missing, view.instrument.market_max_qty, view)
    return _order(view, plan, "MARKET", quantity, None, TO_MARKET, going.reason)


def _at_most(quantity: Decimal, largest: Decimal | None, view: View) -> Decimal:
    return quantity if largest is None else min(quantity, floor_to(largest, view.instrument.step_size))


def _order(
    view: View, plan: EntryPlan, how: str, quantity: Decimal, price: Decimal | None, rule: str, reason: str
) -> PlaceOrder:
    decision_id = view.decision.decision_id or ""
    return PlaceOrder(
        client_order_id=order_id(
            view.config.id_prefix, "entry", decision_id, view.next_generation("entry", decision_id)
        ),
        role="entry",
        kind="plain",
        side=plan.levels.side,
        type="MARKET" if how == "MARKET" else "LIMIT",
        quantity=quantity,
        price=price,
        time_in_force=None if how == "MARKET" else "IOC" if how == "IOC" else "GTC",
        decision_id=decision_id,
        sl=plan.levels.sl,
        tp1=plan.levels.tp1,
        tp2=plan.levels.tp2,
        intended_qty=plan.size.quantity,
        rule=rule,
        reason=reason,
    )
