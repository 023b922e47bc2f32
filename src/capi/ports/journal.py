"""The ledger's truth: an append-only sequence of events."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

Event = Mapping[str, Any]
"""`event` names it, `at_ms` is the exchange's time; Decimals stay Decimals here and are text in the file."""


class Journal(Protocol):
    """Append and read. What `append(durable=True)` returned from survives a crash."""

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event; with `durable`, return only when it is on the disk. Raises OSError when it cannot."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield every event kept so far, oldest first."""
        ...
