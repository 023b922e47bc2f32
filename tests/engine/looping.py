"""The loop over a stage: real passes, simulated time."""

from collections.abc import Callable, Iterator
from typing import Final

from capi.engine.loop import Loop
from capi.engine.report import PassReport
from capi.ports.journal import Event
from tests.engine.stage import FillableJournal, Stage, quote


class StagePace:
    """`engine.loop.Pace` that moves a stage's exchange on. `prices`: one for each wait, None: as it was."""

    def __init__(self, stage: Stage, prices: Iterator[int | None]) -> None:
        self._stage: Final = stage
        self._prices: Final = prices
        self.waits: list[float] = []
        self.stopping = False

    def seconds(self) -> float:
        """Return the exchange's time."""
        return self._stage.exchange.now_ms() / 1000

    def wait(self, seconds: float) -> None:
        """Move on, to the next price when there is one; stop after the last."""
        self.waits.append(seconds)
        now = self._stage.exchange.now_ms() + round(seconds * 1000)
        try:
            price = next(self._prices)
        except StopIteration:
            self.stopping = True
            return
        if price is None:
            self._stage.exchange.tick_time(now)
        else:
            self._stage.exchange.advance(quote(price, now))


class Looping:
    """A loop on a stage's engine, with what it told."""

    def __init__(
        self, stage: Stage, prices: list[int | None], passed: Callable[[PassReport], None] | None = None
    ) -> None:
        self.stage: Final = stage
        self.reports: list[PassReport] = []
        self.pace: Final = StagePace(stage, iter(prices))
        self._passed: Final = passed
        self.loop: Final = Loop(stage.engine, self.pace, 1.0, self._keep)

    def run(self) -> None:
        """Run until the prices are over."""
        self.loop.run()

    def _keep(self, report: PassReport, seconds: float) -> None:
        self.reports.append(report)
        if self._passed is not None:
            self._passed(report)


class BuggyJournal(FillableJournal):
    """A journal with a bug: the `fails_at`-th append raises something that no disk does, before or after it wrote."""

    fails_at: int | None = None
    fails_always = False
    after = False
    appends = 0

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append, or fail."""
        self.appends += 1
        if self.fails_always or (self.appends == self.fails_at and not self.after):
            raise RuntimeError("a bug in the journal")
        super().append(event, durable=durable)
        if self.appends == self.fails_at and self.after:
            raise RuntimeError("a bug in the journal")
