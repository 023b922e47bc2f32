"""While flat with an entry resting, have the exchange take it down if the engine dies.

The exchange's countdown cancels every plain order of the symbol, so it is off as soon as a position stands (it would
take the targets too) and never used beside foreign plain orders. It is renewed when half of it is over, and only on a
complete view: an engine that cannot see a fill cannot place its stop, and is as good as dead. An incomplete view does
not switch it off for want of an entry either; nor does an entry of unknown fate, which the countdown then takes down.
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import ArmDeadMan
from capi.core.orders import OPEN
from capi.core.situation import Situation
from capi.core.view import View

RULE: Final = "arm_dead_man"


def arm_dead_man(situation: Situation) -> Iterator[ArmDeadMan]:
    """Want the countdown armed exactly while an entry rests (or is being replaced) and nothing else would be hit."""
    view = situation.view
    seconds, until = view.config.entry.dead_man_seconds, view.account.dead_man_until_ms
    alone = seconds > 0 and view.direction is None and view.unseen_fill is None and not _foreign_rests(view)
    if alone and any(own.is_open for own in view.entries):
        if until is None or (view.past(until - seconds * 500) and (view.account.complete or view.past(until))):
            reason = f"an entry rests: cancelled unless renewed within {seconds} s"
            yield ArmDeadMan(seconds=seconds, rule=RULE, reason=reason)
    elif until is not None and not view.past(until) and not (alone and _entry_may_come(situation)):
        reason = f"no entry rests alone any more: the countdown of {seconds} s is switched off"
        yield ArmDeadMan(seconds=0, rule=RULE, reason=reason)


def _foreign_rests(view: View) -> bool:
    return any(order.kind == "plain" and order.status in OPEN for order in view.foreign)


def _entry_may_come(situation: Situation) -> bool:
    """Whether an entry may rest unseen, or the next is a look away, so that switching off and on is for nothing."""
    if not situation.view.account.complete or any(own.is_unknown for own in situation.view.entries):
        return True
    plan = situation.entry
    return plan is not None and plan.missing > 0 and not any(one.gate.cancels for one in situation.closed)
