"""Want the decision's entry: one order at a time, never more than its quantity, whatever was lost, late or partial.

Cancel and new entry never stand in one plan: a cancel can lose its race to a fill, so its fills are counted first and
the replacement comes with a later look. Source: specification, sections 7 to 9; design, "Entry" to "Market entry".
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import Action, Alert, CancelOrder, Refuse, SetLeverage, SetMarginMode
from capi.core.chase import chase_due
from capi.core.circuit import open_circuit
from capi.core.entry_orders import CHASE, TO_MARKET, limit_order, market_order, worth_an_order
from capi.core.entry_plan import EntryPlan, ended_early
from capi.core.errors import meaning_of
from capi.core.gates import Closed
from capi.core.market_entry import MarketEntry, last_attempt_was_market, market_entry
from capi.core.orders import Order
from capi.core.orders_view import was_not_open
from capi.core.situation import Situation
from capi.core.units import ZERO, text
from capi.core.view import Own, View

REPLACE: Final = "replace_entry"
SETTINGS: Final = "set_leverage"


def enter_position(situation: Situation) -> Iterator[Action]:
    """Want what the decision's entry lacks, unless a gate is closed; take down what must not rest."""
    if situation.entry_is_done():
        return
    view, plan, closed = situation.view, situation.entry, situation.closed
    for gate, reason in closed:
        yield Refuse(rule=gate.name, reason=reason)
    if situation.exit is not None:
        if not closed:
            yield Refuse(rule="position", reason=f"the position is being left: {situation.exit.reason}")
        return  # its cancels are the exit's
    cancelling = next((one for one in closed if one.gate.cancels), None) if closed else None
    if plan is None or cancelling is not None:  # without a plan `unusable` or `flat` is closed, and both cancel
        yield from _cancel_all(view, cancelling)
        return
    surplus = _surplus(view, plan)
    yield from surplus
    if surplus or (view.own_position and not plan.size.fixed):
        return
    unguarded = _unguarded(situation)
    if unguarded is not None:
        if plan.missing > 0:
            yield Refuse(rule="write_unconfirmed", reason=unguarded)
        yield from _cancel_unguarded(situation, unguarded)
        return
    if closed:
        names = {one.gate.name for one in closed}
        if "settings_unconfirmed" in names and not names & {"view_incomplete", "write_unconfirmed"}:
            yield from _settings(view, plan)
        return
    if plan.resting is not None:
        yield from _follow(view, plan, plan.resting)
    else:
        yield from _place(view, plan)


def _cancel_all(view: View, closed: Closed | None) -> Iterator[CancelOrder]:
    """Take them down; again where the exchange said that one is not open: it says so of some that rest."""
    for own in view.entries:
        if closed is not None and (own.is_open or was_not_open(own)):
            yield _cancel(own, closed.gate.name, closed.reason)


def _unguarded(situation: Situation) -> str | None:
    """Return why nothing may be added to the position that stands: its stop is not confirmed."""
    if situation.view.direction is None or situation.guard in ("guarded", "guarded_by_previous"):
        return None
    return f"the stop of the {text(situation.view.size)} that stand is not confirmed: guard {situation.guard}"


def _cancel_unguarded(situation: Situation, reason: str) -> Iterator[CancelOrder]:
    """A stop that was refused twice takes the rest of the entry down: more of it would stand naked too.

    Once is no sign: the exchange may not have seen the position yet (-4509).
    """
    holding = situation.holding
    if holding is None or situation.guard != "naked":
        return
    refused = [own for own in holding.stops.attempts if own.order.status == "REJECTED"]
    if len(refused) < 2 or meaning_of(refused[-1].order.code) == "no_position":
        return
    for own in situation.view.entries:
        if own.is_open:
            yield _cancel(own, "protect_position", reason)


def _surplus(view: View, plan: EntryPlan) -> list[CancelOrder]:
    """Entries that neither are this decision's newest nor serve it, and one that could overfill it."""
    surplus: list[CancelOrder] = []
    for own in view.entries:
        if not own.is_open:
            continue
        if own is not plan.resting:
            surplus.append(_cancel(own, REPLACE, _does_not_serve(view, plan, own.order)))
        elif plan.filled + own.order.remaining_qty > plan.size.quantity:
            whole, filled = text(plan.size.quantity), text(plan.filled)
            reason = f"{text(own.order.remaining_qty)} rests and {filled} is filled of {whole}"
            surplus.append(_cancel(own, REPLACE, reason))
    return surplus


def _does_not_serve(view: View, plan: EntryPlan, order: Order) -> str:
    intent = next((one for one in view.account.intents if one.client_order_id == order.client_order_id), None)
    stop = "unknown" if intent is None else text(intent.sl)
    price = "market" if order.price is None else text(order.price)
    leverage = "leverage unknown" if view.account.leverage is None else f"{view.account.leverage}x"
    resting = f"{order.side} {text(order.remaining_qty)} at {price}, stop {stop}, {leverage}"
    levels, quantity = plan.levels, text(plan.size.quantity)
    wanted = f"{levels.side} {quantity} at {text(levels.price)}, stop {text(levels.sl)}, {plan.terms.leverage}x"
    return f"{resting} does not serve decision {view.decision.decision_id}: {wanted}"


