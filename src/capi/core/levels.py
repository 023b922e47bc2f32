"""Where the stop should be: the tightest of what is recorded, what rests, and what has reason to tighten it.

Never looser, across restarts and with the ledger lost: the level in force is the tightest of the trade's record, its
intent and what of ours already rests. Sources tighten it in steps of at least protection.tighten_min; a level that the
price has passed is skipped with a WARNING. Source: design, "Protection: never looser"; specification, section 11.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from capi.core.actions import Alert, Level
from capi.core.decision import Direction
from capi.core.entry_levels import round_stop
from capi.core.gates_of_decision import is_fresh
from capi.core.stops import Stops, level_of
from capi.core.units import ONE, ZERO, ceil_to, floor_to, percent, text
from capi.core.view import View

RULE: Final = "tighten_stop"


class Source(NamedTuple):
    """Something that may tighten the stop: the level that it asks for, given the one in force, and the words why."""

    level: Callable[[View, Stops, Decimal], Decimal | None]
    why: Callable[[View, Decimal], str]
    alert: Level = "INFO"


@dataclass(slots=True)
class Wanted:
    """The wanted stop level; `in_force` is what held before anything tightened it."""

    level: Final[Decimal]
    in_force: Final[Decimal]
    why: Final[str]
    alerts: Final[tuple[Alert, ...]]


def wanted_stop(view: View, stops: Stops, recorded: Decimal, *, tp1_hit: bool) -> Wanted:
    """Return the wanted level of the position's stop; `recorded` is the trade's or the intent's."""
    in_force = recorded
    for own in stops.resting:
        if stops.is_tighter(level_of(own), in_force):
            in_force = level_of(own)
    level, why = in_force, "the trade's level"
    alerts: tuple[Alert, ...] = ()
    for source in _AFTER_TP1 if tp1_hit else _BEFORE_TP1:
        asked = source.level(view, stops, in_force)
        if asked is None or not stops.is_tighter(asked, level):
            continue
        if abs(asked - in_force) < in_force * view.config.protection.tighten_min:
            continue
        if view.has_passed(stops.direction, asked) is not False:
            alerts += (_skipped(view, asked, source),)
            continue
        level, why = asked, source.why(view, asked)
        if source.alert != "INFO":
            alerts += (Alert(level=source.alert, code="stop_tightened", rule=RULE, reason=why),)
    return Wanted(level, in_force, why, alerts)


def _skipped(view: View, level: Decimal, source: Source) -> Alert:
    by, price = view.config.protection.trigger_by, view.trigger_price
    why = f"the {by} price is unknown" if price is None else f"the {by} price {text(price)} has passed it"
    reason = f"not tightened to {text(level)} ({source.why(view, level)}): {why}"
    return Alert(level="WARNING", code="tighten_skipped", rule=RULE, reason=reason)


def _of_decision(view: View, stops: Stops, in_force: Decimal) -> Decimal | None:
    """The decision's stop: its own trade's (own), any later one of the same side (same_side), or none (never)."""
    proposal, trade, follow = view.proposal, view.trade, view.config.protection.follow_decision
    if proposal is None or trade is None or proposal.direction != stops.direction or follow == "never":
        return None
    if follow == "own" and view.decision.decision_id != trade.decision_id:
        return None
    return round_stop(proposal.sl, stops.direction, view.instrument.tick_size) if is_fresh(view) else None


def _why_decision(view: View, level: Decimal) -> str:
    return f"decision {view.decision.decision_id} asks for {text(level)}"


def _of_breakeven(view: View, stops: Stops, in_force: Decimal) -> Decimal | None:
    """After TP1: the entry price, both fees, and a tick, so that being stopped is no loss."""
    entry = _entry_price(view)
    if entry is None or not view.config.protection.breakeven_after_tp1:
        return None
    fees, tick = view.instrument.maker_fee + view.instrument.taker_fee, view.instrument.tick_size
    if stops.direction == "long":
        return ceil_to(entry * (ONE + fees), tick) + tick
    return floor_to(entry * (ONE - fees), tick) - tick


def _entry_price(view: View) -> Decimal | None:
    return view.account.position.entry_price or (view.trade.entry_price if view.trade is not None else None)


def _why_breakeven(view: View, level: Decimal) -> str:
    entry = text(_entry_price(view) or ZERO)
    return f"TP1 has filled: {text(level)} is break-even with fees, entered at {entry}"


