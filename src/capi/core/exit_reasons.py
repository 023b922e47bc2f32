"""When a position must be left at once. Source: design, "Passed", "Naked", "Position"; specification, 11 and 15."""

from decimal import Decimal
from typing import Final, NamedTuple

from capi.core.decision import Decision
from capi.core.errors import meaning_of
from capi.core.gates_of_decision import is_fresh
from capi.core.holding import Holding, trade_orders
from capi.core.stops import Guard, fired_deadline_ms
from capi.core.units import ZERO, text
from capi.core.view import Own, View


class ExitDue(NamedTuple):
    """Why the position is left: the rule's name and its sentence."""

    rule: str
    reason: str


STOP_PASSED: Final = "stop_passed"
STOP_WITHOUT_EFFECT: Final = "stop_without_effect"
NAKED: Final = "naked"
LEAVING: Final = "exit_position"
FLATTEN: Final = "flatten"
ON_FLAT: Final = "on_flat"
ON_OPPOSITE: Final = "on_opposite"

SAID_PASSED_MS_MAX: Final = 1000
"""For how long the exchange's word that a stop would trigger at once (-2021) counts; later the stop is tried again."""


def exit_due(view: View, holding: Holding, naked: ExitDue | None) -> ExitDue | None:
    """Return the first reason to leave now, the gravest first. Of a fill not visible yet only the price can be one."""
    if not holding.visible:
        return _level_passed(view, holding)
    return (
        _fired_without_effect(view, holding)
        or _level_passed(view, holding)
        or naked
        or _operator_wants_out(view, holding)
        or _already_leaving(view, holding)
        or _decision_wants_out(view, holding)
    )


def _already_leaving(view: View, holding: Holding) -> ExitDue | None:
    """An exit that was begun goes on until flat, wherever the price is by now."""
    for own in trade_orders(view.exits, holding.decision_id) if view.exits else ():
        if own.order.status != "REJECTED" or own.order.filled_qty > 0:
            return ExitDue(LEAVING, f"{own.order.client_order_id} was sent and {text(holding.size)} still stands")
    return None


def _operator_wants_out(view: View, holding: Holding) -> ExitDue | None:
    """`capi flatten`: until flat is confirmed."""
    why = view.account.flatten
    return None if why is None else ExitDue(FLATTEN, f"the operator wants {text(holding.size)} closed: {why}")


def _level_passed(view: View, holding: Holding) -> ExitDue | None:
    """A level in force (rested, or recorded in trade or intent) that the price has passed."""
    if holding.wanted is None or holding.explained == "nothing":
        return None
    level = holding.wanted.in_force
    if not view.has_passed(holding.direction, level):
        return _exchange_says_passed(view, holding, level)
    by, price = view.config.protection.trigger_by, view.trigger_price
    return ExitDue(STOP_PASSED, f"the {by} price {text(price or ZERO)} has passed the stop level {text(level)}")


def _exchange_says_passed(view: View, holding: Holding, level: Decimal) -> ExitDue | None:
    """The exchange has just refused the stop because it would trigger at once: its price is newer than our look."""
    stops, last = holding.stops, holding.stops.last
    if last is None or not stops.refused or meaning_of(last.order.code) != "would_trigger" or stops.covered:
        return None
    refused = last.order.trigger_price
    if refused is None or stops.is_tighter(refused, level):
        return None
    at = last.order.updated_at_ms or last.order.born_at_ms
    if at is not None and view.past(at + SAID_PASSED_MS_MAX + 1):
        return None
    why = f"code {last.order.code} of {last.order.client_order_id}"
    return ExitDue(STOP_PASSED, f"the exchange says that the price has passed the stop level {text(refused)} ({why})")


def _fired_without_effect(view: View, holding: Holding) -> ExitDue | None:
    """A stop that triggered more than a second ago while the position still stands."""
    fired = holding.stops.fired
    if fired is None or not view.past(fired_deadline_ms(view, fired)):
        return None
    return ExitDue(
        STOP_WITHOUT_EFFECT,
        f"{fired.order.client_order_id} has triggered and {text(holding.size)} still stands",
    )


def naked_too_long(view: View, holding: Holding, guard: Guard) -> ExitDue | None:
    """No stop for naked_seconds_max although one was tried in that time, judged past the attempt's deadline.

    What was tried before a downtime or a silence says nothing: after it the stop is tried first.
    """
    since, limit = view.account.naked_since_ms, view.config.protection.naked_seconds_max
    if since is None or guard not in ("naked", "unknown"):
        return None
    tried_since = max(since, view.account.acts_since_ms or 0)
    failed = [own for own in holding.stops.attempts if _has_failed(view, own, tried_since)]
    if not failed or not view.past(since + int(limit * 1000)):
        return None
    attempt = failed[-1]
    naked_ms = view.account.now_ms - since
    fate = attempt.order.status.lower() if attempt.order.code is None else f"code {attempt.order.code}"
    return ExitDue(
        NAKED, f"naked for {naked_ms} ms (at most {text(limit)} s); {attempt.order.client_order_id} failed: {fate}"
    )


def _has_failed(view: View, attempt: Own, since_ms: int) -> bool:
    """Whether a stop tried since then was refused, has vanished, or is without an answer past its deadline.

    A refusal of unknown age counts as recent. What proves that a stop rests (-4130) is no failure.
    """
    order = attempt.order
    sent = order.created_at_ms if order.created_at_ms is not None else order.sent_at_ms
    if order.status == "REJECTED":
        at = order.born_at_ms
        return meaning_of(order.code) != "already_guarded" and (at is None or at >= since_ms)
    if sent is None or sent < since_ms:
        return False
    if attempt.is_unknown:
        return view.past(sent + view.config.recv_window_ms + 1)
    return order.status in ("CANCELED", "EXPIRED")


def _decision_wants_out(view: View, holding: Holding) -> ExitDue | None:
    """A fresh flat or opposite decision, where the configuration lets it close."""
    decision, protection = view.decision, view.config.protection
    if not isinstance(decision, Decision):
        return None
    if protection.on_flat == "hold" and protection.on_opposite == "hold":
        return None
    flat = decision.proposal is None
    opposite = decision.proposal is not None and decision.proposal.direction != holding.direction
    if not (flat and protection.on_flat == "close") and not (opposite and protection.on_opposite == "close"):
        return None
    if not is_fresh(view):
        return None
    if flat:
        return ExitDue(ON_FLAT, f"decision {decision.decision_id} is flat and protection.on_flat is close")
    return ExitDue(ON_OPPOSITE, f"decision {decision.decision_id} is opposite and protection.on_opposite is close")
