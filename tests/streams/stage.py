"""The engine, its loop and its streams on a served exchange, over real sockets and in real time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.binance.streams.line import Patience
from capi.adapters.binance.streams.streams import Streams
from capi.adapters.journal_file import FileJournal
from capi.core.config import Config
from capi.core.orders import Order
from capi.engine.loop import Loop
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.journal import Event
from capi.ports.streams import OrderTold, StreamEvent
from tests.binance.live import access_to, long_at
from tests.engine.stage import RECONCILE_MS, Decisions, ToldAlerts
from tests.serve.served import Served
from tests.worlds import CONFIG

D = Decimal
INTERVAL_SECONDS: Final = 0.2
DEADLINE_SECONDS: Final = 30.0
QUICK: Final = Patience(
    connect=5.0,
    silence=3.0,
    ping_every=0.5,
    pong=5.0,
    first_pause=0.02,
    longest_pause=0.3,
    step=0.1,
    grace=1.0,
    down=1.0,
)
"""Short, so that a test sees within seconds what takes minutes."""


class WokenPace:
    """`engine.loop.Pace` in real time: a run ends when something holds. `wake` may be called from any thread."""

    def __init__(self) -> None:
        self._woken: Final = threading.Event()
        self.ends: Callable[[], bool] = lambda: True

    @property
    def stopping(self) -> bool:
        """Return whether what the run waits for holds."""
        return self.ends()

    def seconds(self) -> float:
        """Return a monotonic time."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait, or be woken."""
        self._woken.wait(seconds)
        self._woken.clear()

    def wake(self) -> None:
        """End the wait."""
        self._woken.set()


class Streaming:
    """One engine with streams on one served exchange."""

    def __init__(
        self,
        venue: Served,
        folder: Path,
        *,
        config: Config = CONFIG,
        patience: Patience = QUICK,
        interval_seconds: float = INTERVAL_SECONDS,
        timeout_seconds: float = 20.0,
        stream_url: str | None = None,
    ) -> None:
        self.venue: Final = venue
        self.decisions: Final = Decisions()
        self.alerts: Final = ToldAlerts()
        self.journal: Final = FileJournal(folder / "journal.jsonl", durable=False)
        self.exchange: Final = BinanceExchange(
            access_to(venue, timeout_seconds=timeout_seconds, recv_window_ms=5000), "BTCUSDT"
        )
        self.exchange.measure_clock()
        self._fill_is_told: Final = threading.Event()
        self._tell: Final = self.exchange.incoming.tell
        self.exchange.incoming.tell = self._noted  # type: ignore[method-assign]
        config = replace(config, recv_window_ms=5000)
        self.engine: Final = Engine(
            exchange=self.exchange,
            decisions=self.decisions,
            journal=self.journal,
            alerts=self.alerts,
            clock=self.exchange.clock,
            config=config,
            reconcile_ms=RECONCILE_MS,
            past=self.exchange.past(config.id_prefix),
            transfers=self.exchange,
        )
        self.engine.start()
        self.pace: Final = WokenPace()
        self.heard: Final[list[StreamEvent]] = []
        self.reports: Final[list[PassReport]] = []
        self.streams: Final = Streams(
            self.exchange,
            venue.stream_url if stream_url is None else stream_url,
            "BTCUSDT",
            self._hear,
            self.pace.wake,
            last_is_needed=config.protection.trigger_by == "last",
            patience=patience,
        )
        self.loop: Final = Loop(
            self.engine, self.pace, interval_seconds, lambda report, seconds: self.reports.append(report), streams=self
        )

    def _hear(self, told: Sequence[StreamEvent]) -> bool:
        self.heard.extend(told)
        return self.engine.hear(told)

    def _noted(self, event: StreamEvent) -> None:
        self._tell(event)
        if isinstance(event, OrderTold) and event.fill is not None:
            self._fill_is_told.set()

    def drain(self) -> list[StreamEvent]:
        """Return what came in, and remember it."""
        told = self.streams.drain()
        self.heard.extend(told)
        return told

    def until(self, holds: Callable[[], bool]) -> None:
        """Run the loop until something holds."""
        deadline = time.monotonic() + DEADLINE_SECONDS

        def ends() -> bool:
            if time.monotonic() > deadline:
                raise AssertionError(f"not reached; {self.streams.status()}; {told(self.reports[-1])}")
            return holds()

        self.pace.ends = ends
        self.loop.run()

    def passes(self, count: int = 1) -> PassReport:
        """Run so many passes."""
        self.pace.ends = lambda: False
        self.loop.run(count)
        return self.reports[-1]

    def up(self) -> None:
        """Run until all streams speak."""
        self.streams.start()
        self.until(lambda: all(line["up"] for line in self.streams.status().values()))

    def entry(self, decision_id: str = "d1") -> None:
        """Have the entry of a decision rest: 0.013 at 76900."""
        self.decisions.give(long_at(self.exchange.clock.now_ms(), decision_id))
        self.until(lambda: f"capi_entry_{decision_id}" in self.resting)
        self.until(lambda: not self.reports[-1].gaps and not self.reports[-1].is_eventful)

    def fill(self) -> None:
        """Let the market take the entry."""
        self.venue.price("76890.0", "76890.1")

    def told_fill(self) -> None:
        """The same, and the user stream has told of it: before any look, which would show it as well."""
        self._fill_is_told.clear()
        self.fill()
        assert self._fill_is_told.wait(DEADLINE_SECONDS), self.streams.status()

    # the truth, and what was told

    @property
    def qty(self) -> Decimal:
        """Return the position as it is."""
        return self.venue.inside(lambda inside: inside.state.account.qty)

    @property
    def resting(self) -> dict[str, Order]:
        """Return the orders that are open on the exchange, by id."""
        orders = self.venue.inside(lambda inside: [one.order for one in inside.state.book.open_orders()])
        return {order.client_order_id: order for order in orders}

    def named(self, name: str) -> list[Event]:
        """Return the journal's events of one name."""
        return [event for event in self.journal.events() if event["event"] == name]

    def sent_ids(self, role: str) -> list[str]:
        """Return the ids of the orders that were sent in a role."""
        placed = [event for event in self.named("sent") if event["action"] == "place_order"]
        return [event["client_order_id"] for event in placed if event["role"] == role]

    def asked(self, path: str, method: str = "GET") -> int:
        """Return how often the exchange was asked for a path."""
        sent = self.venue.control("GET", "requests")["requests"]
        return sum(1 for one in sent if (one["method"], one["path"]) == (method, path))

    def end(self) -> None:
        """End as a crash would."""
        self.streams.close()
        self.exchange.close()
        self.journal.close()


def told(report: PassReport) -> str:
    """Return what a pass saw and did, for who wonders why a test waits in vain."""
    return f"{report.state}, {report.guard}, {report.gaps}, {report.failure}, {report.outcomes}"


@contextmanager
def streaming(venue: Served, folder: Path, **changes: Any) -> Iterator[Streaming]:
    """Run an engine with streams on a served exchange."""
    made = Streaming(venue, folder, **changes)
    try:
        yield made
    finally:
        made.end()
