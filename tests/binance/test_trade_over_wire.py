"""Whole trades by the real engine over real HTTP, and starts into whatever a crash left."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.binance.live import Live, live
from tests.serve.served import served

D = Decimal
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def enter(run: Live) -> None:
    """Have a long position of 0.013 with its stop and targets."""
    run.decide()
    run.run(lambda report: "capi_entry_d1" in run.resting)
    run.venue.price("76890.0", "76890.1")
    run.run(lambda report: report.guard == "guarded" and {"capi_sl_d1", "capi_tp1_d1"} <= set(run.resting))
    run.passes(3)


def test_a_trade_from_entry_to_both_targets(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        assert run.qty == D("0.013")
        venue.price("78210.0", "78210.1")
        run.run(lambda report: "capi_sl_d1_2" in run.resting)  # TP1 has filled: break-even
        assert run.resting["capi_sl_d1_2"].reduce_only
        venue.price("79510.0", "79510.1")
        run.run(lambda report: bool(run.named("trade_closed")))
        run.passes(2)
        assert (run.qty, run.resting) == (D(0), {})
        (closed,) = run.named("trade_closed")
        assert closed["exit_reason"] == "tp2"
        paid = venue.inside(lambda inside: inside.state.account)
        assert D(closed["fees"]) == paid.fees
        assert D(closed["gross_pnl"]) == paid.realised


def test_a_trade_that_ends_at_its_stop(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        venue.price("75990.0", "75990.1")
        run.run(lambda report: bool(run.named("trade_closed")))
        run.passes(2)
        assert (run.qty, run.resting) == (D(0), {})
        assert run.named("trade_closed")[0]["exit_reason"] == "sl"
        assert run.named("fill")[-1]["role"] == "sl"  # the order that the stop became bears its id


def test_a_restart_in_a_position_sends_nothing(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        resting, sent = run.resting, len(run.named("sent"))
        run.end()
        run.begin()
        run.passes(3)
        assert (run.resting, len(run.named("sent"))) == (resting, sent)


def test_a_lost_ledger_is_rebuilt_and_the_position_stays_guarded(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        run.end()
        run.path = tmp_path / "another.jsonl"
        run.begin()
        run.run(lambda report: bool(run.named("trade_opened")) and report.guard == "guarded")
        assert run.sent_ids("sl") == []  # what rested is taken over
        assert run.resting["capi_sl_d1"].trigger_price == D(76000)
        assert [(fill["client_order_id"], fill["qty"]) for fill in run.named("fill")] == [("capi_entry_d1", "0.013")]


def test_a_position_that_nothing_explains_gets_an_emergency_stop(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.control("POST", "order", side="SELL", type="MARKET", quantity="0.010")
        run.run(lambda report: report.guard == "guarded")
        (stop,) = run.resting.values()
        assert (stop.side, stop.type) == ("BUY", "STOP_MARKET")
        assert "orphan_position" in run.alerts.codes or run.named("trade_adopted")


def test_a_trade_closed_by_hand_is_settled_and_nothing_is_left(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        venue.control("POST", "order", side="SELL", type="MARKET", quantity="0.013")
        run.run(lambda report: bool(run.named("trade_closed")))
        run.passes(2)
        assert run.resting == {}
        assert run.named("trade_closed")[0]["exit_reason"] == "manual"


def test_a_stop_that_is_gone_is_put_back(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        run.run(lambda report: "capi_sl_d1_2" in run.resting)
        assert "missing_stop" in run.alerts.codes
