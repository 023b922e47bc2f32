"""Tell the operator what the exchange has refused, and what will be done about it.

A refusal is told for as long as it is recent, once for each role and code, however many generations met it: the newest
stands for all of them. The sender folds the repetitions. Refusals that are answers in
themselves (a stop rests already, nothing is left to reduce) are not told. Source: specification, sections 15 and 20.
"""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import Alert, Role
from capi.core.errors import Reaction, meaning_of, reaction_to
from capi.core.orders import Order
from capi.core.rules.enter_safe_mode import RECENT_MS
from capi.core.situation import Situation
from capi.core.view import Own

RULE: Final = "report_refusals"
_NEXT: Final[dict[Reaction, str]] = {
    "retry": "tried again",
    "adjust": "tried once more with fresh filters",
    "give_up": "given up for a minute",
}
_ANSWERS: Final = frozenset({"already_guarded", "no_position", "reduce_only", "not_found"})


def report_refusals(situation: Situation) -> Iterator[Alert]:
    """Want the operator to know of recent refusals."""
    view = situation.view
    for own in _newest(view.refused):
        if meaning_of(own.order.code) in _ANSWERS:
            continue
        reaction = "retry" if own.id.role in ("sl", "exit") else reaction_to(own.order.code)
        at = _refused_at_ms(own)
        if reaction in _NEXT and (at is None or not view.past(at + RECENT_MS)):
            yield _told(own.order, reaction)


def _newest(refused: list[Own]) -> list[Own]:
    """Return the newest refusal of each role and code; one of unknown age counts as given just now."""
    if len(refused) < 2:
        return refused
    newest: dict[tuple[Role, int | None], Own] = {
        (own.id.role, own.order.code): own for own in sorted(refused, key=_age)
    }
    return [own for own in refused if newest[own.id.role, own.order.code] is own]


def _age(own: Own) -> tuple[bool, int, int]:
    at = _refused_at_ms(own)
    return at is None, at or 0, own.id.generation


def _refused_at_ms(own: Own) -> int | None:
    return own.order.updated_at_ms or own.order.born_at_ms


def _told(order: Order, reaction: Reaction) -> Alert:
    code = "without a code" if order.code is None else f"with code {order.code} ({meaning_of(order.code)})"
    return Alert(
        level="ERROR" if reaction == "give_up" else "WARNING",
        code="order_refused",
        rule=RULE,
        reason=f"{order.client_order_id} was refused {code}: {_NEXT[reaction]}",
    )
