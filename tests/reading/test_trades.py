"""`capi trades`: the table that `capi paper` prints, and its totals."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.reading.asking import PAPER, ask, call, refused
from tests.reading.stage import ShownStage
from tests.worlds import ID


@pytest.fixture
def closed(traded: ShownStage) -> ShownStage:
    """A trade that was stopped out."""
    for price in (90000, 89790, 89790, 89790, 89790):
        traded.run(price=price)
    return traded


def test_a_trade_is_what_the_journal_says_of_it(closed: ShownStage) -> None:
    [event] = closed.named("trade_closed")
    document = ask("trades", *PAPER)
    assert document["schema"] == "capi.trades/1"
    [trade] = document["trades"]
    for name in ("decision_id", "side", "exit_reason", "chases", "market_entry", "adopted"):
        assert trade[name] == event[name]
    for name in ("qty", "entry_price", "exit_price", "gross_pnl", "fees", "funding", "net_pnl", "r", "naked_seconds"):
        assert Decimal(trade[name]) == Decimal(event[name])
    assert trade["status"] == "closed"


def test_the_totals_are_the_accounts(closed: ShownStage) -> None:
    totals = ask("trades", *PAPER)["totals"]
    assert Decimal(totals["net_pnl"]) == closed.exchange.account.wallet - 10_000
    assert (totals["trades"], totals["won"], totals["unknown"]) == (1, 0, 0)
    assert Decimal(totals["fees"]) == closed.exchange.account.fees


def test_an_open_trade_is_told_and_not_counted(seen: ShownStage) -> None:
    document = ask("trades", *PAPER)
    assert [trade["status"] for trade in document["trades"]] == ["open"]
    assert document["totals"]["trades"] == 0
    lines = call("trades", *PAPER).stdout.splitlines()
    assert "open" in lines[1]


def test_since(closed: ShownStage) -> None:
    assert len(ask("trades", "--since", "2025-11-28T10:00:00Z", *PAPER)["trades"]) == 1
    document = ask("trades", "--since", "2025-11-28T11:00:00Z", *PAPER)
    assert (document["trades"], document["totals"]["trades"]) == ([], 0)
    assert ask("trades", "--since", "1d", *PAPER)["trades"] == []  # long ago, by the clock on the wall
    assert call("trades", "--since", "1d", *PAPER).stdout == "No such trade.\n"


@pytest.mark.parametrize("since", ["yesterday", "1", "h", "-1h", "2025-13-01T00:00:00Z", ""])
def test_a_since_that_is_none_is_usage(closed: ShownStage, since: str) -> None:
    refused(2, "--since", "trades", f"--since={since}", *PAPER)


def test_the_same_table_as_a_replay_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    replayed = run(("paper", "--hours", "2"), tmp_path).stdout.split("\n\n")[0]
    printed = call("trades", "--run", "last").stdout.split("\n\n")[0]
    closed = [line.split() for line in printed.splitlines() if " open " not in line]
    assert closed == [line.split() for line in replayed.splitlines()]
    assert (tmp_path / "data" / "runs" / "1" / "capi.duckdb").exists()  # made by the first reading
    assert ask("trades", "--run", "1", "--since", "52w")["trades"]  # counted from the replay's own end


def test_limit(closed: ShownStage) -> None:
    document = ask("trades", "--limit", "1", *PAPER)
    assert (len(document["trades"]), document["more"]) == (1, False)
    assert document["trades"][0]["decision_id"] == ID
