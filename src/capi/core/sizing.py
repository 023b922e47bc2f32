"""How much to enter: the decision's size, cut to what the limits allow, and why.

The quantity is fixed once for the decision: when an intent or the first entry order of it exists, that quantity holds.
A loss at the stop is distance times quantity, before fees. Every cut is rounded down to the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.core.entry_levels import EntryLevels
from capi.core.units import ZERO, floor_to, percent, text
from capi.core.view import View


@dataclass(slots=True)
class Size:
    """The intended quantity of a decision's entry, in base, and what was cut from the wish."""

    quantity: Final[Decimal]
    cuts: Final[tuple[str, ...]] = ()
    fixed: Final[bool] = False  # by an earlier pass


def intended_size(view: View, levels: EntryLevels) -> Size:
    """Return the whole quantity that the current decision's entry is to reach."""
    fixed = fixed_quantity(view)
    if fixed is not None:
        return Size(fixed, fixed=True)
    proposal = view.proposal
    if proposal is None or levels.price <= 0:
        return Size(ZERO)
    wish = floor_to(proposal.position_size_usdt / levels.price, view.instrument.step_size)
    quantity = wish
    cuts: list[str] = []
    for allowed, why in _limits(view, levels, wish):
        allowed = floor_to(max(allowed, ZERO), view.instrument.step_size)
        if allowed < quantity:
            cuts.append(f"{text(quantity)} cut to {text(allowed)}: {why}")
            quantity = allowed
    return Size(quantity, tuple(cuts))


def fixed_quantity(view: View) -> Decimal | None:
    """Return the quantity that an earlier pass fixed for this decision, on today's step."""
    decision_id = view.decision.decision_id
    largest: Decimal | None = None
    for intent in view.account.intents:
        if intent.decision_id == decision_id and (largest is None or intent.quantity > largest):
            largest = intent.quantity
    if largest is None:  # what was intended holds, whatever the exchange shows of an order
        for own in view.entries:
            if own.id.decision_id == decision_id and (largest is None or own.order.quantity > largest):
                largest = own.order.quantity
    return None if largest is None else floor_to(largest, view.instrument.step_size)


def _limits(view: View, levels: EntryLevels, wish: Decimal) -> Iterator[tuple[Decimal, str]]:
    """Yield the quantities that the limits which do not hold the wish allow, each with its sentence.

    Unknown figures close gates, not sizes. Each limit is a line in equity: below what the wish needs it cuts.
    """
    maximum = view.instrument.max_qty
    if maximum is not None and wish > maximum:
        yield maximum, f"the exchange's maximum is {text(maximum)}"
    equity, day_start, risk = view.account.equity, view.account.day_start_equity, view.config.risk
    if equity is None:
        return
    distance, share = abs(levels.price - levels.sl), risk.risk_per_trade_max
    if distance > 0 and (share == 0 or _lacks(view, equity, wish * distance / share)):
        why = f"the loss at the stop may be {percent(share)} of the equity of {text(equity)} USDT"
        yield equity * share / distance, why
    if _lacks(view, equity, wish * levels.price / risk.leverage_max):
        why = f"the notional may be {risk.leverage_max} times the equity of {text(equity)} USDT"
        yield equity * risk.leverage_max / levels.price, why
    if distance > 0 and day_start is not None:
        floor = day_start * (1 - risk.daily_drawdown_max)
        if _lacks(view, equity, floor + wish * distance):
            why = f"being stopped may not take the day below its limit, {text(equity - floor)} USDT away"
            yield (equity - floor) / distance, why


def _lacks(view: View, equity: Decimal, needed: Decimal) -> bool:
    """Whether equity is below what the wish needs; where it is, the quantity moves with every cent of it."""
    if view.at_least("equity", equity, needed):
        return False
    view.pin("equity", equity)
    return True
