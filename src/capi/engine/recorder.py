"""The way into journal and ledger: one call keeps both in step, and a failing disk holds nothing up but entries.

The ledger folds an event at once. What the journal could not take is kept here in order and tried again before the next
event, so that the file never has a hole: once it can be written again, folding it gives the live state. Only an intent
is different: it has to be on the disk before it counts, or there is no entry.
"""

from collections import deque
from typing import Final

from capi.engine.ledger import Ledger
from capi.ports.journal import Event, Journal


class Recorder:
    """Records events, in the order in which they happened."""

    def __init__(self, journal: Journal, ledger: Ledger) -> None:
        self.ledger: Final = ledger
        self._failure: OSError | None = None
        self._journal: Final = journal
        self._backlog: deque[Event] = deque()
        self.count = 0  # events folded since the start: the journal has them in this order

    def record(self, event: Event) -> None:
        """Fold an event and append it, or keep it until it can be appended."""
        self.ledger.apply(event)
        self.count += 1
        if self._backlog:
            self._backlog.append(event)
            self._write_backlog()
            return
        try:
            self._journal.append(event)
        except OSError as error:
            self._failure = error
            self._backlog.append(event)

    def fold(self, event: Event) -> None:
        """Fold an event now, and append it later, in order: by `write`, or with the next one. For what cannot wait."""
        self.ledger.apply(event)
        self.count += 1
        self._backlog.append(event)

    def write(self) -> None:
        """Append what was only folded, or keep it until it can be appended."""
        self._write_backlog()

    def record_ahead(self, event: Event) -> bool:
        """Append an event durably and only then fold it; False, and nothing happened, when it cannot be."""
        self._write_backlog()
        if self._backlog:
            return False
        try:
            self._journal.append(event, durable=True)
        except OSError as error:
            self._failure = error
            return False
        self.ledger.apply(event)
        self.count += 1
        return True

    @property
    def is_behind(self) -> bool:
        """Return whether something that happened could not be written yet: a restart would not know of it."""
        return bool(self._backlog)

    def catch_up(self) -> OSError | None:
        """Try again what could not be appended; return why something could not since the last call, or None."""
        self._write_backlog()
        failure, self._failure = self._failure, None
        return failure

    def _write_backlog(self) -> None:
        try:
            while self._backlog:
                self._journal.append(self._backlog[0])
                self._backlog.popleft()
        except OSError as error:
            self._failure = error
