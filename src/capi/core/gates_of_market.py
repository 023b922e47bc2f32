"""Gates that look at the market now. Prices in USDT, ratios of the price. `watch` makes the comparisons."""

from capi.core.bounds import Comparing
from capi.core.entry_plan import EntryPlan
from capi.core.units import ZERO, percent, text
from capi.core.view import View


def volatility(view: View, plan: EntryPlan | None, watch: Comparing) -> str | None:
    """Closed above entry.volatility_max, and while volatility is unknown."""
    if plan is None:
        return None
    value, limit = view.volatility, view.config.entry.volatility_max
    if value is None:
        return "volatility is unknown"
    atr = view.terms.atr
    if atr is None:
        high = watch.above("volatility", value, limit)
    elif view.mid is not None and limit > 0:
        high = not watch.at_least("mid", view.mid, atr / limit)
    else:
        high = value > limit
    return f"volatility {percent(value)} is above {percent(limit)}" if high else None


def stop_passed(view: View, plan: EntryPlan | None, watch: Comparing) -> str | None:
    """Closed when the price has already reached the proposed stop."""
    if plan is None:
        return None
    sl, by = plan.levels.sl, view.config.protection.trigger_by
    passed = view.has_passed(plan.levels.direction, sl, watch)
    if passed is None:
        return f"the {by} price is unknown"
    return f"the {by} price {text(view.trigger_price or ZERO)} has passed the stop {text(sl)}" if passed else None


def spread(view: View, plan: EntryPlan | None, watch: Comparing) -> str | None:
    """Closed above entry.spread_max, on a crossed book, and while the book is unknown."""
    if plan is None:
        return None
    value, limit = view.spread, view.config.entry.spread_max
    if value is None:
        return "bid or ask is unknown"
    if not watch.above("spread", value, ZERO):
        return f"the book is crossed: bid {text(view.market.bid or ZERO)}, ask {text(view.market.ask or ZERO)}"
    if watch.above("spread", value, limit):
        return f"the spread {percent(value)} is above {percent(limit)}"
    return None


def distance(view: View, plan: EntryPlan | None, watch: Comparing) -> str | None:
    """Closed when the middle of the book is farther than entry.distance_max (of itself) from the zone's nearer edge."""
    proposal, mid = view.proposal, view.mid
    if plan is None or proposal is None:
        return None
    if mid is None:
        return "bid or ask is unknown"
    highest = plan.terms.mid_max
    below = highest is not None and watch.above("mid", mid, highest)
    above = not watch.at_least("mid", mid, plan.terms.mid_min)
    if not (below or above):
        return None
    edge = proposal.zone_max if below else proposal.zone_min
    away = percent(abs(mid - edge) / mid)
    most = percent(view.config.entry.distance_max)
    return f"price {text(mid)} is {away} from the zone's edge {text(edge)}; at most {most}"


def wrong_side(view: View, plan: EntryPlan | None, watch: Comparing) -> str | None:
    """Closed between stop and zone: the limit at the zone's middle would be a market order."""
    proposal, mid = view.proposal, view.mid
    if plan is None or proposal is None or mid is None:
        return None
    if proposal.direction == "long":
        inside, edge = watch.at_least("mid", mid, proposal.zone_min), proposal.zone_min
    else:
        inside, edge = not watch.above("mid", mid, proposal.zone_max), proposal.zone_max
    if inside:
        return None
    return f"price {text(mid)} is between the stop {text(plan.levels.sl)} and the zone's edge {text(edge)}"
