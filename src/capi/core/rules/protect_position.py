"""Keep every held position stopped, from the first filled fraction.

A *backstop* (closePosition) covers whatever the position becomes and stays until flat is confirmed. A tighter level is
a *ratchet*: a second, reduce-only stop with the position's quantity, placed before the previous one goes. So moving a
stop never opens a gap, and a refused move leaves the previous one. Where the exchange refuses a closePosition stop
because it sees no position (-4509), or because a foreign one rests (-4130), the same trigger goes by quantity.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.core.actions import Action, Alert, CancelOrder
from capi.core.errors import meaning_of
from capi.core.holding import Holding, trade_orders
from capi.core.levels import Wanted
from capi.core.orders_view import latest
from capi.core.parts import parts_of
from capi.core.situation import Situation
from capi.core.stop_orders import RULE, question, stop_order
from capi.core.stops import Stops, fired_deadline_ms, level_of
from capi.core.units import text
from capi.core.view import FLAT_SETTLES_MS, Own, View

RETRY_MOVE_MS: Final = 30_000
"""A refused move is tried again after this long: the previous stop guards meanwhile."""


def protect_position(situation: Situation) -> Iterator[Action]:
    """Want the stop that is missing, and the removal of those that a tighter one has replaced."""
    view, holding = situation.view, situation.holding
    if holding is None:
        yield from question(view)
        return
    wanted = holding.wanted
    if wanted is None:
        yield Alert(
            level="CRITICAL", code="no_stop_level", rule=RULE, reason="no price is known to derive a stop level from"
        )
        return
    yield from wanted.alerts
    yield from _missing(view, holding, wanted)
    yield from _superseded(view, holding.stops)


def _missing(view: View, holding: Holding, wanted: Wanted) -> Iterator[Action]:
    stops, level = holding.stops, wanted.level
    if stops.fired is not None and not _is_left_in_vain(view, holding, stops.fired):
        return  # it is firing, or has fired without effect: the exit's business
    if holding.explained != "nothing" and view.has_passed(holding.direction, wanted.in_force):
        return  # a stop there would be refused (-2021): the exit's business
    if stops.backstop is None and (not stops.proven or stops.ask_again):
        yield from _missing_stop_alert(view, holding)
        yield from _unsure_alert(view, holding)
        yield from _first_stop(view, holding, level)
        return
    guarded_at = stops.covering_level if stops.covering_level is not None else wanted.in_force
    if stops.is_tighter(level, guarded_at) and _may_move(view, stops):
        yield from _quantity_stop(view, holding, level, f"{wanted.why}: {text(guarded_at)} tightened to {text(level)}")


def _is_left_in_vain(view: View, holding: Holding, fired: Own) -> bool:
    """Whether a stop has fired without effect, and the exits after it have not closed the position either.

    They may be refused for as long as their service is down: until one gets through the position has a stop again.
    """
    exits = trade_orders(view.exits, holding.decision_id)
    return bool(exits) and view.past(fired_deadline_ms(view, fired)) and not _has_just_left(view, holding)


def _first_stop(view: View, holding: Holding, level: Decimal) -> Iterator[Action]:
    stops = holding.stops
    if stops.foreign_backstop is not None:
        foreign = stops.foreign_backstop.client_order_id
        if not _covered_by_quantity(stops, level):
            yield from _quantity_stop(
                view, holding, level, f"the closePosition stop {foreign} is foreign: stop at {text(level)} by quantity"
            )
        return
    if _refused_for_no_position(stops) and not _covered_by_quantity(stops, level):
        yield from _quantity_stop(
            view, holding, level, f"the exchange saw no position (-4509): stop at {text(level)} by quantity"
        )
        return
    seen = f"{holding.direction} {text(holding.size)}" + ("" if holding.visible else ", filled but not visible yet")
    reason = f"{seen} has no backstop: stop at {text(level)}"
    decision_id = holding.decision_id
    yield stop_order(view, decision_id, holding.direction, view.next_generation("sl", decision_id), level, None, reason)


def _quantity_stop(view: View, holding: Holding, level: Decimal, reason: str) -> Iterator[Action]:
    generation = view.next_generation("sl", holding.decision_id)
    quantities = list(
        parts_of(_missing_quantity(view, holding, level), view.instrument.market_max_qty, view.instrument)
    )
    if not quantities:
        reason = f"{text(holding.size)} is too small for a stop by quantity"
        yield Alert(level="WARNING", code="dust_position", rule=RULE, reason=reason)
    for number, quantity in enumerate(quantities, generation):
        yield stop_order(view, holding.decision_id, holding.direction, number, level, quantity, reason)


def _missing_quantity(view: View, holding: Holding, level: Decimal) -> Decimal:
    """The whole position's quantity; beyond the market maximum, where one stop cannot hold it, what is missing."""
    size, largest = holding.size, view.instrument.market_max_qty
    if largest is None or size <= largest:
        return size
    return size - holding.stops.quantity_at(level)


