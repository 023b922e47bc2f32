"""`capi report`: what it says of a room, and what it says when it cannot."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.reading.asking import PAPER, ask, call, refused
from tests.reading.stage import ShownStage
from tests.report.many import account, many_trades
from tests.worlds import ID


def test_a_replay_is_reported_as_it_was_shown(replayed: str) -> None:
    shown, report = json.loads(replayed), ask("report", "--run", "last")
    assert report["schema"] == "capi.report/1"
    assert len(shown["trades"]) > 3
    assert report["execution"] == shown["execution"]
    assert report["refused"] == shown["refused"]
    summary = report["summary"]
    assert summary["trades"] == len(shown["trades"])
    for name in ("net_pnl", "gross_pnl", "naked_seconds_max"):
        assert Decimal(summary[name]) == Decimal(shown[name])
    assert [trade["decision_id"] for trade in report["trades"]] == [trade["decision_id"] for trade in shown["trades"]]
    assert sum(summary["exit_reasons"].values()) == summary["trades"]
    assert sum(day["trades"] for day in report["days"]) == summary["trades"]


def test_what_the_database_does_not_know_yet_is_there(seen: ShownStage) -> None:
    [event] = seen.named("trade_closed")
    document = ask("report", *PAPER)
    assert (document["source"], document["more"], document["page"]) == ("database", False, None)
    summary = document["summary"]
    assert (summary["trades"], summary["won"], summary["lost"], summary["open"]) == (1, 0, 1, 0)
    for name in ("net_pnl", "gross_pnl", "fees"):
        assert Decimal(summary[name]) == Decimal(event[name])
    assert summary["worst_day"]["net_pnl"] == summary["net_pnl"]
    assert summary["exit_reasons"] == {"sl": 1}
    assert (summary["profit_factor"], summary["win_rate"]) == ("0", "0")
    [trade] = document["trades"]
    assert (trade["decision_id"], trade["status"], trade["opened_at"][:10]) == (ID, "closed", "2025-11-28")


def test_without_a_database_the_journal_says_the_same(closed: ShownStage) -> None:
    expected = ask("report", *PAPER)
    (closed.room / "capi.duckdb").unlink()
    document = ask("report", *PAPER, warned="there is no database yet: run capi db rebuild")
    assert document.pop("source") == "journal"
    expected.pop("source")
    assert document == expected


def test_an_open_trade_is_told_and_not_counted(traded: ShownStage) -> None:
    document = ask("report", *PAPER)
    summary = document["summary"]
    assert (summary["trades"], summary["open"], summary["net_pnl"], summary["worst_day"]) == (0, 1, "0", None)
    assert [trade["status"] for trade in document["trades"]] == ["open"]
    assert "0 closed, 0 with a profit, 1 open" in call("report", *PAPER).stdout


def test_alerts_are_counted_by_code(tmp_path: Path) -> None:
    room = tmp_path / "more"
    many_trades(room, 1, alerts=("naked", "liquidation", "naked"))
    naked, other = ask("report", "--run", str(room))["alerts"]
    assert (naked["code"], naked["times"], naked["level"], naked["message"]) == ("naked", 2, "CRITICAL", "naked 2")
    assert (naked["first_at"], naked["last_at"]) == ("2025-12-01T00:00:00Z", "2025-12-01T00:00:00.002Z")
    assert (other["code"], other["times"]) == ("liquidation", 1)


def test_money_that_was_moved_is_neither_gain_nor_loss(tmp_path: Path) -> None:
    steps = ("1000", "1010", -500, "510", "490", 2000, "2490", "2500")
    room = tmp_path / "moved"
    account(room, steps)
    summary = ask("report", "--run", str(room))["summary"]
    assert (summary["equity_start"], summary["equity_end"], summary["moved"]) == ("1000", "2500", "1500")
    assert summary["drawdown"] == {"usdt": "20", "part": "0.0392", "at": "2025-12-01T00:40:00Z"}
    assert "1,000.00 to 2,500.00 USDT, 1,500.00 of it moved in or out" in call("report", "--run", str(room)).stdout
    later = ask("report", "--run", str(room), "--since", "2025-12-01T00:45:00Z")["summary"]
    assert (later["moved"], later["drawdown"]["usdt"]) == ("2000", "0")


@pytest.mark.parametrize(
    ("bounds", "trades"),
    [
        (("--since", "2025-11-28T10:00:00Z", "--until", "2025-11-28T11:00:00Z"), 1),
        (("--since", "2025-11-28T11:00:00Z"), 0),
        (("--until", "2025-11-28T09:00:00Z"), 0),
        (("--since", "1d"), 0),
    ],
)
def test_since_and_until(seen: ShownStage, bounds: tuple[str, ...], trades: int) -> None:
    document = ask("report", *bounds, *PAPER)
    assert (document["summary"]["trades"], len(document["trades"])) == (trades, trades)


def test_the_spans_of_a_replay_count_back_from_its_end(replayed: str) -> None:
    shown = json.loads(replayed)["trades"]
    late, early = ask("report", "--run", "1", "--since", "3h"), ask("report", "--run", "1", "--until", "3h")
    assert 0 < early["summary"]["trades"] < len(shown)
    assert early["summary"]["trades"] + late["summary"]["trades"] == len(shown)


def test_a_time_in_which_nothing_was_is_a_report_too(seen: ShownStage) -> None:
    done = call("report", "--since", "2025-11-28T11:00:00Z", *PAPER, "--out", "none.html")
    assert done.exit_code == 0, done.stderr
    assert "nothing was recorded in that time" in done.stdout
    assert "No trade in that time." in Path("none.html").read_text()


@pytest.mark.parametrize("until", ["yesterday", "1", "-1h", ""])
def test_an_until_that_is_none_is_usage(seen: ShownStage, until: str) -> None:
    refused(2, "--until", "report", f"--until={until}", *PAPER)


def test_bounds_the_wrong_way_round(seen: ShownStage) -> None:
    refused(2, "--until lies before --since", "report", "--since", "1h", "--until", "2h", *PAPER)


def test_a_room_without_a_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(1, "nothing was recorded yet", "report", *PAPER, "--out", "report.html")
    assert not Path("report.html").exists()


def test_a_damaged_journal_alone(closed: ShownStage) -> None:
    (closed.room / "capi.duckdb").unlink()
    with closed.path.open("ab") as file:
        file.write(b"rubbish\n")
    refused(1, "journal.jsonl:", "report", *PAPER)
