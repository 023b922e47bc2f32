"""The ledger's truth: an append-only sequence of events."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

Event = Mapping[str, Any]
"""`event` names it, `at_ms` is the exchange's time; Decimals stay Decimals here and are text in the file."""


class JournalGone(OSError):  # noqa: N818 (it says what happened)
    """The file was moved away or deleted: what is appended would be nowhere."""


class JournalError(Exception):
    """The journal does not hold what an engine wrote: where, why, and what to do, in one sentence."""


class Journal(Protocol):
    """Append and read. What `append(durable=True)` returned from survives a crash."""

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event; with `durable`, return only when it is on the disk. Raises OSError when it cannot."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield every event kept so far, oldest first. Raises OSError, and JournalError for damage."""
        ...
