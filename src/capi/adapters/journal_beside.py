"""A journal that begins with another's events and leaves that other one alone: for runs that only look.

What the live ledger knows is read from its file, also while an engine writes it; what happens from then on goes into
a file of its own, or nowhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from capi.adapters.journal_file import FileJournal, read_events
from capi.ports.journal import Event


class JournalBeside:
    """`ports.journal.Journal` over the events of `live`; appends go to `own`, None: nowhere."""

    def __init__(self, live: Path, own: FileJournal | None) -> None:
        self._live: Final = live
        self._own: Final = own

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event to the own file. Raises OSError when it cannot."""
        if self._own is not None:
            self._own.append(event, durable=durable)

    def events(self) -> Iterator[Event]:
        """Yield the live journal's events, oldest first; none when there is no such file yet.

        Raises OSError and JournalCorrupt.
        """
        if self._live.exists():
            yield from read_events(self._live)
