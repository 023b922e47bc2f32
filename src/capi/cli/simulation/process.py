"""The engine's process in a run: started on what is on the disk, led by the real loop, ended at any operation."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from capi.adapters.journal_file import JOURNAL_NAME
from capi.cli.simulation.disk import SimulatedJournal
from capi.cli.simulation.draw import Draw
from capi.cli.simulation.ended import ProcessEnded, RunOver
from capi.cli.simulation.parts import Parts
from capi.cli.simulation.reader import PlacelessSource
from capi.cli.simulation.stream import SimulatedStreams
from capi.cli.simulation.world import World
from capi.core.actions import Level
from capi.core.decision import Decision, Unusable
from capi.engine.loop import Loop
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine


class SimulatedPace:
    """`engine.loop.Pace` in simulated time: waiting lets the world go on; the run is over when its time is."""

    def __init__(self, world: World, is_over: Callable[[], bool], wakes: Callable[[], bool] | None) -> None:
        self._world: Final = world
        self._wakes: Final = wakes
        self._is_over: Final = is_over

    @property
    def stopping(self) -> bool:
        """Return False: a run ends by its time."""
        return False

    def seconds(self) -> float:
        """Return the simulated time in seconds."""
        return self._world.now_ms / 1000

    def wait(self, seconds: float) -> None:
        """Let so much time go by, or less when an event arrives. Raises RunOver at the end of the run."""
        self._world.until(self._world.now_ms + max(1, round(seconds * 1000)), self._wakes)
        if self._is_over():
            raise RunOver

    def wake(self) -> None:
        """Nothing sleeps here: what calls for a pass is asked for after each wait."""


class Heard:
    """`ports.alerts.Alerts`: passes on what the operator would be told."""

    def __init__(self, told: Callable[[Level, str, str], None]) -> None:
        self._told: Final = told

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Pass it on."""
        self._told(level, code, message)


class Deadline:
    """Ends the process at an operation that was drawn: a request, an answer, a look, a write or sync of the journal."""

    def __init__(self, dice: Random, world: World, *, mean: int, until_ms: int, muted: frozenset[str]) -> None:
        self._muted: Final = muted
        self._dice: Final = dice
        self._world: Final = world
        self._mean: Final = mean
        self._until_ms: Final = until_ms
        self._left = self._draw()

    def _draw(self) -> int:
        return round(self._dice.expovariate(1 / self._mean)) + 1 if self._mean else -1

    def tick(self) -> None:
        """Count an operation; raises ProcessEnded when it was the last."""
        self._left -= 1
        if self._left != 0 or self._world.now_ms >= self._until_ms:
            return
        self._left = self._draw()
        how = "power_cut" if self._dice.random() < 0.3 else "crash"
        if how not in self._muted:
            raise ProcessEnded(how)


class Process:
    """Starts engines one after the other on one folder, and leads the one that lives."""

    def __init__(
        self,
        draw: Draw,
        folder: Path,
        parts: Parts,
        *,
        alert: Callable[[Level, str, str], None],
        passed: Callable[[PassReport], None],
        is_over: Callable[[], bool],
    ) -> None:
        self.path: Final = folder / JOURNAL_NAME
        self.journal: SimulatedJournal | None = None
        self.engine: Engine | None = None
        self._draw: Final = draw
        self._folder: Final = folder
        self._parts: Final = parts
        self._alerts: Final = Heard(alert)
        self._passed: Final = passed
        self._is_over: Final = is_over

    @property
    def decision(self) -> Decision | Unusable:
        """Return what the engine goes by."""
        return Unusable(reason="no engine runs") if self.engine is None else self.engine.received.decision

    def live(self) -> None:
        """Start, and run until the process or the run is ended: raises ProcessEnded and RunOver."""
        self.journal = journal = SimulatedJournal(self.path, self._parts.disk)
        config = self._draw.config
        self.engine = engine = Engine(
            exchange=self._parts.exchange,
            decisions=PlacelessSource(
                self._folder, config.symbol, config.id_prefix, self._parts.world, self._parts.overwriter
            ),
            journal=journal,
            alerts=self._alerts,
            clock=self._parts.clock,
            config=config,
            reconcile_ms=120_000,
            past=self._parts.past,
        )
        engine.start()
        streams = self._parts.streams
        if streams is not None:
            streams.restart()
            self._parts.exchange.on_wait = partial(self._hear, engine, streams)
        pace = SimulatedPace(self._parts.world, self._is_over, None if streams is None else lambda: streams.has_news)
        seconds = self._draw.interval_ms / 1000
        Loop(engine, pace, seconds, lambda report, _: self._passed(report), streams=streams).run()

    def _hear(self, engine: Engine, streams: SimulatedStreams) -> None:
        """Hand over what arrives while a look is being read, as the adapter does."""
        if streams.has_news:
            engine.hear(streams.drain())

    def close(self) -> None:
        """Let go of the journal."""
        journal, self.journal = self.journal, None
        if journal is not None:
            journal.abandon()

    def lose_journal(self) -> None:
        """Have somebody move the journal away while no process runs."""
        self.path.unlink()
        self._parts.disk.synced = 0
        self._parts.exchange.forget_beginning()

    def die(self, how: str, dice: Random) -> int:
        """Have the process be gone; return how many bytes of the journal a power cut took."""
        self.close()
        return self._parts.disk.power_cut(self.path, dice.random()) if how == "power_cut" else 0
