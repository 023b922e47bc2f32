"""Live commands and the engine they are made of, on a served exchange: real sockets, a real decision file.

`Setting` is a user's folder: capi.toml, decision.json, and `capi` called in it. `Acting` is the engine as `capi run`
wires it, in this process, on a clock that is moved together with the exchange's instead of waited for.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner, Result

from capi import bootstrap
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal
from capi.cli.main import app
from capi.core.orders import Order
from capi.engine.loop import Ending, Loop
from capi.engine.report import PassReport
from capi.ports.journal import Event
from capi.settings import Settings, load_settings
from tests.binance.live import Time
from tests.engine.stage import ToldAlerts
from tests.serve.served import Served

D = Decimal
PASSES_MAX: Final = 60
RECV_WINDOW_MS: Final = 500
CHECKS: Final = ("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok", "no_major_news")
LONG: Final[dict[str, Any]] = {
    "symbol": "BTCUSDT",
    "action": "long",
    "entry_zone": [76850.0, 76950.0],
    "sl": 76000.0,
    "tp1": 78200.0,
    "tp2": 79500.0,
    "position_size_usdt": 1000.0,
    "leverage": 3,
    "confidence": 0.76,
    "risk_checks": dict.fromkeys(CHECKS, True),
}
"""0.013 BTC at 76900.0: just below the served book."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A folder with a configuration that leads to a served exchange."""

    venue: Served
    folder: Path
    tables: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        exchange = {
            "rest_url": self.venue.rest_url,
            "stream_url": self.venue.stream_url,
            "recv_window_ms": RECV_WINDOW_MS,
            "timeout_seconds": 20,  # a machine that is busy is no lost answer
            **self.tables.get("exchange", {}),
        }
        tables = {"loop": {"interval_seconds": 0.1}, **self.tables, "exchange": exchange}
        lines = [line for name, table in tables.items() for line in (f"[{name}]", *_toml(table))]
        (self.folder / "capi.toml").write_text("\n".join(lines) + "\n")

    @property
    def environment(self) -> dict[str, str]:
        """Return the secrets, where a user has them."""
        return {"CAPI_EXCHANGE__API_KEY": self.venue.key, "CAPI_EXCHANGE__API_SECRET": self.venue.secret}

    @property
    def room(self) -> Path:
        """Return where the live ledger is."""
        return self.folder / "data" / "testnet" / "BTCUSDT"

    @property
    def settings(self) -> Settings:
        """Return the configuration as the commands read it."""
        return load_settings(self.folder / "capi.toml", env=self.environment)

    def decide(self, decision_id: str = "d1", *, at_ms: int | None = None, **changes: Any) -> None:
        """Replace the decision file by a decision made now (or at the exchange's time `at_ms`).

        The file is a second old: the first one that a process reads must not have been written to just now.
        """
        at = datetime.now(UTC) if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
        decision = {**LONG, "decision_id": decision_id, "timestamp_iso": at.isoformat(), **changes}
        path = self.folder / "data" / "decision.json"
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(decision))
        written_at = time.time() - 1
        os.utime(beside, (written_at, written_at))
        beside.replace(path)

    def decide_now(self, decision_id: str = "d2") -> None:
        """Replace it by one made at the exchange's time, which may have been moved."""
        self.decide(decision_id, at_ms=self.venue.inside(lambda inside: inside.step()))

    def capi(self, *arguments: str, **variables: str | None) -> Result:
        """Call `capi` in this process; `variables`: the environment's changes, None: not set."""
        known: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CAPI_")}
        config = ("--config", str(self.folder / "capi.toml"))
        result = CliRunner().invoke(app, [*arguments, *config], env={**known, **self.environment, **variables})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def events(self, name: str = "") -> list[Event]:
        """Return the live journal's events, of one name when told so."""
        lines = (self.room / "journal.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if name in ("", event["event"])]

    def sent_ids(self, role: str) -> list[str]:
        """Return the ids of the orders that were sent in a role."""
        return sent_ids(self.events(), role)


def sent_ids(events: list[Event], role: str) -> list[str]:
    """Return the ids of the orders that were sent in a role."""
    placed = [event for event in events if event["event"] == "sent" and event["action"] == "place_order"]
    return [event["client_order_id"] for event in placed if event["role"] == role]


def resting(venue: Served) -> dict[str, Order]:
    """Return the orders that are open on the exchange, by id."""
    orders = venue.inside(lambda inside: [one.order for one in inside.state.book.open_orders()])
    return {order.client_order_id: order for order in orders}


def position(venue: Served) -> Decimal:
    """Return the position as it is."""
    return venue.inside(lambda inside: inside.state.account.qty)


def _toml(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {json.dumps(value)}"


class MovedPace:
    """`engine.loop.Pace` whose waiting moves both clocks on. `stop_after`: passes, then a signal would have come."""

    def __init__(self, time: Time, stop_after: int | None = None) -> None:
        self._time: Final = time
        self.stop_after = stop_after
        self.waits: list[float] = []

    @property
    def stopping(self) -> bool:
        """Return whether the signal has come."""
        return self.stop_after is not None and len(self.waits) >= self.stop_after

    def seconds(self) -> float:
        """Return the moved clock."""
        return self._time() / 1e9

    def wait(self, seconds: float) -> None:
        """Move on."""
        self.waits.append(seconds)
        self._time.skip(round(seconds * 1000))


class Acting:
    """The engine of a setting, started as `capi run` does it; `begin` again is a restart."""

    def __init__(self, setting: Setting) -> None:
        self.setting: Final = setting
        self.venue: Final = setting.venue
        self.time: Final = Time(setting.venue)
        self.time.pass_funding()
        self.pace: Final = MovedPace(self.time)
        self.begin()

    def begin(self) -> None:
        """Start an engine on the room's journal, as a new process would."""
        self._runs = True
        self.alerts = ToldAlerts()
        self.reports: list[PassReport] = []
        self.setting.room.mkdir(parents=True, exist_ok=True)
        self.journal = FileJournal(self.setting.room / JOURNAL_NAME, durable=False)
        settings = self.setting.settings
        self.exchange = bootstrap.live_exchange(settings, ExchangeClock(self.time))
        self.exchange.measure_clock()
        self.engine = bootstrap.live_engine(self.exchange, self.journal, self.alerts, settings, sends=True)
        self.engine.start()
        self.loop = Loop(self.engine, self.pace, 0.4, lambda report, seconds: self.reports.append(report))

    def end(self) -> None:
        """End the process as a crash would: nothing is said. A second time it does nothing."""
        if self._runs:
            self._runs = False
            self.exchange.close()
            self.journal.close()

    def decide(self, decision_id: str = "d1", **changes: Any) -> None:
        """Write a decision made a second ago."""
        self.setting.decide(decision_id, at_ms=self.exchange.clock.now_ms() - 1000, **changes)

    def passes(self, count: int = 1) -> PassReport:
        """Run so many passes; return the last one's report."""
        self.loop.run(count)
        self.pace.wait(0.4)
        return self.reports[-1]

    def until(self, holds: Callable[[], bool]) -> PassReport:
        """Run passes until something holds."""
        for _ in range(PASSES_MAX):
            report = self.passes()
            if holds():
                return report
        raise AssertionError(f"not reached in {PASSES_MAX} passes; the last one: {self.reports[-1]}")

    def looks(self) -> None:
        """Look for as long as it takes to know that the account is flat."""
        self.decide(action="flat")
        self.passes(7)

    def entry(self) -> None:
        """Have the entry of decision d1 rest: 0.013 at 76900."""
        self.decide()
        self.until(lambda: "capi_entry_d1" in self.resting)

    def trade(self) -> None:
        """Have the position of decision d1 with its stop and both targets, all of it recorded."""
        self.entry()
        self.venue.price("76890.0", "76890.1")
        self.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(self.resting))
        self.passes(5)

    def wind_down(self) -> Ending:
        """End in order."""
        return self.loop.wind_down()

    @property
    def resting(self) -> dict[str, Order]:
        """Return the orders that are open, by id."""
        return resting(self.venue)

    @property
    def qty(self) -> Decimal:
        """Return the position as it is."""
        return position(self.venue)

    @property
    def guard(self) -> str | None:
        """Return the guard that the last pass saw."""
        return self.reports[-1].guard

    def named(self, name: str) -> list[Event]:
        """Return the journal's events of one name."""
        return [event for event in self.journal.events() if event["event"] == name]

    def sent_ids(self, role: str) -> list[str]:
        """Return the ids of the orders that were sent in a role."""
        return sent_ids(list(self.journal.events()), role)


def prepared(venue: Served, folder: Path, until: Callable[["Acting"], None], **tables: Any) -> Setting:
    """Return a setting whose engine came as far as `until` takes it, and then was killed."""
    with acting(venue, folder, **tables) as run:
        until(run)
        return run.setting


@contextmanager
def acting(venue: Served, folder: Path, **tables: Any) -> Iterator[Acting]:
    """Run an engine in a setting of its own."""
    made = Acting(Setting(venue, folder / "user", tables))
    try:
        yield made
    finally:
        made.end()
