"""A journal that begins with another's events and leaves that other one alone: for runs that only look.

What the live ledger knows is read from its file, also while an engine writes it; what happens from then on goes into
a file of its own, or nowhere. The own file says first whose events, and how many of them, come before its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from capi.adapters.journal_file import FileJournal, read_events
from capi.ports.journal import Event

BESIDE: Final = "beside"
"""The event that names the journal whose first `events` come before."""


class JournalBeside:
    """`ports.journal.Journal` over the events of `live`; appends go to `own`, None: nowhere."""

    def __init__(self, live: Path, own: FileJournal | None) -> None:
        self._live: Final = live
        self._own: Final = own
        self._before = 0
        self._is_begun = False

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event to the own file. Raises OSError when it cannot."""
        if self._own is None:
            return
        if not self._is_begun:
            beside = {"event": BESIDE, "at_ms": None, "journal": str(self._live.absolute()), "events": self._before}
            self._own.append(beside)
            self._is_begun = True
        self._own.append(event, durable=durable)

    def events(self) -> Iterator[Event]:
        """Yield the live journal's events, oldest first; none when there is no such file yet.

        Raises OSError and JournalCorrupt.
        """
        if self._live.exists():
            for event in read_events(self._live):
                self._before = event["seq"]
                yield event
