"""The part of a journal that its last passes can be planned again from, however long it is.

What the ledger folds stays, from the beginning on, and so does every pass from the first whole view before the wanted
time on. Each other event becomes a stub with its number and time, so that numbers have no hole and a plan still finds
how far the ledger was.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from capi.cli.recorded.again import PLANNED
from capi.cli.recorded.whole import stub
from capi.core.value import record
from capi.engine.ledger import FOLDED
from capi.engine.planned import is_whole
from capi.ports.journal import Event

_KEPT: Final = FOLDED | {"journal_opened", "run_started", "run_ended"}


@record
class Part:
    """From which event on all are kept, when that one was, and how many there are. None: no pass tells its view."""

    first_seq: int | None
    begins_ms: int | None
    last_seq: int
    last_ms: int | None


def part_since(events: Iterator[Event], since_ms: int) -> Part:
    """Return the part that holds every pass since a time: from the last whole view before it, else the first one."""
    first: Event | None = None
    last_seq, last_ms = 0, None
    for event in events:
        last_seq = event["seq"]
        last_ms = event["at_ms"] if event["at_ms"] is not None else last_ms
        if event["event"] in PLANNED and (first is None or event["at_ms"] <= since_ms) and _is_told_whole(event):
            first = event
    seq, at_ms = (None, None) if first is None else (first["seq"], first["at_ms"])
    return Part(first_seq=seq, begins_ms=at_ms, last_seq=last_seq, last_ms=last_ms)


def _is_told_whole(event: Event) -> bool:
    rounds = event.get("rounds")
    return rounds is not None and len(rounds) > 0 and is_whole(rounds[0])


def excerpt(events: Iterator[Event], part: Part, left_out: Callable[[], None]) -> Iterator[dict[str, Any]]:
    """Yield the events of a part, up to its last one; `left_out` is called for each that becomes a stub."""
    for event in events:
        if event["seq"] > part.last_seq:
            return
        if event["event"] in _KEPT or (part.first_seq is not None and event["seq"] >= part.first_seq):
            yield dict(event)
        else:
            left_out()
            yield stub(event)
