"""`capi run` as it is wired, on an exchange that is served by a process of its own and lies 10 ms away.

Times are taken in this process: when the first bytes of a message had been read from the stream's socket, and when a
request's had been written to its own. What lies between is our own time: the network and the exchange are not in it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpcore
import websocket

from benchmarks.processes import ENTRY_POINT, environment
from capi import bootstrap
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.decision_watch import Watch
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal
from capi.engine.loop import Loop
from capi.engine.report import PassReport
from capi.settings import load_settings

AWAY_MS: Final = 10
SECRETS: Final = {"CAPI_EXCHANGE__API_KEY": "paper", "CAPI_EXCHANGE__API_SECRET": "paper"}
_CHECKS: Final = ("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok", "no_major_news")
_CAPI_TOML: Final = """\
decision_file = "decision.json"
[exchange]
rest_url = "{rest}"
stream_url = "{streams}"
recv_window_ms = 5000
timeout_seconds = 20
[risk]
trades_per_day_max = 0
"""
Handed = deque[tuple[str, float]]
"""What was written to a socket, and when: "POST /path"."""


@dataclass(slots=True)
class Wire:
    """When things passed the sockets of this process; seconds of `time.perf_counter`."""

    handed: Handed = field(default_factory=lambda: deque(maxlen=10_000))
    heard: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))  # of the user stream's fills, first bytes
    _begun: threading.local = field(default_factory=threading.local)

    def first(self, request: str, since: float) -> float | None:
        """Return when a request was first handed to a socket after a time."""
        return next((at for name, at in self.handed if name == request and at >= since), None)

    def heard_first(self, since: float) -> float | None:
        """Return when the user stream first told of a fill after a time."""
        return next((at for at in self.heard if at >= since), None)

    @contextmanager
    def tapped(self) -> Iterator[None]:
        """Take the times as long as this lasts."""
        from capi.adapters.binance.streams.user import UserStream

        recv, write, hear = websocket._core.recv, httpcore._backends.sync.SyncStream.write, UserStream.hear

        def timed_recv(*arguments: Any) -> bytes:
            received: bytes = recv(*arguments)
            if getattr(self._begun, "at", None) is None:
                self._begun.at = time.perf_counter()
            return received

        def timed_hear(stream: UserStream, message: str) -> None:
            if '"ORDER"' in message or '"TRADE"' in message:  # what a fill did to the position, or to its order
                self.heard.append(self._begun.at)
            self._begun.at = None
            hear(stream, message)

        def timed_write(stream: Any, buffer: bytes, timeout: float | None = None) -> None:
            write(stream, buffer, timeout)
            self.handed.append((buffer[:80].split(b"?")[0].decode(errors="replace"), time.perf_counter()))

        websocket._core.recv = timed_recv
        httpcore._backends.sync.SyncStream.write = timed_write
        UserStream.hear = timed_hear  # type: ignore[method-assign]
        try:
            yield
        finally:
            websocket._core.recv, UserStream.hear = recv, hear  # type: ignore[method-assign]
            httpcore._backends.sync.SyncStream.write = write


@dataclass(frozen=True, slots=True)
class Venue:
    """A served exchange in a process of its own."""

    rest: str
    streams: str

    def control(self, name: str, **body: object) -> dict[str, Any]:
        """Ask the control endpoint."""
        sent = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.rest}/control/{name}", data=sent, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- http on loopback
            told: dict[str, Any] = json.loads(answer.read())
        return told


@contextmanager
def venue(folder: Path, *, away_ms: int) -> Iterator[Venue]:
    """Serve a fixed book at 76915, so far away, until the block ends."""
    options = ("paper", "--serve", "0", "--control", "--json", "--price", "76915")
    command = [sys.executable, "-c", ENTRY_POINT, *options]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = ""
            while not said.rstrip().endswith("}"):
                said += process.stdout.readline()
            told = json.loads(said)
            served = Venue(told["rest_url"], told["stream_url"])
            served.control("away", ms=away_ms)
            yield served
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


class Pace:
    """`engine.loop.Pace` in real time, until something holds."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self.ends: Callable[[], bool] = lambda: True

    @property
    def stopping(self) -> bool:
        """Return whether what is waited for holds."""
        return self.ends()

    def seconds(self) -> float:
        """Return a monotonic time."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait as `cli.live.pace.SignalPace` does."""
        import select

        readable, _, _ = select.select([self._reader], [], [], seconds)
        if readable:
            os.read(self._reader, 4096)

    def wake(self) -> None:
        """End the wait."""
        os.write(self._writer, b"\0")

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._reader)
        os.close(self._writer)