def _settings(view: View, plan: EntryPlan) -> Iterator[Action]:
    """Set leverage and margin mode while flat with no entry that may rest; the entry waits to read them back."""
    if view.direction is not None or any(own.may_rest for own in view.entries):
        return
    mode = view.config.risk.margin_mode
    if view.account.margin_mode != mode:
        seen = view.account.margin_mode or "unknown"
        yield SetMarginMode(margin_mode=mode, rule="set_margin_mode", reason=f"margin mode is {seen}, wanted {mode}")
    leverage, wished = plan.terms.leverage, plan.terms.leverage_wished
    if view.account.leverage != leverage:
        lowered = ""
        if wished > leverage:
            lowered = f"; the decision's {text(wished)} lowered to the cap of {view.config.risk.leverage_max}"
        reason = f"leverage is {view.account.leverage or 'unknown'}, wanted {leverage}{lowered}"
        yield SetLeverage(leverage=leverage, rule=SETTINGS, reason=reason)


def _follow(view: View, plan: EntryPlan, resting: Own) -> Iterator[Action]:
    """Leave the resting entry, chase, or go to market with what is missing of it.

    What takes from the book is on its way. The time that makes an entry go to market is the decision's own: an older
    decision's entry that serves is chased, no more.
    """
    if resting.order.type != "LIMIT":
        return
    going = market_entry(view, plan, resting.order.remaining_qty) if plan.rested else None
    if going is not None and going.due:
        yield _cancel(resting, TO_MARKET, going.reason)
        return
    if going is not None:
        yield _waits(going)
    why = chase_due(view, plan, resting.order)
    if why is not None:
        yield _cancel(resting, CHASE, why)


def _waits(going: MarketEntry) -> Alert:
    return Alert(level="WARNING", code="slippage_too_high", rule=TO_MARKET, reason=going.reason)


def _place(view: View, plan: EntryPlan) -> Iterator[Action]:
    """Place the next order for what is missing."""
    missing = plan.missing
    if not worth_an_order(view, plan, missing):
        least = f"{text(view.instrument.min_qty)} or {text(view.instrument.min_notional)} USDT"
        yield Refuse(rule="below_minimum", reason=f"the missing {text(missing)} is below the minimum of {least}")
        return
    refused = open_circuit(view, plan.orders)
    if refused is not None:
        yield Refuse(rule="circuit", reason=f"entry: {refused}")
        return
    if _took_just_now(view, plan):
        pause = text(view.config.chase.after_seconds)
        reason = f"the last order that took from the book is younger than chase.after_seconds, {pause} s"
        yield Refuse(rule=TO_MARKET, reason=reason)
        return
    going = market_entry(view, plan, missing)
    if going is not None and going.due:
        order = market_order(view, plan, missing, going)
        if worth_an_order(view, plan, order.quantity or ZERO):
            yield order
        return
    early = _taken_down_early(view, plan)
    if early is not None:
        yield Refuse(rule="circuit", reason=early)
        return
    if going is not None:
        yield _waits(going)
    order = limit_order(view, plan, missing)
    if worth_an_order(view, plan, order.quantity or ZERO):
        yield order


def _taken_down_early(view: View, plan: EntryPlan) -> str | None:
    """Return why the next limit waits: the last two did not rest for chase.after_seconds each, and it is not over yet.

    Somebody cancels them, or a gate flickers. One that is placed anew at once each time is a loop of orders (-4400).
    One that has filled was not taken down, and one taken down to go to market is followed by that order at once.
    """
    last = plan.rested[-2:]
    if len(last) < 2 or not all(own.order.status != "FILLED" and ended_early(view, own.order) for own in last):
        return None
    if view.past((last[-1].order.born_at_ms or 0) + view.terms.chase_after_ms):
        return None
    names = " and ".join(own.order.client_order_id for own in last)
    return f"entry: {names} were taken down within chase.after_seconds, {text(view.config.chase.after_seconds)} s, each"


def _took_just_now(view: View, plan: EntryPlan) -> bool:
    """Whether an order that took from the book left a part less than chase.after_seconds ago."""
    born = plan.rested[-1].order.born_at_ms if plan.rested else None
    if born is None or not last_attempt_was_market(plan.rested):
        return False
    return not view.past(born + view.terms.chase_after_ms)


def _cancel(own: Own, rule: str, reason: str) -> CancelOrder:
    order: Order = own.order
    return CancelOrder(client_order_id=order.client_order_id, kind=order.kind, rule=rule, reason=reason)
