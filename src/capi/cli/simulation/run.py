"""One run: everything drawn from the seed, led to its calm end, judged at every step."""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

from capi.adapters.journal_file import read_events
from capi.cli.simulation.broken import Broken
from capi.cli.simulation.decisions import BAD
from capi.cli.simulation.draw import Draw, draw
from capi.cli.simulation.ended import ProcessEnded, RunOver
from capi.cli.simulation.judge import Judge
from capi.cli.simulation.judge_past import judge_past
from capi.cli.simulation.network import Answer
from capi.cli.simulation.parts import Parts
from capi.cli.simulation.process import Deadline, Process
from capi.cli.simulation.tally import Figures, Outcome, Told, Violation
from capi.cli.simulation.timeline import Timeline
from capi.cli.simulation.trouble import RequestTrouble
from capi.cli.simulation.world import World
from capi.core.actions import Level
from capi.engine.report import PassReport
from capi.ports.exchange import Request
from capi.ports.market import Quote

MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder in memory, where there is one)
OPERATIONS_PER_CRASH: Final = 300
SETTLES_MS_MAX: Final = 300_000
"""How long a trade that began in the calm may take until nothing is left to do."""
STARTED_AGAIN_MS: Final = 2000
JOURNAL_LOST_SHARE: Final = 0.08
"""Of the times that the process ends."""
DOWN_MS: Final = (200, 1000, 4000, 15_000, 40_000)
NOTHING: Final[frozenset[str]] = frozenset()


