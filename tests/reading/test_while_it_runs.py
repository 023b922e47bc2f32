"""The reading commands beside a real engine: what it did last is there, whatever has the database."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import duckdb
import pytest

from tests.cli.run import PROGRAM, environment, run
from tests.worlds import ID

ROOT = Path(__file__).parents[2]
PAPER = ("--environment", "paper")
INTO_A_TRADE = (90850, 90850, 90850, 90850, 90799, 90900)
OUT_BY_THE_STOP = (90000, 89790, 89790, 89790, 89790, 89790)


class Running:
    """An engine in its own process; it runs a pass when told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.room = folder / "data" / "paper" / "BTCUSDT"
        self.room.mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reading.engine_process", str(self.room)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *prices: int) -> Any:
        """Run a pass at each price; return what the engine says after the last."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = ""
        for price in prices:
            self._process.stdin.write(f"{price}\n")
            self._process.stdin.flush()
            told = self._process.stdout.readline()
        return json.loads(told)

    def ask(self, command: str, *arguments: str, warned: str = "") -> Any:
        """Return the document of a reading command; `warned`: what it has to say on stderr, and else nothing."""
        done = run((command, "--json", *PAPER, *arguments), self.folder)
        assert done.returncode == 0, done.stderr
        assert warned in done.stderr if warned else not done.stderr, done.stderr
        return json.loads(done.stdout)

    def end(self) -> None:
        """End it in order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Running]:
    """An engine that runs."""
    with Running(tmp_path) as running:
        running.run(90850)
        yield running


def test_what_just_happened_is_there_at_once(engine: Running) -> None:
    for prices in (INTO_A_TRADE[1:5], INTO_A_TRADE[5:], OUT_BY_THE_STOP):
        told = engine.run(*prices)
        found = engine.ask("orders", "--open")["orders"]
        assert sorted(order["client_order_id"] for order in found) == told["open"]
        assert len(engine.ask("orders", "--all")["orders"]) == told["all"]
    [trade] = engine.ask("trades")["trades"]
    assert (trade["decision_id"], trade["exit_reason"], trade["status"]) == (ID, "sl", "closed")


def test_status_while_it_runs_and_after_its_end(engine: Running) -> None:
    engine.run(*INTO_A_TRADE[1:])
    alive = engine.ask("status")
    assert (alive["engine"], alive["source"], alive["position"]["qty"]) == ("running", "status.json", "0.011")
    assert alive["projection"]["error"] is None
    engine.end()
    after = engine.ask("status")
    assert (after["engine"], after["ended"], after["position"]["qty"]) == ("stopped", "interrupted", "0.011")
    assert (after["projection"]["behind_bytes"], after["projection"]["error"]) == (0, None)
    assert sorted(order["role"] for order in engine.ask("orders", "--open")["orders"]) == ["sl", "tp1", "tp2"]


def test_the_open_trade_and_then_its_totals(engine: Running) -> None:
    engine.run(*INTO_A_TRADE[1:])
    document = engine.ask("trades")
    assert [trade["status"] for trade in document["trades"]] == ["open"]
    assert document["totals"]["trades"] == 0
    engine.run(*OUT_BY_THE_STOP)
    document = engine.ask("trades")
    assert document["totals"]["trades"] == 1
    assert document["totals"]["net_pnl"] == document["trades"][0]["net_pnl"]
    assert engine.ask("trades", "--since", "2026-01-01T00:00:00Z")["trades"] == []


def test_logs_follow(engine: Running) -> None:
    command = [sys.executable, "-c", PROGRAM, "logs", "-f", *PAPER, "--limit", "1"]
    with subprocess.Popen(
        command, cwd=engine.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        first = following.stdout.readline()
        assert "2025-11-28T10:05:" in first
        engine.run(*INTO_A_TRADE[1:])
        assert any("trade opened" in line for line in following.stdout)
        following.send_signal(signal.SIGINT)
        assert following.wait(timeout=10) == 0
        assert following.stderr is not None
        assert following.stderr.read() == ""


def test_a_program_that_holds_the_database_is_no_hindrance(engine: Running) -> None:
    told = engine.run(*INTO_A_TRADE[1:])
    engine.end()
    with duckdb.connect(engine.room / "capi.duckdb"):
        document = engine.ask("orders", "--open", warned="another program has the database open")
    assert document["source"] == "journal"
    assert sorted(order["client_order_id"] for order in document["orders"]) == told["open"]
