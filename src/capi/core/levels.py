"""Where the stop should be: the tightest of what is recorded, what rests, and what has reason to tighten it.

Never looser, across restarts and with the ledger lost: the level in force is the tightest of the trade's record, its
intent and what of ours already rests. Candidates tighten it in steps of at least protection.tighten_min; one that the
price has passed is skipped with a WARNING. Source: design, "Protection: never looser"; specification, section 11.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from capi.core.actions import Alert, Level
from capi.core.decision import Decision, Direction
from capi.core.entry_levels import round_stop
from capi.core.gates_of_decision import FUTURE_MS_MAX, stale_at_ms
from capi.core.stops import Stops, level_of
from capi.core.units import ONE, ZERO, ceil_to, floor_to, percent, text
from capi.core.view import View

RULE: Final = "tighten_stop"


class Candidate(NamedTuple):
    """A level that something wants, and why (said only when it is needed)."""

    level: Decimal
    why: Callable[[], str]
    alert: Level = "INFO"


class Wanted(NamedTuple):
    """The wanted stop level; `in_force` is what held before anything tightened it."""

    level: Decimal
    in_force: Decimal
    why: str
    alerts: tuple[Alert, ...] = ()


def wanted_stop(view: View, stops: Stops, recorded: Decimal, *, tp1_hit: bool) -> Wanted:
    """Return the wanted level of the position's stop; `recorded` is the trade's or the intent's."""
    in_force = recorded
    for own in stops.resting:
        if stops.is_tighter(level_of(own), in_force):
            in_force = level_of(own)
    level, why = in_force, "the trade's level"
    alerts: list[Alert] = []
    step = in_force * view.config.protection.tighten_min
    for source in _SOURCES:
        candidate = None if source is _of_breakeven and not tp1_hit else source(view, stops, in_force)
        if candidate is None or not stops.is_tighter(candidate.level, level):
            continue
        if abs(candidate.level - in_force) < step:
            continue
        if view.has_passed(stops.direction, candidate.level) is not False:
            alerts.append(_skipped(view, candidate))
            continue
        level, why = candidate.level, candidate.why()
        if candidate.alert != "INFO":
            alerts.append(Alert(level=candidate.alert, code="stop_tightened", rule=RULE, reason=why))
    return Wanted(level=level, in_force=in_force, why=why, alerts=tuple(alerts))


def _skipped(view: View, candidate: Candidate) -> Alert:
    by, price = view.config.protection.trigger_by, view.trigger_price
    why = f"the {by} price is unknown" if price is None else f"the {by} price {text(price)} has passed it"
    reason = f"not tightened to {text(candidate.level)} ({candidate.why()}): {why}"
    return Alert(level="WARNING", code="tighten_skipped", rule=RULE, reason=reason)


def _of_decision(view: View, stops: Stops, in_force: Decimal) -> Candidate | None:
    """The decision's stop: its own trade's (own), any later one of the same side (same_side), or none (never)."""
    direction = stops.direction
    decision, trade, follow = view.decision, view.trade, view.config.protection.follow_decision
    if trade is None or follow == "never" or not isinstance(decision, Decision) or decision.proposal is None:
        return None
    if decision.proposal.direction != direction:
        return None
    if follow == "own" and decision.decision_id != trade.decision_id:
        return None
    if view.past(stale_at_ms(view, decision)) or not view.past(decision.timestamp_ms - FUTURE_MS_MAX):
        return None
    level = round_stop(decision.proposal.sl, direction, view.instrument.tick_size)
    return Candidate(level, lambda: f"decision {decision.decision_id} asks for {text(level)}")


def _of_breakeven(view: View, stops: Stops, in_force: Decimal) -> Candidate | None:
    """After TP1: the entry price, both fees, and a tick, so that being stopped is no loss."""
    direction = stops.direction
    if not view.config.protection.breakeven_after_tp1:
        return None
    entry = view.account.position.entry_price or (view.trade.entry_price if view.trade is not None else None)
    if entry is None:
        return None
    fees, tick = view.instrument.maker_fee + view.instrument.taker_fee, view.instrument.tick_size
    if direction == "long":
        level = ceil_to(entry * (ONE + fees), tick) + tick
    else:
        level = floor_to(entry * (ONE - fees), tick) - tick
    return Candidate(level, lambda: f"TP1 has filled: {text(level)} is break-even with fees, entered at {text(entry)}")


