"""At which level an event of the journal is logged: the same for logs/engine.log as in the table `logs` (log_lines.py).

INFO is normal, WARNING is delays, retries and refusals, ERROR is trouble with the account or the exchange, CRITICAL is
a position that nothing explains or that nothing guards. Source: specification, section 16. A test holds the two alike.
"""

from collections.abc import Callable
from typing import Any, Final

from capi.ports.journal import Event

QUIET: Final = frozenset({"journal_opened", "beside", "equity", "pass"})
"""Events without a line: they are no news, and each pass has a line of its own."""


def level_of(event: Event) -> str:
    """Return the level's name."""
    judge = _BY_EVENT.get(event["event"])
    return "INFO" if judge is None else judge(event)


def _of_answer(event: Event) -> str:
    if event["outcome"] == "ack":
        return _of_request(event)
    return "ERROR" if event["outcome"] == "not_authorised" else "WARNING"


def _of_request(event: Event) -> str:
    return "DEBUG" if event["action"] == "arm_dead_man" else "INFO"


def _of_reconciliation(event: Event) -> str:
    if event["orphan_positions"] + event["phantom_positions"] + event["missing_sl"] > 0:
        return "ERROR"
    return "WARNING" if event["orphan_orders"] > 0 or event["warnings"] else "INFO"


def _always(level: str) -> Callable[[Event], str]:
    def judge(event: Event) -> str:
        return level

    return judge


def _of_alert(event: Event) -> Any:
    return event["level"]


def _of_decision(event: Event) -> str:
    return "INFO" if event["usable"] else "WARNING"


def _of_notification(event: Event) -> str:
    return "WARNING" if event["status"] == "failed" else "DEBUG"


_BY_EVENT: Final[dict[str, Callable[[Event], str]]] = {
    "decision": _of_decision,
    "sent": _of_request,
    "answered": _of_answer,
    "dead_man": _always("DEBUG"),
    "trade_adopted": _always("CRITICAL"),
    "naked": _always("WARNING"),
    "safe_mode": _always("CRITICAL"),
    "paused": _always("WARNING"),
    "flatten": _always("WARNING"),
    "pass_failed": _always("CRITICAL"),
    "alert": _of_alert,
    "notification": _of_notification,
    "reconciliation": _of_reconciliation,
}
