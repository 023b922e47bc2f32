"""Time, as the exchange counts it."""

from typing import Protocol


class Clock(Protocol):
    """The exchange's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch (UTC), by the exchange's clock."""
        ...
