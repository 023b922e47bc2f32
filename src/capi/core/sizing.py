"""How much to enter: the decision's size, cut to what the limits allow, and why.

The quantity is fixed once for the decision: when an intent or the first entry order of it exists, that quantity holds.
A loss at the stop is distance times quantity, before fees. Every cut is rounded down to the step.
"""

from decimal import Decimal
from typing import NamedTuple

from capi.core.entry_levels import EntryLevels
from capi.core.units import ZERO, floor_to, percent, text
from capi.core.view import View


class Size(NamedTuple):
    """The intended quantity of a decision's entry, in base, and what was cut from the wish."""

    quantity: Decimal
    cuts: tuple[str, ...] = ()
    fixed: bool = False


def intended_size(view: View, levels: EntryLevels) -> Size:
    """Return the whole quantity that the current decision's entry is to reach."""
    fixed = fixed_quantity(view)
    if fixed is not None:
        return Size(quantity=fixed, fixed=True)
    proposal = view.proposal
    if proposal is None or levels.price <= 0:
        return Size(quantity=ZERO)
    wish = floor_to(proposal.position_size_usdt / levels.price, view.instrument.step_size)
    quantity, cuts = wish, list[str]()
    for limit, why in _limits(view, levels):
        allowed = floor_to(max(limit, ZERO), view.instrument.step_size)
        if allowed < quantity:
            cuts.append(f"{text(quantity)} cut to {text(allowed)}: {why}")
            quantity = allowed
    return Size(quantity=quantity, cuts=tuple(cuts))


def fixed_quantity(view: View) -> Decimal | None:
    """Return the quantity that an earlier pass fixed for this decision, on today's step."""
    decision_id = view.decision.decision_id
    largest: Decimal | None = None
    for intent in view.account.intents:
        if intent.decision_id == decision_id and (largest is None or intent.quantity > largest):
            largest = intent.quantity
    for own in view.entries:
        if own.id.decision_id == decision_id and (largest is None or own.order.quantity > largest):
            largest = own.order.quantity
    return None if largest is None else floor_to(largest, view.instrument.step_size)


def _limits(view: View, levels: EntryLevels) -> list[tuple[Decimal, str]]:
    """Return the quantities that the limits allow, each with its sentence; unknown figures close gates, not sizes."""
    risk, equity = view.config.risk, view.account.equity
    distance = abs(levels.price - levels.sl)
    limits = list[tuple[Decimal, str]]()
    if equity is not None and distance > 0:
        limits.append(
            (
                equity * risk.risk_per_trade_max / distance,
                f"the loss at the stop may be {percent(risk.risk_per_trade_max)} of the equity of {text(equity)} USDT",
            )
        )
    if equity is not None:
        limits.append(
            (
                equity * risk.leverage_max / levels.price,
                f"the notional may be {risk.leverage_max} times the equity of {text(equity)} USDT",
            )
        )
    day_start = view.account.day_start_equity
    if equity is not None and day_start is not None and distance > 0:
        room = equity - day_start * (1 - risk.daily_drawdown_max)
        limits.append(
            (
                room / distance,
                f"being stopped may not take the day below its limit, {text(room)} USDT away",
            )
        )
    if view.instrument.max_qty is not None:
        limits.append((view.instrument.max_qty, f"the exchange's maximum is {text(view.instrument.max_qty)}"))
    return limits