class Run:
    """One seed. `muted`: kinds of faults that are left out. `told`: hears the timeline; None: nobody does."""

    def __init__(
        self,
        drawn: Draw,
        folder: Path,
        *,
        muted: frozenset[str] = NOTHING,
        passes_max: int | None = None,
        told: Callable[[Told], None] | None = None,
    ) -> None:
        self.draw: Final = drawn
        self.figures: Final = Figures(seeds=1)
        self.quotes = 0
        self._passes_max: Final = passes_max
        self._told: Final = told
        self._muted: Final = muted
        self._dice: Final = drawn.dice("process")
        self._timeline: Final = Timeline()
        self._judge: Judge | None = None
        parts = Parts(drawn, folder, muted, self._fault, self._wrote)
        self.world: Final[World] = parts.world
        self._parts: Final = parts
        self._process: Final = Process(
            drawn, folder, parts, alert=self._alerted, passed=self._passed, is_over=self._is_over
        )
        self.judge: Final = Judge(
            parts.world,
            parts.exchange,
            drawn.config,
            parts.instrument,
            parts.writer.good,
            drawn.dice("judge"),
            interval_ms=drawn.interval_ms,
            decision=lambda: self._process.decision,
            unusable_since_ms=lambda: parts.writer.unusable_since_ms,
        )
        self._judge = self.judge
        self.judge.on_liquidation = lambda: self._fault("liquidation", "the exchange closes the position")
        parts.past.on_told = self.judge.orders.recalled
        self._lay_down_ends(muted)
        parts.world.at(drawn.calm_at_ms, self._calm)
        parts.world.on_quote.append(self._quoted)

    def _lay_down_ends(self, muted: frozenset[str]) -> None:
        """Have the process end somewhere: before or after a request, a look, a write or a sync of the journal."""
        drawn, exchange, judge = self.draw, self._parts.exchange, self.judge
        mean = round(OPERATIONS_PER_CRASH / drawn.badness) if drawn.badness else 0
        deadline = Deadline(drawn.dice("crashes"), self.world, mean=mean, until_ms=drawn.calm_at_ms, muted=muted)

        def sent(request: Request, trouble: RequestTrouble | None) -> None:
            deadline.tick()
            judge.sent(request, trouble)

        def answered(request: Request, answer: Answer) -> None:
            judge.answered(request, answer)
            deadline.tick()

        exchange.on_sent, exchange.on_answer, exchange.on_look = sent, answered, deadline.tick
        self._parts.disk.on_operation = lambda _, __: deadline.tick()

    def _calm(self) -> None:
        self._parts.disk.make_room()
        self._parts.writer.settle()
        self._tell("calm", "nothing goes wrong any more, and the price stands", is_fault=False)

    @property
    def equity(self) -> Decimal:
        """Return the account's equity at mark, USDT."""
        return self.world.exchange.equity_at(self.world.exchange.mark)

    # listening

    def _quoted(self, quote: Quote) -> None:
        self.quotes += 1

    def _fault(self, kind: str, what: str) -> None:
        self.figures.faults[kind] += 1
        if self._judge is not None:  # the market's first quotes come before it
            self._judge.went_wrong(kind)
        self._tell(kind, what, is_fault=True)

    def _wrote(self, kind: str, what: str) -> None:
        if kind in BAD:
            self.figures.faults[kind] += 1
        self._tell("decision", f"{kind}: {what}", is_fault=kind in BAD)

    def _tell(self, kind: str, what: str, *, is_fault: bool) -> None:
        if self._told is not None and self._judge is not None:
            self._told(Told(self.world.now_ms, self.world.exchange.mark, kind, what, is_fault))

    def _alerted(self, level: Level, code: str, message: str) -> None:
        if code == "pass_failed":
            self.judge.failed(message)
        if self._timeline.is_new(code, message, self.world.now_ms):
            self._tell(f"{level} {code}", message, is_fault=False)

    def _passed(self, report: PassReport) -> None:
        self.judge.passed(report)
        if self._told is not None:
            for kind, text in self._timeline.lines(report):
                self._tell(kind, text, is_fault=False)
        if self._passes_max is not None and self.judge.passes >= self._passes_max:
            raise RunOver

    # running

    def _is_over(self) -> bool:
        """Return whether the calm has lasted: a trade that began in it may take its time, but not for ever."""
        beyond_ms = self.world.now_ms - self.draw.ends_at_ms
        return beyond_ms >= 0 and (self.judge.settled.busy_passes == 0 or beyond_ms >= SETTLES_MS_MAX)

    def run(self) -> Outcome:
        """Lead it to its end, or to the first invariant that is broken."""
        violation: Violation | None = None
        try:
            self._live()
            self._judge_end()
        except Broken as broken:
            violation = Violation(broken.number, broken.at_ms, broken.sentence)
        engine = self._process.engine
        self._count()
        return Outcome(
            seed=self.draw.seed,
            figures=self.figures,
            violation=violation,
            digest=hashlib.sha256(self._process.path.read_bytes()).hexdigest()[:16],
            at_ms=self.world.now_ms,
            qty=self.judge.truth.qty,
            safe_mode=None if engine is None else engine.ledger.safe_mode,
        )

    def _live(self) -> None:
        while True:
            try:
                self._process.live()
            except ProcessEnded as ended:
                self._restart(ended.how)
            except OSError:  # a full disk: capi ends with a sentence, and whoever watches over it starts it again
                self.judge.guard.is_down = True
                self.world.pass_time(STARTED_AGAIN_MS)
                self.judge.started("disk_full")
            except Broken:
                raise
            except RunOver:
                return

    def _restart(self, how: str) -> None:
        self._fault(how, "")
        lost = self._process.die(how, self._dice)
        self.judge.ended(read_events(self._process.path), loses=lost > 0 or self._parts.disk.room is not None)
        self.world.pass_time(self._dice.choice(DOWN_MS))
        if self._dice.random() < JOURNAL_LOST_SHARE and "journal_lost" not in self._muted:
            self._fault("journal_lost", "somebody moved it away")
            self._process.lose_journal()
            self.judge.lost()
        self._parts.clock.measure()
        self.judge.started(how)
        self._tell("started", f"the engine starts again; {lost} bytes of the journal were lost", is_fault=False)

    def _judge_end(self) -> None:
        journal, engine = self._process.journal, self._process.engine
        if self._passes_max is None and journal is not None and engine is not None:
            self.judge.at_end(engine.ledger, journal.events)
            judge_past(journal.events())

    def _count(self) -> None:
        guard, figures = self.judge.guard, self.figures
        figures.passes = self.judge.passes
        figures.requests = self.judge.requests
        figures.naked_ms, figures.naked_cause = guard.worst_naked_ms, guard.worst_cause
        figures.naked_seed = self.draw.seed
        figures.kept_ms = guard.worst_kept_ms
        self._process.close()
        for event in read_events(self._process.path):
            if event["event"] == "trade_closed":
                figures.trades[event["exit_reason"]] += 1
            figures.safe_modes += event["event"] == "safe_mode"


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the decision file's reader from warning of what was drawn."""
    log = logging.getLogger("capi.adapters.decision_file")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def simulate(
    seed: int,
    *,
    muted: frozenset[str] = NOTHING,
    passes_max: int | None = None,
    told: Callable[[Told], None] | None = None,
) -> Outcome:
    """Run one seed in a folder of its own, which is gone afterwards."""
    place = MEMORY if MEMORY.is_dir() else None
    with quietly(), tempfile.TemporaryDirectory(prefix="capi-", dir=place) as folder:
        return Run(draw(seed), Path(folder), muted=muted, passes_max=passes_max, told=told).run()
