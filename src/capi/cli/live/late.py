"""What an earlier run recorded and could not send: what is grave and recent is sent late, the rest is counted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from capi.engine.ledger import AlertKey
from capi.engine.run_pass import Engine
from capi.ports.alerts import Context, Delivery
from capi.ports.journal import Event

if TYPE_CHECKING:
    from capi.adapters.telegram.alerts import TelegramAlerts

LATE_MS_MAX: Final = 3_600_000
"""A CRITICAL alert that an earlier run could not send is sent while it is not older than this."""
GIVEN_UP: Final = "the process ended before it was sent"

ContextOf = Callable[[str, str], Context]
"""Returns what an alert is about, from its code and its sentence."""


def tell_late(
    engine: Engine,
    telegram: "TelegramAlerts",
    untold: Mapping[AlertKey, Event],
    context_of: ContextOf,
    now_ms: int,
) -> int:
    """Send what counts of `untold`; record the rest as given up, and return how many alerts that are."""
    given_up = 0
    for (code, at_ms), event in untold.items():
        level, reason = event["level"], event["reason"]
        if not telegram.wants(level, code):
            continue
        if level == "CRITICAL" and now_ms - at_ms <= LATE_MS_MAX:
            about = replace(context_of(code, reason), source=event["rule"], recorded_at_ms=at_ms)
            telegram.send_late(level, code, reason, at_ms, about)
        else:
            given_up += 1
            engine.note_delivery(Delivery(code=code, recorded_at_ms=at_ms, status="failed", attempts=0, error=GIVEN_UP))
    return given_up
