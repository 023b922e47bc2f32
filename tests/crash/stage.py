"""One scenario's world, and an engine in it whose process can end at any single operation.

The exchange is the simulated one over its simulated network, the journal the real file on the simulated disk, the
invariants those of the simulation, checked at every request, every change of the books and every pass. The market waits
for the engine: a step begins when the one before it has come to its end on the exchange's books, however often the
process was ended meanwhile. So a trade that ends otherwise does so for the crash alone.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final, Literal, get_args

from capi.adapters.journal_file import JOURNAL_NAME, read_events
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.simulation.clock import DriftingClock
from capi.cli.simulation.disk import Disk, SimulatedJournal
from capi.cli.simulation.ended import ProcessEnded
from capi.cli.simulation.judge import Judge
from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.trouble import ScriptedTroubles
from capi.cli.simulation.world import World
from capi.core.actions import Level
from capi.core.config import Config
from capi.core.decision import Decision, Side, Unusable
from capi.core.orders import Order
from capi.engine.loop import has_traded_at_once
from capi.engine.run_pass import Engine
from capi.ports.decisions import Received
from capi.ports.exchange import Request
from capi.ports.journal import Event
from capi.ports.market import Quote
from capi.ports.streams import OrderTold, PositionTold, StreamEvent
from tests.recorded.stage import received
from tests.worlds import CONFIG, INSTRUMENT, NOW

D = Decimal
PASSES_MAX: Final = 150
"""A step that has not come to its end by then never will."""
QUIET_PASSES: Final = 5
TICK: Final = D("0.1")
Keep = Literal["all", "half", "none"]
KEPT: Final[tuple[Keep, ...]] = get_args(Keep)

Act = Callable[["Stage"], None]
Holds = Callable[["Stage"], bool]


@dataclass(frozen=True)
class Step:
    """What the world does, and what has to be so on the exchange before it goes on."""

    act: Act
    until: Holds


@dataclass(frozen=True)
class Scenario:
    """A trade's story. `down_ms`: how long the process is gone when it was ended; `meanwhile`: what happens then.

    `or_exit`: the trade may end by our exit where it would have ended by its stop. `may_forget`: no intent of ours
    vouches for the trade, so a power cut may take its record with it; on the exchange it ends as it would have.
    """

    name: str
    steps: tuple[Step, ...]
    config: Config = CONFIG
    down_ms: int = 1500
    meanwhile: Act | None = None
    or_exit: bool = False
    may_forget: bool = False
    troubles: Callable[[ScriptedTroubles], None] | None = None
    hears: bool = False
    """Whether the exchange tells of each fill by itself, before the next look."""


@dataclass(frozen=True)
class Crash:
    """Where the process ends: at which operation, and how much of what was not synced the power cut leaves.

    `keep`: "all" of it (the process ended alone), "half" of its last line, or "none".
    """

    operation: int
    keep: Keep


@dataclass(frozen=True)
class Point:
    """One operation of a process, and all that it leaves behind when it ends there."""

    operation: int
    what: str
    requests: int  # that the exchange has had
    version: int  # of its books
    step: int
    written: int  # bytes of the journal
    synced: int
    last_line: int

    def left(self, keep: Keep) -> tuple[int, ...]:
        """Return what a crash here leaves: requests carried out, books, market, and bytes of the journal."""
        kept = surviving(self.written, self.synced, self.last_line, keep)
        return self.requests, self.version, self.step, kept


def surviving(written: int, synced: int, last_line: int, keep: Keep) -> int:
    """Return how many bytes of a journal a crash leaves."""
    if keep == "all" or written == synced:
        return written
    return synced if keep == "none" else max(synced, written - last_line // 2)


@dataclass(frozen=True)
class Outcome:
    """How a run came out: each trade with side, quantity and why it ended, all that was traded, and what stands."""

    trades: list[tuple[str, ...]]
    bought: Decimal
    sold: Decimal
    resting: list[tuple[str, str]]
    safe_mode: str | None
    paused: bool


class Told:
    """`Alerts` that fails the run when a pass raised."""

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hear one alert."""
        assert code != "pass_failed", message