def _of_volatility(view: View, stops: Stops, in_force: Decimal) -> Candidate | None:
    """Volatility fell: the stop's distance shrinks with it, not under half of R (off by default)."""
    trade, now = view.trade, view.market.volatility
    if not view.config.protection.tighten_on_volatility or trade is None or trade.entry_price is None:
        return None
    at_entry, entry = trade.volatility, trade.entry_price
    if at_entry is None or at_entry == 0 or now is None:
        return None
    if stops.backstop is None:
        return None  # R is the backstop's distance: not known while none is seen
    risk = abs(entry - level_of(stops.backstop))
    if not view.above("volatility", now, at_entry / 2):
        distance = risk / 2
    elif not view.at_least("volatility", now, at_entry):
        distance = risk * now / at_entry
        _bound_volatility_step(view, stops, now, at_entry, entry, in_force, risk)
    else:
        return None
    raw = max(entry - distance, ZERO) if stops.direction == "long" else entry + distance
    level = round_stop(raw, stops.direction, view.instrument.tick_size)
    return Candidate(level, lambda: f"volatility fell from {percent(at_entry)} to {percent(now)}")


def _bound_volatility_step(
    view: View, stops: Stops, now: Decimal, at_entry: Decimal, entry: Decimal, in_force: Decimal, risk: Decimal
) -> None:
    """Bound volatility where the level becomes a whole step of tighten_min tighter than the one in force."""
    gap = entry - in_force if stops.direction == "long" else in_force - entry
    reached = gap - in_force * view.config.protection.tighten_min + view.instrument.tick_size  # rounding gives a tick
    if risk > 0:
        view.above("volatility", now, at_entry * reached / risk)


def _of_day_limit(view: View, stops: Stops, in_force: Decimal) -> Candidate | None:
    """Being stopped must not take the day below its drawdown limit; from wallet balance and entry price."""
    wallet, start, entry = view.account.wallet, view.account.day_start_equity, view.account.position.entry_price
    if wallet is None or start is None or entry is None or stops.size == 0:
        return None
    limit = view.config.risk.daily_drawdown_max
    floor = start * (ONE - limit)
    loss = (entry - in_force if stops.direction == "long" else in_force - entry) * stops.size
    if view.at_least("wallet", wallet, floor + loss):
        return None  # the stop in force keeps the day above its limit
    view.pin("wallet", wallet)  # where it does not, the level moves with every cent
    room = (wallet - floor) / stops.size
    raw = entry - room if stops.direction == "long" else entry + room
    tick = view.instrument.tick_size
    level = max(round_stop(max(raw, ZERO), stops.direction, tick), tick)
    return Candidate(
        level, lambda: f"{text(level)} keeps the day's loss at {percent(limit)} of {text(start)} USDT", "WARNING"
    )


def _of_liquidation(view: View, stops: Stops, in_force: Decimal) -> Candidate | None:
    """The stop stays protection.liquidation_buffer inside the liquidation price."""
    liquidation = view.account.position.liquidation_price
    if liquidation is None or liquidation <= 0:
        return None
    level = inside_liquidation(view, stops.direction, liquidation)
    price = view.trigger_price
    if price is not None and view.has_passed(stops.direction, level) and stops.is_tighter(liquidation, in_force):
        level = _half_way(view, stops.direction, liquidation, price)
    return Candidate(level, lambda: f"{text(level)} is inside the liquidation price {text(liquidation)}", "CRITICAL")


def _half_way(view: View, direction: Direction, liquidation: Decimal, price: Decimal) -> Decimal:
    """Return a level between liquidation and price: where the buffer's is passed, any is better than none."""
    view.pin(view.config.protection.trigger_by, price)
    return round_stop((liquidation + price) / 2, direction, view.instrument.tick_size)


def inside_liquidation(view: View, direction: Direction, liquidation: Decimal) -> Decimal:
    """Return the loosest level that stays the buffer inside the liquidation price."""
    buffer = view.config.protection.liquidation_buffer
    raw = liquidation * (ONE + buffer if direction == "long" else ONE - buffer)
    return max(round_stop(raw, direction, view.instrument.tick_size), view.instrument.tick_size)


_SOURCES: Final = (_of_decision, _of_breakeven, _of_volatility, _of_day_limit, _of_liquidation)
