"""The exchange's clock, kept as an offset from a local clock that no one sets.

The offset is that of the quickest of a few samples of GET /fapi/v1/time: server time against the middle of the round
trip, so its error is at most half of that round trip. Before the first sample the system's own clock is all there is.
"""

import time
from collections.abc import Callable
from typing import Final

from returns.pipeline import is_successful
from returns.result import Result, Success

from capi.core.errors import ExchangeError

NS_PER_MS: Final = 1_000_000
AGE_MS_MAX: Final = 60_000
"""After this long the offset is measured again: local clocks drift."""


class ExchangeClock:
    """`ports.clock.Clock`. May be asked from any thread; `measure` runs in one thread at a time."""

    def __init__(self, local_ns: Callable[[], int] = time.monotonic_ns, wall_ms: int | None = None) -> None:
        """Start on the system's clock (`wall_ms`: what it shows, UTC milliseconds)."""
        self._local_ns: Final = local_ns
        shown = time.time_ns() // NS_PER_MS if wall_ms is None else wall_ms
        self._offset_ns = shown * NS_PER_MS - local_ns()
        self._measured_at_ns: int | None = None

    def now_ms(self) -> int:
        """Return the exchange's time, UTC milliseconds."""
        return (self._local_ns() + self._offset_ns) // NS_PER_MS

    @property
    def is_due(self) -> bool:
        """Return whether it is time to measure (again)."""
        at_ns = self._measured_at_ns
        return at_ns is None or self._local_ns() - at_ns >= AGE_MS_MAX * NS_PER_MS

    @property
    def is_unknown(self) -> bool:
        """Return whether nothing can be signed before it is measured."""
        return self._measured_at_ns is None

    def mark_due(self) -> None:
        """Ask for a new measurement: the exchange said that our time is wrong."""
        self._measured_at_ns = None

    def measure(self, server_ms: Callable[[], Result[int, ExchangeError]], samples: int) -> Result[int, ExchangeError]:
        """Ask for the server's time `samples` times and keep the quickest answer's offset; return its round trip, ms.

        The first error ends it, and is returned when no sample came before it.
        """
        best: tuple[int, int] | None = None
        for _ in range(samples):
            sent_ns = self._local_ns()
            answer = server_ms()
            received_ns = self._local_ns()
            if not is_successful(answer):
                if best is None:
                    return Result.from_failure(answer.failure())
                break
            offset_ns = answer.unwrap() * NS_PER_MS - (sent_ns + received_ns) // 2
            best = min(best or (received_ns - sent_ns, offset_ns), (received_ns - sent_ns, offset_ns))
        if best is None:
            raise ValueError("at least one sample is needed")
        round_trip_ns, self._offset_ns = best
        self._measured_at_ns = self._local_ns()
        return Success(round_trip_ns // NS_PER_MS)
