"""The decision that was in force, read again from the journal by the parser that read it first."""

from dataclasses import replace
from typing import Final

from capi.adapters.decision_json import read_decision
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.ports.journal import Event

_TIMES: Final = ("timestamp", "timestamp_iso")


def decision_again(event: Event, config: Config) -> Decision | Unusable:
    """Return the decision of an event. Raises ValueError when one that was usable then cannot be read now.

    The journal holds the document with its numbers as text, and what was made of it: the time that counted (the
    file's, where the document had none) and the id under which it was told apart from an equal one.
    """
    if not event["usable"]:
        return Unusable(reason=event["reason"], decision_id=event["decision_id"])
    raw = event["raw"]
    if not isinstance(raw, dict):
        raise ValueError(f"decision {event['decision_id']} was recorded without its document")
    document = {name: it for name, it in raw.items() if name not in _TIMES}
    received = read_decision(
        document,
        symbol=config.symbol,
        id_prefix=config.id_prefix,
        mtime_ms=event["timestamp_ms"],
        numbers_as_text=True,
    )
    if isinstance(received.decision, Unusable):
        raise ValueError(f"decision {event['decision_id']} was usable, and is not any more: {received.decision.reason}")
    return replace(received.decision, decision_id=event["decision_id"])