def _covered_by_quantity(stops: Stops, level: Decimal) -> bool:
    covering = stops.covering_level
    return covering is not None and not stops.is_tighter(level, covering)


def _refused_for_no_position(stops: Stops) -> bool:
    last = stops.last
    return last is not None and last.order.status == "REJECTED" and meaning_of(last.order.code) == "no_position"


def _may_move(view: View, stops: Stops) -> bool:
    """A move goes out unless the last one was refused just now; what a backstop was answered is no matter."""
    if stops.last is None or stops.last.order.status != "REJECTED" or stops.last.order.close_position:
        return True
    at = stops.last.order.updated_at_ms or stops.last.order.born_at_ms
    return at is None or view.past(at + RETRY_MOVE_MS)


def _missing_stop_alert(view: View, holding: Holding) -> Iterator[Alert]:
    """A known trade whose stop is gone; the first stop of a trade is no alert, nor the retry of a failed one."""
    if holding.explained != "trade" or _has_failed(holding.stops):
        return
    if holding.stops.covered or not view.account.complete or _has_just_left(view, holding):
        return
    yield Alert(
        level="CRITICAL",
        code="missing_stop",
        rule=RULE,
        reason=f"{holding.direction} {text(holding.size)} stood without a stop: it is restored",
    )


def _unsure_alert(view: View, holding: Holding) -> Iterator[Alert]:
    """What rests cannot be read, and a stop was refused: whether one protects the position is not known."""
    stops, last = holding.stops, holding.stops.last
    if view.account.complete or stops.covered or last is None or not stops.refused:
        return
    if meaning_of(last.order.code) == "already_guarded":
        return
    why = f"what rests cannot be read, and a stop was refused with code {last.order.code}"
    yield Alert(
        level="CRITICAL",
        code="stop_unsure",
        rule=RULE,
        reason=f"whether a stop protects {holding.direction} {text(holding.size)} is not known: {why}; tried again",
    )


def _has_failed(stops: Stops) -> bool:
    """Whether the newest stop never came to rest, and none has been taken away since."""
    last = stops.last
    if last is None or not (last.is_unknown or stops.refused):
        return False
    at = last.order.updated_at_ms or last.order.born_at_ms or 0
    return not any(
        own.order.status in ("CANCELED", "EXPIRED") and (own.order.updated_at_ms or 0) > at for own in stops.attempts
    )


def _has_just_left(view: View, holding: Holding) -> bool:
    """Whether exits filled all of it a moment ago: then it is the position that is shown late, and no stop is gone."""
    exits = [own.order for own in trade_orders(view.reducing, holding.decision_id) if own.order.filled_qty > 0]
    left_at = latest(exits)
    if left_at is None or view.past(left_at + FLAT_SETTLES_MS):
        return False
    return view.exit_filled_qty(holding.decision_id) >= holding.entered


def _superseded(view: View, stops: Stops) -> Iterator[CancelOrder]:
    """Cancel what resting stops at least as tight have replaced. An incomplete view cancels nothing."""
    if not view.account.complete or len(stops.resting) < 2:
        return
    kept = stops.by_quantity
    if kept and stops.backstop is not None and not _beats(stops, kept[-1], stops.backstop):
        kept = []  # the backstop covers all of it at a level at least as tight
    by = kept[-1] if kept else stops.backstop
    for own in stops.resting:
        if by is None or own is stops.backstop or own in kept or _beats(stops, own, by):
            continue
        yield CancelOrder(
            client_order_id=own.order.client_order_id,
            kind="algo",
            rule=RULE,
            reason=f"replaced by {by.order.client_order_id} at {text(level_of(by))}, which rests",
        )


def _beats(stops: Stops, own: Own, other: Own) -> bool:
    """Whether one stop's level is strictly tighter than another's."""
    return stops.is_tighter(level_of(own), level_of(other))
