"""A journal with all that its ledger was folded from: one that was begun beside another needs that one's events too."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from capi.adapters.journal_beside import BESIDE
from capi.adapters.journal_file import read_events
from capi.cli.recorded.again import PLANNED
from capi.ports.journal import Event

LEFT_OUT: Final = "left_out"
"""Stands where an event was that nothing needs."""


class JournalGone(Exception):  # noqa: N818 (it says what became of it)
    """The journal beside which another was begun is not there as it was: one sentence."""


def whole_journal(path: Path) -> Iterator[Event]:
    """Yield a journal's events; before them those that it was begun beside, without their plans, numbered through.

    Raises OSError, JournalCorrupt and JournalGone.
    """
    events = read_events(path)
    first = list(islice(events, 2))
    if len(first) < 2 or first[1]["event"] != BESIDE:
        yield from chain(first, events)
        return
    for seq, event in enumerate(chain(_before(path, first[1]), first, events), start=1):
        yield {**event, "seq": seq}


def _before(path: Path, beside: Event) -> Iterator[Event]:
    live, count = Path(beside["journal"]), 0
    if beside["events"] == 0:
        return
    try:
        for event in islice(read_events(live), beside["events"]):
            count += 1
            yield stub(event) if event["event"] in PLANNED else event
    except FileNotFoundError:
        pass
    if count < beside["events"]:
        raise JournalGone(f"{path}: it was begun beside {live}, which is not there as it was: put that one back")


def stub(event: Event) -> dict[str, object]:
    """Return what stands in an event's place when it is left out."""
    return {"seq": event["seq"], "event": LEFT_OUT, "at_ms": event["at_ms"]}
