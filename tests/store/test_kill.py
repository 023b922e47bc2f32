"""`kill -9` at any moment of a running engine: what was acknowledged is kept, no row stands twice, the next goes on.

Each round is a process of its own: a real engine on the paper exchange, its durable journal, and its projection. It
reports every event that the journal has taken for good, until it is killed at a moment that a seed chooses.
"""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from returns.result import Result

from capi.adapters.duckdb.columns import Table
from capi.adapters.duckdb.connection import open_read
from capi.adapters.duckdb.rebuild import ensure_projected
from capi.adapters.duckdb.schema import TABLES
from capi.adapters.duckdb.thread import ProjectionThread
from capi.adapters.journal_file import FileJournal
from capi.core.errors import ExchangeError
from capi.ports.exchange import Ack, Request
from capi.ports.journal import Event
from tests.engine import stage as stages
from tests.engine.stage import FillableJournal, Line, Stage
from tests.engine.test_restart import PATH
from tests.worlds import LONG, decision

ROUNDS = 10
REPORTS_MAX = 250  # some three trades
DAY_MS = 86_400_000
FORK = multiprocessing.get_context("fork")


class Reporting(FillableJournal):
    """A journal that reports the number of each event that it has taken for good."""

    to: Connection

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append for good, then report."""
        super().append(event, durable=True)
        self.to.send_bytes(str(self._seq).encode())


class Quick(Line):
    """A line that keeps no record of what goes over it."""

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request."""
        return self.exchange.act(request)


def trade_for_ever(folder: Path, report: Connection) -> None:
    """Be an engine that trades along a path of prices, each day with a new decision, until it is killed."""
    Reporting.to = report
    stages.FillableJournal, stages.Line = Reporting, Quick  # type: ignore[misc] # in this process alone
    ProjectionThread(folder, interval_seconds=0.03).start()
    stage = Stage(folder)
    last_ms = max(event["at_ms"] or 0 for event in stage.kept())
    while True:
        last_ms = max(last_ms, stage.exchange.now_ms()) + DAY_MS
        stage.exchange.tick_time(last_ms)
        stage.decisions.give(decision(LONG, decision_id=f"d{last_ms}", timestamp_ms=last_ms))
        for price in PATH:
            stage.run(price=price)


def killed_at_some_moment(folder: Path, dice: Random) -> int:
    """Run an engine and kill it; return the number of the last event that it reported."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=trade_for_ever, args=(folder, theirs), daemon=True)
    process.start()
    theirs.close()
    last = 0
    for _ in range(dice.randint(1, REPORTS_MAX)):
        last = int(ours.recv_bytes())
    process.kill()
    process.join()
    assert process.exitcode == -9
    try:
        while True:
            last = int(ours.recv_bytes())
    except EOFError:
        ours.close()
    return last


def expected(kept: list[Event], table: Table) -> list[int]:
    """Return the numbers of the events that have a row in the table."""
    if table.name == "logs":
        return [event["seq"] for event in kept if event["event"] not in ("journal_opened", "equity")]
    named = [event for event in kept if event["event"] in table.events]
    if table.name == "order_states":  # of requests only those about one order
        named = [event for event in named if event.get("client_order_id") is not None]
    return [event["seq"] for event in named]


def test_nothing_is_lost_and_nothing_stands_twice(tmp_path: Path) -> None:
    dice = Random(1)
    kept: list[Event] = []
    for _ in range(ROUNDS):
        acknowledged = killed_at_some_moment(tmp_path, dice)
        with FileJournal(tmp_path / "journal.jsonl", durable=True) as journal:
            kept = list(journal.events())
        assert kept[-1]["seq"] >= acknowledged
        ensure_projected(tmp_path)
        with open_read(tmp_path / "capi.duckdb") as connection:
            for table in TABLES:
                found = connection.execute(f"SELECT seq FROM {table.name} ORDER BY seq").fetchall()  # noqa: S608
                assert [number for (number,) in found] == expected(kept, table), table.name
    closed = [event for event in kept if event["event"] == "trade_closed"]
    assert len(closed) > ROUNDS
    stage = Stage(tmp_path)
    stage.run(3)
    assert stage.folded() == stage.ledger
