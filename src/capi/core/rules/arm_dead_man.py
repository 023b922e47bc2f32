"""While flat with an entry resting, have the exchange take it down if the engine dies.

The exchange's countdown cancels every plain order of the symbol, so it is off as soon as a position stands (it would
take the targets too) and never used beside foreign plain orders. It is renewed when half of it is over.
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import ArmDeadMan
from capi.core.orders import OPEN
from capi.core.situation import Situation
from capi.core.view import View

RULE: Final = "arm_dead_man"


def arm_dead_man(situation: Situation) -> Iterator[ArmDeadMan]:
    """Want the countdown armed exactly while an entry rests and nothing else would be hit."""
    view = situation.view
    seconds, until = view.config.entry.dead_man_seconds, view.account.dead_man_until_ms
    armed = until is not None and not view.past(until)
    wanted = seconds > 0 and view.qty == 0 and _entry_rests_alone(view) and view.unseen_fill is None
    if wanted and (until is None or view.past(until - seconds * 500)):
        yield ArmDeadMan(
            seconds=seconds, rule=RULE, reason=f"an entry rests: cancelled unless renewed within {seconds} s"
        )
    elif armed and not wanted:
        yield ArmDeadMan(seconds=0, rule=RULE, reason="no entry rests alone any more: the countdown is switched off")


def _entry_rests_alone(view: View) -> bool:
    """Whether an entry of ours rests and no foreign plain order does."""
    if not any(own.is_open for own in view.entries):
        return False
    return not any(order.kind == "plain" and order.status in OPEN for order in view.foreign)
