"""Three identical refusals of an entry or a target open a circuit for that request: it is probed once a minute.

What a refusal's meaning lets the next pass do (`errors.REACTIONS`) sets how many are tried before: a retryable one
three, one to adjust a second time with fresh filters, one to give up none. Stops and exits have no circuit.
"""

from typing import Final

from capi.core.errors import Reaction, meaning_of, reaction_to
from capi.core.view import Own, View

PROBE_MS: Final = 60_000
TRIES: Final[dict[Reaction, int]] = {"retry": 3, "resolve": 3, "adjust": 2, "give_up": 1, "safe_mode": 1, "done": 3}


def open_circuit(view: View, orders: list[Own]) -> str | None:
    """Return why a request is not sent now, given its orders so far (oldest generation first); None when it may be."""
    if not orders or orders[-1].order.status != "REJECTED":
        return None
    last = orders[-1].order
    refused = 0
    for own in reversed(orders):
        if own.order.status != "REJECTED" or own.order.code != last.code:
            break
        refused += 1
    if refused < TRIES[reaction_to(last.code)]:
        return None
    at = last.updated_at_ms or last.sent_at_ms or last.created_at_ms
    if at is not None and view.past(at + PROBE_MS):
        return None
    code = "without a code" if last.code is None else f"with code {last.code} ({meaning_of(last.code)})"
    return f"refused {refused} times {code}; tried again after {PROBE_MS // 1000} s"