class Stage:
    """One run of a scenario. `crashes`: of one process after the other; none: the trade as it would have been.

    `points`: the operations of the process that lives. `ended`: how the others ended.
    """

    def __init__(self, scenario: Scenario, folder: Path, *crashes: Crash) -> None:
        self.scenario: Final = scenario
        self.config: Final = scenario.config
        self.points: list[Point] = []
        self.ended: Final[list[str]] = []
        self.wanted: Received = Received(decision=Unusable(reason="none yet"))
        self.decided: Final[dict[int, Any]] = {}  # what every decision proposes, by its timestamp
        self.pending: Act = _nothing  # a command of the operator's that an engine has yet to take
        self._crashes: Final = deque(crashes)
        self._requests = self._heard = 0
        self._step = -1
        paper = PaperConfig(leverage=3, margin_mode="isolated")
        self.books: Final = PaperExchange(INSTRUMENT, D(10000), paper, NOW)
        self.world: Final = World(self.books, iter([_quote("90850", NOW)]))
        self.clock: Final = DriftingClock(self.world)
        troubles = ScriptedTroubles()
        if scenario.troubles is not None:
            scenario.troubles(troubles)
        self.exchange: Final = FaultyExchange(self.world, self.clock, troubles)
        self.judge: Final = Judge(
            self.world, self.exchange, self.config, INSTRUMENT, self.decided, Random(1),
            interval_ms=1000, decision=self._in_force,
        )  # fmt: skip
        self._disk: Final = Disk()
        self._path: Final = folder / JOURNAL_NAME
        self._journal: SimulatedJournal | None = None
        self._engine: Engine | None = None
        self._written = self._last_line = 0  # bytes of the journal, and of what was added to it last
        self._count_operations()

    # the world

    def price(self, price: str, *, qty: str = "5") -> None:
        """Move the market: `price` is the ask, a tick above the bid; `qty` at both."""
        self.books.advance(_quote(price, self.world.now_ms, qty))
        self.world.note()

    def decide(self, decision: Decision) -> None:
        """Put a decision in force, made now."""
        at_ms = self.clock.now_ms()
        self.decided[at_ms] = decision.proposal
        self.wanted = received(replace(decision, timestamp_ms=at_ms))

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force: `ports.decisions.DecisionSource`."""
        return self.wanted

    @property
    def qty(self) -> Decimal:
        """Return the position on the exchange."""
        return self.books.account.qty

    def resting(self, *roles: str) -> list[Order]:
        """Return our open orders of these roles, as the books have them."""
        return self.judge.truth.own_open(*roles)

    @property
    def is_clean(self) -> bool:
        """Return whether the trade is over: settled in the ledger, and nothing of ours left."""
        return (
            self.qty == 0
            and self.engine.ledger.trades.open is None
            and not self.resting("entry", "sl", "tp1", "tp2", "exit")
        )

    # the process

    @property
    def engine(self) -> Engine:
        """Return the engine that lives."""
        assert self._engine is not None
        return self._engine

    @property
    def journal(self) -> SimulatedJournal:
        """Return the journal of the process that lives."""
        assert self._journal is not None
        return self._journal

    def _in_force(self) -> Decision | Unusable:
        return self.engine.received.decision

    def _start(self) -> Engine:
        """Start an engine on what is on the disk."""
        self._journal = SimulatedJournal(self._path, self._disk)
        engine = Engine(
            exchange=self.exchange,
            decisions=self,
            journal=self._journal,
            alerts=Told(),
            clock=self.clock,
            config=self.config,
            reconcile_ms=3_600_000,
        )
        engine.start()
        self._engine, self._heard = engine, self.books.last_trade_id  # what came before, nobody heard
        return engine

    def _told(self) -> list[StreamEvent]:
        """Return what the exchange has told since the last time: each fill, and the position after it."""
        told: list[StreamEvent] = []
        for fill in self.books.fills_after(self._heard):
            self._heard = fill.trade_id
            order = self.books.order(("plain", fill.client_order_id))
            assert order is not None
            told.append(OrderTold(at_ms=fill.at_ms, order=order, fill=fill))
        if told:
            seen = self.books.position
            told.append(PositionTold(at_ms=self.world.now_ms, qty=seen.qty, entry_price=seen.entry_price))
        return told

    def _count_operations(self) -> None:
        """Count every request and every answer, the beginning and end of every look, write and sync."""

        def on_sent(request: Request, trouble: Any) -> None:
            self._operation(f"before {_named(request)}")
            self.judge.sent(request, trouble)

        def on_answer(request: Request, answer: Any) -> None:
            self.judge.answered(request, answer)
            self._requests += 1
            self._operation(f"after {_named(request)}")

        self.exchange.on_sent, self.exchange.on_answer = on_sent, on_answer
        self.exchange.on_look = lambda: self._operation("look")
        self._disk.on_operation = lambda operation, moment: self._operation(f"{moment} {operation}")

    def _operation(self, what: str) -> None:
        written = self._path.stat().st_size if self._path.exists() else 0
        if written > self._written:
            self._last_line = written - self._written
        self._written = written
        point = Point(
            operation=len(self.points),
            what=what,
            requests=self._requests,
            version=self.books.version,
            step=self._step,
            written=written,
            synced=self._disk.synced,
            last_line=self._last_line,
        )
        self.points.append(point)
        if self._crashes and self._crashes[0].operation == point.operation:
            raise ProcessEnded(what)

    def _restart(self, ended: ProcessEnded) -> None:
        """Let the process be gone, with what the crash takes of its journal; then start it again."""
        point, crash = self.points[-1], self._crashes.popleft()
        self.ended.append(f"{ended.how} (operation {point.operation}; {crash.keep} kept)")
        self.points = []
        if self._journal is not None:
            self._journal.abandon()
        self._journal = self._engine = None
        kept = surviving(point.written, point.synced, point.last_line, crash.keep)
        with self._path.open("r+b") as file:
            file.truncate(kept)
        self.judge.went_wrong("crash")
        self.judge.ended(read_events(self._path), loses=kept < point.written)
        if self.scenario.meanwhile is not None:
            self.scenario.meanwhile(self)
        self.world.pass_time(self.scenario.down_ms)
        self.clock.measure()

    def close(self) -> None:
        """Close the journal of the process that lives."""
        if self._journal is not None:
            self._journal.close()

    # a run

    def run(self) -> None:
        """Lead the scenario to its end: each step, and then until the plan is quiet."""
        for index, step in enumerate(self.scenario.steps):
            self._step = index
            step.act(self)
            self._passes(step.until)
        self._passes(lambda stage: stage.judge.settled.busy_passes == 0)
        self.judge.at_end(self.engine.ledger, self.journal.events)

    def _passes(self, until: Holds) -> None:
        for _ in range(PASSES_MAX):
            try:
                engine = self._engine or self._start()
                self.pending(self)
                if self.scenario.hears:
                    engine.hear(self._told())
                    for heard in engine.take_heard():
                        self.judge.passed(heard)
                report = engine.run_pass()
                self.judge.passed(report)
                if not has_traded_at_once(report):
                    self.world.pass_time(1000)
            except ProcessEnded as ended:
                self._restart(ended)
                continue
            if until(self):
                return
        raise AssertionError(f"step {self._step} has not come to its end in {PASSES_MAX} passes: {self.state}")

    @property
    def state(self) -> str:
        """Return what is so on the exchange, for a sentence."""
        open_orders = ", ".join(order.client_order_id for order in self.books.open_orders())
        return f"position {self.qty}, open: {open_orders or 'nothing'}, decision {self.wanted.decision.decision_id}"

    def events(self, name: str) -> list[Event]:
        """Return the journal's events of one name."""
        return [event for event in self.journal.events() if event["event"] == name]

    @property
    def outcome(self) -> Outcome:
        """Return how it came out."""
        resting = sorted(
            (str(order.type), str(order.price or order.trigger_price)) for order in self.books.open_orders()
        )
        ledger = self.engine.ledger
        return Outcome(
            trades=[self._trade(event) for event in self.events("trade_closed")],
            bought=self._traded("BUY"),
            sold=self._traded("SELL"),
            resting=resting,
            safe_mode=ledger.safe_mode,
            paused=ledger.paused,
        )

    def _traded(self, side: Side) -> Decimal:
        return sum((fill.qty for fill in self.books.fills_after(0) if fill.side == side), D(0))

    def _trade(self, event: Event) -> tuple[str, ...]:
        whose = "adopted" if event["adopted"] else event["decision_id"]
        reason = event["exit_reason"]
        return whose, event["side"], event["qty"], "sl" if reason == "exit" and self.scenario.or_exit else reason


def crashes_of(stage: Stage) -> Iterator[Crash]:
    """Yield every crash of a run that leaves something else behind than another: all of them, once."""
    known = set()
    for point in stage.points:
        for keep in KEPT:
            left = point.left(keep)
            if left not in known:
                known.add(left)
                yield Crash(point.operation, keep)


def _quote(price: str, at_ms: int, qty: str = "5") -> Quote:
    ask = D(price)
    return Quote(timestamp_ms=at_ms, bid=ask - TICK, ask=ask, bid_qty=D(qty), ask_qty=D(qty))


def _named(request: Request) -> str:
    return getattr(request, "client_order_id", type(request).__name__)


def _nothing(stage: Stage) -> None:
    """Nothing waits."""
