"""The exchange's time: this machine's clock, and whatever a test has moved it ahead by."""

import time


class WallClock:
    """`ports.clock.Clock` in real time; it can be moved ahead, never back."""

    def __init__(self) -> None:
        """Start at the machine's time."""
        self.ahead_ms = 0

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch (UTC)."""
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def move_ahead(self, milliseconds: int) -> None:
        """Let time jump forward."""
        self.ahead_ms += milliseconds
