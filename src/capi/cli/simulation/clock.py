"""The exchange's clock as the engine has it: measured now and then, and wrong by what the local clock did since.

Source: binance-usdm facts, section 1.4: a request counts when its timestamp is less than a second ahead of the
exchange, and no more than recvWindow behind. The adapter measures each minute, and anew after -1021.
"""

from typing import Final

from capi.cli.simulation.world import World

MEASURE_EVERY_MS: Final = 60_000
AHEAD_MS_MAX: Final = 1000


class DriftingClock:
    """`ports.clock.Clock`. `drift_ppm`: what the local clock gains in a million; `slip` moves it at once."""

    def __init__(self, world: World, *, drift_ppm: int = 0) -> None:
        self._world: Final = world
        self._drift_ppm: Final = drift_ppm
        self._slipped_ms = 0
        self._measured_at_ms: int | None = world.now_ms

    def now_ms(self) -> int:
        """Return what the engine takes for the exchange's time."""
        return self._world.now_ms + self.error_ms

    @property
    def error_ms(self) -> int:
        """Return by how much that is wrong."""
        measured = self._measured_at_ms
        ran_ms = 0 if measured is None else self._world.now_ms - measured
        return self._slipped_ms + ran_ms * self._drift_ppm // 1_000_000

    @property
    def is_due(self) -> bool:
        """Return whether it has to be measured."""
        measured = self._measured_at_ms
        return measured is None or self._world.now_ms - measured >= MEASURE_EVERY_MS

    def slip(self, ms: int) -> None:
        """Let the local clock stand still for a while (a machine that slept), or be moved."""
        self._slipped_ms += ms

    def mark_due(self) -> None:
        """The exchange said that our time is wrong."""
        self._measured_at_ms = None

    def measure(self, wrong_by_ms: int = 0) -> None:
        """Measure it, to within half of a round trip."""
        self._slipped_ms = wrong_by_ms
        self._measured_at_ms = self._world.now_ms

    def is_refused(self, timestamp_ms: int, recv_window_ms: int) -> bool:
        """Return whether the exchange refuses a timestamp now (-1021)."""
        now_ms = self._world.now_ms
        return timestamp_ms >= now_ms + AHEAD_MS_MAX or now_ms - timestamp_ms > recv_window_ms
