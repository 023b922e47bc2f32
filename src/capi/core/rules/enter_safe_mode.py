"""Enter safe mode on a hard error: no entries until the operator resumes; guarding goes on.

Source: specification, section 15 ("Hard errors"); exchange facts, section 5 (class H).
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import Action, Alert, EnterSafeMode
from capi.core.errors import meaning_of, reaction_to
from capi.core.situation import Situation
from capi.core.view import View

RULE: Final = "enter_safe_mode"
RECENT_MS: Final = 60_000
"""A hard refusal counts for this long: after a resume an old one does not count again."""


def enter_safe_mode(situation: Situation) -> Iterator[Action]:
    """Want safe mode when a stop could not be placed, or the exchange gave a fatal answer."""
    view = situation.view
    if view.account.safe_mode is not None:
        return
    why = _why(situation)
    if why is not None:
        yield EnterSafeMode(rule=RULE, reason=why)
        yield Alert(level="CRITICAL", code="safe_mode", rule=RULE, reason=why)


def _why(situation: Situation) -> str | None:
    if not situation.view.account.position_readable:
        return "the position cannot be read"
    if situation.naked is not None:
        return f"the stop cannot be placed: {situation.naked.reason}"
    holding = situation.holding
    if holding is not None and holding.wanted is None:
        return "a position stands and no price is known to derive a stop level from"
    return _fatal_answer(situation.view)


def _fatal_answer(view: View) -> str | None:
    for own in view.refused:
        order = own.order
        if reaction_to(order.code) != "safe_mode":
            continue
        at = order.updated_at_ms or order.born_at_ms
        if at is None or not view.past(at + RECENT_MS):
            return f"{order.client_order_id} was refused with code {order.code} ({meaning_of(order.code)})"
    return None