class Nobody:
    """Alerts that nobody hears."""

    def send(self, level: str, code: str, message: str, at_ms: int) -> None:
        """Do nothing."""


class LiveRun:
    """One engine with its loop, and with streams unless told otherwise."""

    def __init__(self, served: Venue, folder: Path, stack: ExitStack, *, interval: float, streams: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        config = folder / "capi.toml"
        config.write_text(_CAPI_TOML.format(rest=served.rest, streams=served.streams))
        settings = load_settings(config, env=SECRETS)
        self.venue: Final = served
        self.folder: Final = folder
        self._ahead_ns = 0
        self.exchange: Final = bootstrap.live_exchange(
            settings, ExchangeClock(lambda: time.monotonic_ns() + self._ahead_ns)
        )
        stack.callback(self.exchange.close)
        self.exchange.measure_clock()
        journal = FileJournal(folder / JOURNAL_NAME, durable=True)
        stack.callback(journal.close)
        self.engine: Final = bootstrap.live_engine(self.exchange, journal, Nobody(), settings, sends=True)
        self.engine.start()
        self.pace: Final = Pace()
        stack.callback(self.pace.close)
        self.reports: Final[deque[PassReport]] = deque(maxlen=3)
        watch = Watch([settings.decision_file], self.pace.wake)
        stack.callback(watch.close)
        watch.start()
        self.streams: Final = bootstrap.live_streams(settings, self.exchange, self.engine, self.pace.wake)
        if streams:
            stack.callback(self.streams.close)
            self.streams.start()
        self.loop: Final = Loop(
            self.engine,
            self.pace,
            interval,
            lambda report, seconds: self.reports.append(report),
            streams=self.streams if streams else None,
        )
        if streams:
            self.until(lambda: all(line["up"] for line in self.streams.status().values()))
        self.settle()

    def until(self, holds: Callable[[], bool], *, seconds: float = 60) -> None:
        """Run passes until something holds. SystemExit: it does not within so many seconds."""
        deadline = time.monotonic() + seconds

        def ends() -> bool:
            if time.monotonic() > deadline:
                last = self.reports[-1]
                seen = {key: record.order.status for key, record in self.engine.ledger.orders.by_key.items()}
                raise SystemExit(
                    f"the bench waits in vain: {last.state}, {last.guard}, {last.gaps}, {last.outcomes}, {seen}"
                )
            return holds()

        self.pace.ends = ends
        self.loop.run()

    def passes(self, count: int) -> None:
        """Run so many passes."""
        self.pace.ends = lambda: False
        self.loop.run(count)

    def decide(self, decision_id: str, action: str = "long") -> float:
        """Replace the decision file by one made a second ago; return when it was in place."""
        at = datetime.fromtimestamp(self.exchange.clock.now_ms() / 1000 - 1, UTC)
        document = {
            "decision_id": decision_id,
            "timestamp_iso": at.isoformat(),
            "symbol": "BTCUSDT",
            "action": action,
            "entry_zone": [76850.0, 76950.0],
            "sl": 76000.0,
            "tp1": 78200.0,
            "tp2": 79500.0,
            "position_size_usdt": 1000.0,
            "leverage": 3,
            "confidence": 0.76,
            "risk_checks": dict.fromkeys(_CHECKS, True),
        }
        beside = self.folder / "decision.new"
        beside.write_text(json.dumps(document))
        beside.replace(self.folder / "decision.json")
        return time.perf_counter()

    def status_of(self, client_order_id: str, kind: str = "plain") -> str | None:
        """Return an order's status by the ledger; None: it knows none."""
        record = next(
            (it for key, it in self.engine.ledger.orders.by_key.items() if key == (kind, client_order_id)), None
        )
        return None if record is None else record.order.status

    def settle(self) -> None:
        """Let what waits for time to pass be over: a flat to be confirmed, targets behind the last fill."""
        self.passes(2)
        self.skip(3)
        self.passes(2)

    def skip(self, seconds: int) -> None:
        """Let time pass for the exchange and for us, without waiting."""
        self._ahead_ns += seconds * 1_000_000_000
        self.venue.control("advance", seconds=str(seconds))
