"""The engine on the paper exchange, with small real parts around it: what the engine's tests play on."""

import errno
import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from returns.result import Failure, Result

from capi.adapters.journal_file import FileJournal
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import ScriptedFaults
from capi.core.account import Position
from capi.core.actions import Level
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.errors import ExchangeError
from capi.core.ids import parse_order_id
from capi.core.orders import Order, OrderKey
from capi.engine import events
from capi.engine.ledger import Ledger
from capi.engine.observe import changes
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.decisions import Received
from capi.ports.exchange import Ack, Fill, Funding, Look, Request
from capi.ports.journal import Event
from capi.ports.market import Quote
from capi.ports.past import PastSource
from tests.worlds import CONFIG, INSTRUMENT, LONG, MARKET, NOW

D = Decimal
TICK = D("0.1")


def quote(price: str | int, at_ms: int) -> Quote:
    """A quote with `price` as its ask, a tick above the bid, and plenty at both."""
    ask = D(price)
    return Quote(timestamp_ms=at_ms, bid=ask - TICK, ask=ask, bid_qty=D(5), ask_qty=D(5))


def look(**changes: Any) -> Look:
    """A complete look at a flat account in the example market."""
    base: dict[str, Any] = {
        "now_ms": NOW,
        "equity": D(10000),
        "wallet": D(10000),
        "available": D(9900),
        "position_mode": "one_way",
        "multi_assets": False,
        "margin_mode": "isolated",
        "leverage": 3,
        "position": Position(qty=D(0)),
        "market": MARKET,
        "instrument": INSTRUMENT,
        "orders": (),
    }
    return Look(**(base | changes))


def observed(ledger: Ledger, seen: Look, config: Config = CONFIG) -> list[Event]:
    """Fold what a look says into the ledger, as a pass does, and return the events."""
    told: list[Event] = []
    for event in changes(seen, ledger, config):
        ledger.apply(event)
        told.append(event)
    return told


def fill(trade_id: int, client_order_id: str, side: str, price: str | int, qty: str, **changes: Any) -> Fill:
    """A maker fill in the example market, its fee by the example rate; taker when told so."""
    maker = changes.pop("maker", True)
    rate = INSTRUMENT.maker_fee if maker else INSTRUMENT.taker_fee
    base: dict[str, Any] = {
        "trade_id": trade_id,
        "client_order_id": client_order_id,
        "side": side,
        "price": D(price),
        "qty": D(qty),
        "fee_usdt": D(price) * D(qty) * rate,
        "maker": maker,
        "at_ms": NOW + trade_id,
    }
    return Fill(**(base | changes))


def funding(funding_id: int, amount: str, at_ms: int) -> Funding:
    """A funding payment."""
    return Funding(funding_id=funding_id, amount_usdt=D(amount), at_ms=at_ms)


def seen_order(at_ms: int, order: Order) -> Event:
    """The event of an order of ours that was seen."""
    owner = parse_order_id(CONFIG.id_prefix, order.client_order_id)
    assert owner is not None
    return events.order(at_ms, order, owner)


@dataclass
class Decisions:
    """A `DecisionSource` that has what it is given."""

    received: Received = field(default_factory=lambda: Received(decision=LONG, raw={"action": "long"}))

    def give(self, decision: Decision | Unusable) -> None:
        """Put another decision in force."""
        self.received = Received(decision=decision)

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force."""
        return self.received


@dataclass
class ToldAlerts:
    """`Alerts` that keeps what it was handed."""

    told: list[tuple[Level, str, str, int]] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Return the codes, in order."""
        return [code for _, code, _, _ in self.told]

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Keep one alert."""
        self.told.append((level, code, message, at_ms))


RECONCILE_MS = 3_600_000


class FillableJournal(FileJournal):
    """A journal file on a disk that can be full."""

    full = False
    full_for_durable = False

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append, unless the disk is full."""
        if self.full or (durable and self.full_for_durable):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().append(event, durable=durable)


class Killed(BaseException):
    """The process ended here: nobody catches that."""


def _without_algo(seen: Look) -> Look:
    orders = tuple(order for order in seen.orders if order.kind == "plain")
    return replace(seen, orders=orders, not_found=(), gaps=("the open algo orders",), stops_read=False)


