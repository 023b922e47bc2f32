"""When the rest of an entry goes to market. Source: specification, section 9; design, "Market entry"."""

from decimal import Decimal
from typing import Final, NamedTuple

from capi.core.bounds import Measure
from capi.core.decision import Decision
from capi.core.entry_plan import EntryPlan
from capi.core.units import ZERO, percent, text
from capi.core.view import Own, View

ON_ITS_WAY_MS: Final = 1000
"""An order younger than this may be one that takes from the book and is on its way: it is left alone."""


class MarketEntry(NamedTuple):
    """Whether to go to market, and the sentence; `waits` when only the book is too thin for it."""

    due: bool
    reason: str
    waits: bool = False


def market_entry(view: View, plan: EntryPlan, missing: Decimal) -> MarketEntry | None:
    """Return whether `missing` should be bought or sold at market now; None while its time has not come."""
    decision, proposal = view.decision, view.proposal
    if proposal is None or not isinstance(decision, Decision) or not plan.rested:
        return None
    if decision.confidence < view.config.entry.market_confidence or not chases_are_over(view, plan):
        return None
    touch, measure = (view.market.ask, "ask") if proposal.direction == "long" else (view.market.bid, "bid")
    if touch is None or view.spread is None:
        return None
    above = not view.at_least("ask" if measure == "ask" else "bid", touch, proposal.zone_min)
    below = view.above("ask" if measure == "ask" else "bid", touch, proposal.zone_max)
    narrow = view.config.entry.spread_max / 2
    if above or below or view.above("spread", view.spread, narrow):
        return None
    limit = view.config.entry.slippage_max
    slippage = expected_slippage(view, missing)
    if slippage is None or slippage > limit:
        shown = "unknown" if slippage is None else percent(slippage)
        return MarketEntry(
            False, f"the expected slippage of {text(missing)} is {shown}; at most {percent(limit)}", waits=True
        )
    return MarketEntry(
        True,
        f"not filled by {len(plan.rested)} so far; confidence {text(decision.confidence)}, "
        f"spread {percent(view.spread)}, expected slippage {percent(slippage)}",
    )


def chases_are_over(view: View, plan: EntryPlan) -> bool:
    """Return whether the chases are used up, or as much time has gone by as they would have taken.

    Chases are used up when the last of them has had its time, and not before all of them could have had theirs: orders
    that gates took down early use none up. A limit that went up again after all that (the book turned while going to
    market) has its own time first.
    """
    most = view.config.chase.attempts_max
    after_ms = view.terms.chase_after_ms
    first, last = plan.rested[0].order.born_at_ms, plan.rested[-1].order.born_at_ms
    time_is_over = first is not None and view.past(first + (most + 1) * after_ms)
    if plan.chases < most:
        return time_is_over and (last is None or view.past(last + ON_ITS_WAY_MS))
    all_had_theirs = first is None or view.past(first + most * after_ms)
    over = all_had_theirs and last is not None and view.past(last + after_ms)
    return over or (time_is_over and plan.chases == most)


def expected_slippage(view: View, quantity: Decimal) -> Decimal | None:
    """Return what the quantity would slip beyond the touch, as a ratio of the price; None when the book is unknown.

    The touch takes what rests there; behind it the book is taken to be as deep again for each further spread (at least
    a tick), so a quantity of k touches slips k − 1 of them at its worst. The paper exchange's book is the same.
    """
    buying = view.proposal is not None and view.proposal.direction == "long"
    price, depth = (view.market.ask, view.market.ask_qty) if buying else (view.market.bid, view.market.bid_qty)
    if price is None or depth is None or view.market.bid is None or view.market.ask is None:
        return None
    measure: Measure = "ask_qty" if buying else "bid_qty"
    if view.at_least(measure, depth, quantity):
        return ZERO
    view.pin(measure, depth)  # beyond the touch the slippage moves with all of the book
    view.pin("bid", view.market.bid)
    view.pin("ask", view.market.ask)
    if depth == 0:
        return None
    step = max(view.market.ask - view.market.bid, view.instrument.tick_size)
    return (quantity / depth - 1) * step / price


def last_attempt_was_market(orders: list[Own]) -> bool:
    """Return whether the newest entry order took from the book (MARKET, or an IOC limit that expired)."""
    if not orders:
        return False
    last = orders[-1].order
    return last.type == "MARKET" or last.status in ("EXPIRED", "EXPIRED_IN_MATCH")
