"""Play a scenario: the real engine on the simulated exchange, in simulated time, on a journal and a decision file.

A pass runs each interval and at each event: a change on the exchange, its echo `paper.delay_ms` later, a new decision,
an act. The invariants of every replay are checked after each pass, and what the scenario asks for at its time. A fault
that never happened, or an act that could not be done, is a failure too: such a scenario shows nothing. Deterministic.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from capi.cli.replay.invariants import InvariantBroken, Invariants
from capi.cli.scenario.checks import judge
from capi.cli.scenario.hands import by_hand, write_decision
from capi.cli.scenario.line import Line
from capi.cli.scenario.market import exchange_of, instrument_of, quote_at
from capi.cli.scenario.model import Act, Must, Play
from capi.cli.scenario.process import Process
from capi.cli.scenario.seen import Seen
from capi.cli.scenario.story import Heard, Story, Who
from capi.core.units import ZERO, text
from capi.core.value import record
from capi.engine.report import PassReport
from capi.ports.journal import Event
from capi.settings import Settings, overlay

QUOTE_EVERY_MS: Final = 500


@record
class Held:
    """Whether one thing that was asked for held, and what was found."""

    at_ms: int
    asked: str
    held: bool
    found: str


@dataclass(slots=True)
class Played:
    """What a scenario came to. `broken`: what else went wrong, a sentence each."""

    story: Story
    seen: Seen
    held: list[Held] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def all_held(self) -> bool:
        """Return whether everything that was asked for held, and nothing else was broken."""
        return not self.broken and all(one.held for one in self.held)


class Run:
    """One scenario being played in a folder of its own."""

    def __init__(self, play: Play, folder: Path) -> None:
        """Set the stage. Raises ConfigError for a configuration that cannot be, and OSError."""
        settings = overlay(Settings(), play.config)
        config = settings.core()
        self._play: Final = play
        self._prefix: Final = config.id_prefix
        self._interval_ms: Final = int(settings.loop.interval_seconds * 1000)
        self._echo_after_ms: Final = max(settings.paper.delay_ms, 1)
        self._instrument: Final = instrument_of(play, settings)
        self._exchange: Final = exchange_of(play, settings)
        self._story: Final = Story(folder)
        self._line: Final = Line(
            self._exchange, play.faults, play.start_ms, self._prefix, lambda what: self._tell("fault", what)
        )
        self._invariants: Invariants | None = Invariants(self._exchange, config)
        self._version = -1
        self._echo_ms: int | None = None
        self._naked_since_ms: int | None = None
        self.played: Final = Played(self._story, Seen(self._exchange, config, play.start_ms))
        self._process: Final = Process(self._exchange, self._line, settings, folder, self._journalled)

    def play(self) -> Played:
        """Play to the end. Raises InputError for an act that cannot be done, or a field that is not there."""
        log, heard = logging.getLogger("capi"), Heard(lambda what: self._tell("engine", what))
        log.addHandler(heard)
        try:
            for at_ms in self._instants():
                self._until(at_ms)
                self._arrive(at_ms)
        finally:
            log.removeHandler(heard)
            self._process.end()
        self._judge(None)
        for index, times in enumerate(self._line.happened):
            if not times:
                fault = self._play.faults[index]
                self.played.broken.append(f"fault[{index}] ({fault.what} on {fault.on}) never happened")
        return self.played

    def _tell(self, who: Who, what: str) -> None:
        self._story.tell(self._exchange.now_ms(), who, what)

    def _journalled(self, event: Event) -> None:
        self.played.seen.events.append(event)
        self._story.hear(event)

    # time

    def _instants(self) -> list[int]:
        play = self._play
        times = {*range(0, play.length_ms + 1, QUOTE_EVERY_MS), *range(0, play.length_ms + 1, self._interval_ms)}
        for dated in (play.path, play.books, play.decisions, play.acts, play.musts):
            times |= {one.at_ms for one in dated if one.at_ms is not None and one.at_ms <= play.length_ms}
        return sorted(times)

    def _until(self, at_ms: int) -> None:
        """Let happen what is due before a time: orders arrive, held-up requests too, and the exchange tells of it."""
        exchange, end_ms = self._exchange, self._play.start_ms + at_ms
        while True:
            due = [due_ms for due_ms in (exchange.due_ms, self._echo_ms, self._line.due_ms) if due_ms is not None]
            due_ms = min(due)
            if due_ms >= end_ms:
                return
            exchange.tick_time(due_ms)
            self._line.deliver()
            self._watch()
            if due_ms == self._echo_ms or exchange.version != self._version:
                self._hear()

    def _arrive(self, at_ms: int) -> None:
        """Come to a planned time: the quote, the decision, what people do, the pass, the checks."""
        quote = quote_at(self._play, at_ms, self._instrument)
        self._exchange.advance(quote)
        if any(point.at_ms == at_ms for point in self._play.path):
            self._tell("market", f"best bid {text(quote.bid)}, ask {text(quote.ask)}")
        self._line.deliver()
        self._watch()
        acted = False
        for written in self._play.decisions:
            if written.at_ms == at_ms:
                write_decision(self._process.decision_file, written, self._exchange.now_ms())
                self._tell("person", written.told)
                acted = True
        for act in self._play.acts:
            if act.at_ms == at_ms:
                self._do(act)
                acted = True
        if acted or at_ms % self._interval_ms == 0:
            self._pass()
        elif self._exchange.version != self._version:
            self._hear()
        self._judge(at_ms)

    def _do(self, act: Act) -> None:
        process = self._process
        match act.do:
            case "stop":
                self._tell("person", "the process ends")
                process.end()
            case "start" | "restart":
                self._tell("person", "the process starts again")
                process.restart()
            case "restart_without_ledger":
                self._tell("person", "the process ends, its journal is lost, and it starts again")
                process.lose_ledger()
                process.begin()
            case "restart_torn":
                self._tell("person", "the process ends in the middle of a line of its journal, and starts again")
                process.tear_journal()
                process.begin()
            case "disk_full" | "disk_free":
                self._tell("fault", f"the disk is {act.do.removeprefix('disk_')}")
                process.fill_disk(full=act.do == "disk_full")
            case "pause":
                process.engine.pause("by the operator")
            case "resume":
                process.engine.resume("by the operator")
            case "flatten":
                process.engine.flatten("by the operator")
            case _:
                self._tell("person", by_hand(self._exchange, act, self._prefix))

    # passes and checks

    def _hear(self) -> None:
        """Run the pass that an event of the exchange brings forward, where events come."""
        self._echo_ms = None
        if self._play.hears_events:
            self._pass()

    def _pass(self) -> None:
        if not self._process.is_running:
            return
        exchange = self._exchange
        before = exchange.version
        report = self._process.run_pass()
        self.played.seen.ledger = self._process.ledger
        if report is None:
            self._echo_ms = None
            return
        self.played.seen.reports.append(report)
        self._story.passed(report)
        fired = before != self._version and any(order.status == "TRIGGERED" for order in report.orders)
        changed = exchange.version != before
        self._version = exchange.version
        self._echo_ms = exchange.now_ms() + self._echo_after_ms if changed or fired else None
        self._watch()
        self._check_invariants(report)

    def _check_invariants(self, report: PassReport) -> None:
        if self._invariants is None:
            return
        try:
            self._invariants.check(report)
        except InvariantBroken as broken:
            self._invariants = None  # what follows from the first says nothing
            self.played.broken.append(str(broken))
            self._tell("check", str(broken))

    def _watch(self) -> None:
        """Measure what has to be measured all the time: the largest position, and how long it stood without a stop."""
        seen, now_ms, qty = self.played.seen, self._exchange.now_ms(), self._exchange.account.qty
        self._process.past.note()
        seen.qty_max = max(seen.qty_max, abs(qty))
        if self._naked_since_ms is not None:
            seen.naked_ms_max = max(seen.naked_ms_max, now_ms - self._naked_since_ms)
        if qty == ZERO or seen.is_covered():
            self._naked_since_ms = None
        elif self._naked_since_ms is None:
            self._naked_since_ms = now_ms

    def _judge(self, at_ms: int | None) -> None:
        """Judge what is asked for at a time, or at the end."""
        for must in self._play.musts:
            if must.at_ms == at_ms:
                self._judge_one(must)

    def _judge_one(self, must: Must) -> None:
        verdict = judge(self.played.seen, must.check, must.wants)
        asked = f"{must.check} {must.told}"
        self.played.held.append(Held(self._exchange.now_ms(), asked, verdict.held, verdict.found))
        self._tell("check", f"{'held' if verdict.held else 'NOT HELD'}: {asked}: {verdict.found}")
