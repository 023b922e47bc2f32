"""A journal that lets others hear what is appended to it: in order, once it is in the file."""

from collections.abc import Callable, Iterator
from typing import Final

from capi.ports.journal import Event, Journal

Hear = Callable[[Event], None]
"""Takes one event. It returns at once and raises nothing: the pass waits for it."""


class HeardJournal:
    """`ports.journal.Journal` over another one."""

    def __init__(self, journal: Journal, *hearers: Hear) -> None:
        self._journal: Final = journal
        self._hearers: Final = hearers

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event, then let it be heard. Raises OSError when it cannot be appended."""
        self._journal.append(event, durable=durable)
        for hear in self._hearers:
            hear(event)

    def events(self) -> Iterator[Event]:
        """Yield every event kept so far, oldest first. Raises what the journal raises."""
        yield from self._journal.events()