class Line:
    """The way to the exchange, where looks can fail, echoes can differ, and the process can end at a request."""

    def __init__(self, exchange: PaperExchange, journal: FillableJournal) -> None:
        self.exchange = exchange
        self.failure: ExchangeError | None = None
        self.lacks_algo = False  # conditional orders cannot be read
        self.echo: dict[str, Any] = {}
        self.kill_before: int | None = None  # the request's number, from 1
        self.kill_after: int | None = None
        self.silent_until: int | None = None
        self.looks = 0
        self.requests: list[Request] = []
        self.journalled: list[int] = []  # how many events the journal had when each request went out
        self._journal = journal

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Look, unless the line is down."""
        self.looks += 1
        if self.failure is not None:
            return Failure(self.failure)
        seen = self.exchange.look(asked=asked, fills_after=fills_after, fundings_after=fundings_after)
        return seen.map(_without_algo) if self.lacks_algo else seen

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request, and let its echo differ when told so."""
        self.requests.append(request)
        self.journalled.append(sum(1 for _ in self._journal.events()) if self._journal.path.exists() else 0)
        if len(self.requests) == self.kill_before:
            raise Killed
        result = self.exchange.act(request)
        if len(self.requests) == self.kill_after:
            raise Killed
        return result.map(self._echoed)

    def silent_until_ms(self) -> int | None:
        """Return until when the exchange wants to hear nothing, while that lies ahead."""
        silent = self.silent_until is not None and self.exchange.now_ms() < self.silent_until
        return self.silent_until if silent else None

    def _echoed(self, ack: Ack) -> Ack:
        if ack.order is None or ack.kind != "order":
            return ack
        return replace(ack, order=replace(ack.order, **self.echo))


class Stage:
    """One engine, its exchange, its journal and its decisions, in simulated time."""

    def __init__(self, path: Path, *, config: Config = CONFIG, **changes: Any) -> None:
        self.path = path / "journal.jsonl"
        self.config = config
        paper = replace(PaperConfig(leverage=3, margin_mode="isolated"), **changes)
        self.exchange = PaperExchange(INSTRUMENT, D(10000), paper, NOW - 10_000)
        self.exchange.advance(quote(90850, NOW - 10_000))
        self.faults = ScriptedFaults()
        self.exchange.faults = self.faults
        self.decisions = Decisions()
        self.past: PastSource | None = None
        self.begin()

    def begin(self) -> None:
        """Start an engine on the journal, as a new process would."""
        self.alerts = ToldAlerts()
        self.journal = FillableJournal(self.path, durable=True)
        self.line = Line(self.exchange, self.journal)
        self.engine = Engine(
            exchange=self.line,
            decisions=self.decisions,
            journal=self.journal,
            alerts=self.alerts,
            clock=self.exchange,
            config=self.config,
            reconcile_ms=RECONCILE_MS,
            past=self.past,
        )
        self.engine.start()

    def kill(self) -> None:
        """End the process as a crash would: nothing is said, nothing more is written."""
        self.journal.close()

    def run(self, passes: int = 1, *, price: str | int | None = None, step_ms: int = 1000) -> PassReport:
        """Let time go on and run passes; with a price, the market is there from then on."""
        report: PassReport | None = None
        for _ in range(passes):
            now = self.exchange.now_ms() + step_ms
            if price is None:
                self.exchange.tick_time(now)
            else:
                self.exchange.advance(quote(price, now))
            report = self.engine.run_pass()
        assert report is not None
        return report

    @property
    def ledger(self) -> Ledger:
        """Return the live ledger."""
        return self.engine.ledger

    def kept(self) -> list[Event]:
        """Return the journal's events."""
        return list(self.journal.events())

    def named(self, name: str) -> list[Event]:
        """Return the journal's events of one name."""
        return [event for event in self.kept() if event["event"] == name]

    def folded(self) -> Ledger:
        """Return what a fresh ledger makes of the journal."""
        ledger = Ledger()
        ledger.replay(self.journal.events())
        return ledger

    def sent_ids(self, role: str = "") -> list[str]:
        """Return the client order ids of all orders sent, of one role when told so."""
        placed = [event for event in self.named("sent") if event["action"] == "place_order"]
        return [event["client_order_id"] for event in placed if role in ("", event["role"])]