def _of_volatility(view: View, stops: Stops, in_force: Decimal) -> Decimal | None:
    """Volatility fell: the stop's distance shrinks with it, not under half of R (off by default)."""
    if not view.config.protection.tighten_on_volatility:
        return None
    trade, now = view.trade, view.market.volatility
    if trade is None or trade.entry_price is None or not trade.volatility or now is None:
        return None
    if stops.backstop is None:
        return None  # R is the backstop's distance: not known while none is seen
    at_entry, entry = trade.volatility, trade.entry_price
    risk = abs(entry - level_of(stops.backstop))
    if not view.above("volatility", now, at_entry / 2):
        distance = risk / 2
    elif not view.at_least("volatility", now, at_entry):
        distance = risk * now / at_entry
        _bound_volatility_step(view, stops, now, at_entry, entry, in_force, risk)
    else:
        return None
    raw = max(entry - distance, ZERO) if stops.direction == "long" else entry + distance
    return round_stop(raw, stops.direction, view.instrument.tick_size)


def _why_volatility(view: View, level: Decimal) -> str:
    at_entry = view.trade.volatility if view.trade is not None else None
    return f"volatility fell from {percent(at_entry or ZERO)} to {percent(view.market.volatility or ZERO)}"


def _bound_volatility_step(
    view: View, stops: Stops, now: Decimal, at_entry: Decimal, entry: Decimal, in_force: Decimal, risk: Decimal
) -> None:
    """Bound volatility where the level becomes a whole step of tighten_min tighter than the one in force.

    Beyond it the level moves with volatility, and so does whether the price has passed it.
    """
    tick, step = view.instrument.tick_size, in_force * view.config.protection.tighten_min
    if stops.direction == "long":  # the loosest level on the tick that is a step tighter, and from where it is rounded
        gap = entry - max(ceil_to(in_force + step, tick), in_force + tick) + tick
    else:
        gap = min(floor_to(in_force - step, tick), in_force - tick) + tick - entry
    if risk > 0 and not view.at_least("volatility", now, at_entry * gap / risk):
        view.pin("volatility", now)


def _of_day_limit(view: View, stops: Stops, in_force: Decimal) -> Decimal | None:
    """Being stopped must not take the day below its drawdown limit; from wallet balance and entry price."""
    wallet, start, entry = view.account.wallet, view.account.day_start_equity, view.account.position.entry_price
    if wallet is None or start is None or entry is None or stops.size == ZERO:
        return None
    floor = start * (ONE - view.config.risk.daily_drawdown_max)
    loss = (entry - in_force if stops.direction == "long" else in_force - entry) * stops.size
    if view.at_least("wallet", wallet, floor + loss):
        return None  # the stop in force keeps the day above its limit
    view.pin("wallet", wallet)  # where it does not, the level moves with every cent
    room = (wallet - floor) / stops.size
    raw = entry - room if stops.direction == "long" else entry + room
    tick = view.instrument.tick_size
    return max(round_stop(max(raw, ZERO), stops.direction, tick), tick)


def _why_day_limit(view: View, level: Decimal) -> str:
    limit, start = percent(view.config.risk.daily_drawdown_max), text(view.account.day_start_equity or ZERO)
    return f"{text(level)} keeps the day's loss at {limit} of {start} USDT"


def _of_liquidation(view: View, stops: Stops, in_force: Decimal) -> Decimal | None:
    """The stop stays protection.liquidation_buffer inside the liquidation price."""
    liquidation = view.account.position.liquidation_price
    if liquidation is None or liquidation <= ZERO:
        return None
    if stops.is_tighter(liquidation, in_force):
        return before_liquidation(view, stops.direction, liquidation)
    return _inside_liquidation(view, stops.direction, liquidation)


def _why_liquidation(view: View, level: Decimal) -> str:
    liquidation = text(view.account.position.liquidation_price or ZERO)
    return f"{text(level)} is inside the liquidation price {liquidation}"


def before_liquidation(view: View, direction: Direction, liquidation: Decimal) -> Decimal:
    """Return the level inside the liquidation price; where the price has passed that, one half way between the two.

    Any is better than none, and than one that the exchange has to refuse.
    """
    level, price = _inside_liquidation(view, direction, liquidation), view.trigger_price
    if price is None or not view.has_passed(direction, level):
        return level
    view.pin(view.config.protection.trigger_by, price)
    return round_stop((liquidation + price) / 2, direction, view.instrument.tick_size)


def _inside_liquidation(view: View, direction: Direction, liquidation: Decimal) -> Decimal:
    """Return the loosest level that stays the buffer inside the liquidation price."""
    buffer, tick = view.config.protection.liquidation_buffer, view.instrument.tick_size
    raw = liquidation * (ONE + buffer if direction == "long" else ONE - buffer)
    return max(round_stop(raw, direction, tick), tick)


_BEFORE_TP1: Final = (
    Source(_of_decision, _why_decision),
    Source(_of_volatility, _why_volatility),
    Source(_of_day_limit, _why_day_limit, "WARNING"),
    Source(_of_liquidation, _why_liquidation, "CRITICAL"),
)
_AFTER_TP1: Final = (_BEFORE_TP1[0], Source(_of_breakeven, _why_breakeven), *_BEFORE_TP1[1:])
