"""The whole engine on the adapter, over real HTTP, against the served paper exchange. Time is moved, not waited for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import Access
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.journal_file import FileJournal
from capi.core.config import Config
from capi.core.decision import Decision, Proposal
from capi.core.orders import Order
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.journal import Event
from tests.engine.stage import RECONCILE_MS, Decisions, ToldAlerts
from tests.serve.served import Served
from tests.worlds import CONFIG

D = Decimal
RECV_WINDOW_MS: Final = 500
PASSES_MAX: Final = 60
NS_PER_MS: Final = 1_000_000
LONGEST_TEST_MS: Final = 2_400_000
"""By the exchange's clock."""


@dataclass
class Time:
    """The local clock of the adapter: real, and moved ahead together with the exchange's."""

    venue: Served
    ahead_ns: int = field(default=0)

    def __call__(self) -> int:
        return time.monotonic_ns() + self.ahead_ns

    def skip(self, milliseconds: int) -> None:
        """Let time pass for both."""
        self.ahead_ns += milliseconds * NS_PER_MS
        self.venue.control("POST", "advance", seconds=str(milliseconds / 1000))

    def pass_funding(self) -> None:
        """Begin after the next funding, which is midnight too, where a test would come upon it by chance."""
        due_ms = self.venue.inside(lambda inside: inside.next_funding_ms - inside.now_ms())
        if due_ms < LONGEST_TEST_MS:
            self.skip(due_ms + 1000)


def access_to(venue: Served, *, timeout_seconds: float = 2.0, recv_window_ms: int = RECV_WINDOW_MS) -> Access:
    """Return the access to a served exchange."""
    return Access(
        base_url=venue.rest_url,
        key=venue.key,
        secret=venue.secret,
        recv_window_ms=recv_window_ms,
        timeout_seconds=timeout_seconds,
    )


@contextmanager
def adapter(venue: Served, **changes: Any) -> Iterator[BinanceExchange]:
    """Run the adapter alone."""
    exchange = BinanceExchange(access_to(venue, **changes), "BTCUSDT")
    try:
        yield exchange
    finally:
        exchange.close()


def long_at(now_ms: int, decision_id: str = "d1") -> Decision:
    """Return a decision to go long just below 76915, made a moment ago."""
    return Decision(
        decision_id=decision_id,
        timestamp_ms=now_ms - 1000,
        symbol="BTCUSDT",
        proposal=Proposal(
            direction="long",
            zone_min=D(76850),
            zone_max=D(76950),
            sl=D(76000),
            tp1=D(78200),
            tp2=D(79500),
            position_size_usdt=D(1000),
            leverage=D(3),
        ),
        confidence=D("0.76"),
    )


class Live:
    """One engine on one served exchange; `begin` again is a restart."""

    def __init__(self, venue: Served, folder: Path, *, config: Config = CONFIG, timeout_seconds: float = 2.0) -> None:
        self.venue: Final = venue
        self.time: Final = Time(venue)
        self.time.pass_funding()
        self.config: Final = replace(config, recv_window_ms=RECV_WINDOW_MS)
        self.path = folder / "journal.jsonl"
        self.decisions: Final = Decisions()
        self._access: Final = access_to(venue, timeout_seconds=timeout_seconds)
        self.begin()

    def begin(self) -> None:
        """Start an engine on the journal, as a new process would."""
        self.alerts = ToldAlerts()
        self.journal = FileJournal(self.path, durable=False)
        clock = ExchangeClock(self.time)
        self.exchange = BinanceExchange(self._access, "BTCUSDT", clock=clock)
        self.exchange.measure_clock()
        self.engine = Engine(
            exchange=self.exchange,
            decisions=self.decisions,
            journal=self.journal,
            alerts=self.alerts,
            clock=clock,
            config=self.config,
            reconcile_ms=RECONCILE_MS,
            past=self.exchange.past(self.config.id_prefix),
            transfers=self.exchange,
        )
        self.engine.start()

    def end(self) -> None:
        """End the process; nothing is said."""
        self.exchange.close()
        self.journal.close()

    def decide(self, decision_id: str = "d1") -> None:
        """Put a long decision in force."""
        self.decisions.give(long_at(self.exchange.clock.now_ms(), decision_id))

    def run(self, until: Callable[[PassReport], bool], *, step_ms: int = 400) -> PassReport:
        """Run passes until something holds; a pass sees the state that the one before it left."""
        report = self.engine.run_pass()
        for _ in range(PASSES_MAX):
            if until(report):
                return report
            self.time.skip(step_ms)
            report = self.engine.run_pass()
        raise AssertionError(f"not reached in {PASSES_MAX} passes; the last one: {report}")

    def passes(self, count: int, *, step_ms: int = 400) -> list[PassReport]:
        """Run so many passes."""
        reports = []
        for _ in range(count):
            reports.append(self.engine.run_pass())
            self.time.skip(step_ms)
        return reports

    # the truth, and what was told

    @property
    def qty(self) -> Decimal:
        """Return the position as it is."""
        return self.venue.inside(lambda inside: inside.state.account.qty)

    @property
    def resting(self) -> dict[str, Order]:
        """Return the orders that are open, by id."""
        open_orders = self.venue.inside(lambda inside: [it.order for it in inside.state.book.open_orders()])
        return {order.client_order_id: order for order in open_orders}

    def named(self, name: str) -> list[Event]:
        """Return the journal's events of one name."""
        return [event for event in self.journal.events() if event["event"] == name]

    def sent_ids(self, role: str) -> list[str]:
        """Return the ids of the orders that were sent in a role."""
        placed = [event for event in self.named("sent") if event["action"] == "place_order"]
        return [event["client_order_id"] for event in placed if event["role"] == role]


@contextmanager
def live(venue: Served, folder: Path, **changes: Any) -> Iterator[Live]:
    """Run an engine on a served exchange."""
    made = Live(venue, folder, **changes)
    try:
        yield made
    finally:
        made.end()
