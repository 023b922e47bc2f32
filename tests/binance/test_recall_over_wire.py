"""A journal that is lost after trades: the exchange's lists keep ids used, decisions spent and limits counting."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from capi.engine.report import PassReport
from tests.binance.live import Live, live
from tests.serve.served import served
from tests.worlds import CONFIG

D = Decimal
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def enter(run: Live) -> None:
    """Have a long position with its stop and targets."""
    run.decide("d1")
    run.run(lambda report: "capi_entry_d1" in run.resting)
    run.passes(2)
    run.venue.price("76890.0", "76890.1")
    run.run(lambda report: {"capi_sl_d1", "capi_tp1_d1"} <= set(run.resting))
    run.passes(4)


def run_to_the_stop(run: Live) -> None:
    """Have the position closed by its stop, and the price back in the zone."""
    run.venue.price("75900.0", "75900.1")
    run.run(lambda report: bool(run.named("trade_closed")))
    run.venue.price("76915.0", "76915.1")
    run.passes(3)


def lose(run: Live) -> None:
    """End the process and lose its journal; start again."""
    run.end()
    run.path.unlink()
    run.begin()


def rules(report: PassReport) -> set[str]:
    """Return the rules that had something to say."""
    return {outcome.action.rule for outcome in report.outcomes}


def test_a_trade_that_is_over_is_not_made_again(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        run_to_the_stop(run)
        (closed,) = run.named("trade_closed")
        lose(run)
        report = run.passes(15, step_ms=800)[-1]
        assert (run.qty, run.resting, run.named("sent")) == (D(0), {}, [])
        assert "spent" in rules(report)
        account = report.account
        assert account is not None
        assert account.complete
        assert account.day_trades == 1
        assert (account.day_start_equity, account.week_start_equity) == (D(10000), D(10000))
        assert account.equity == D(10000) + D(closed["net_pnl"])
        assert run.named("trade_opened") == run.named("trade_adopted") == []


def test_limits_go_on_counting(tmp_path: Path) -> None:
    risk = replace(CONFIG.risk, trades_per_day_max=1, daily_drawdown_max=D("0.001"))
    with served(price="76915.0") as venue, live(venue, tmp_path, config=replace(CONFIG, risk=risk)) as run:
        enter(run)
        run_to_the_stop(run)
        lose(run)
        run.decide("d2")
        report = run.passes(10, step_ms=800)[-1]
        assert {"trades_per_day", "drawdown_day"} <= rules(report)
        assert run.named("sent") == []


def test_a_deposit_of_today_is_no_gain(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        run_to_the_stop(run)
        venue.control("POST", "account", transfer="500")
        lose(run)
        account = run.passes(2)[-1].account
        assert account is not None
        assert (account.day_start_equity, account.week_start_equity) == (D(10500), D(10500))


def test_another_decision_is_entered_under_ids_of_its_own(tmp_path: Path) -> None:
    calm = replace(CONFIG.entry, volatility_max=D(1))  # a minute may begin between the two jumps of the price
    with served(price="76915.0") as venue, live(venue, tmp_path, config=replace(CONFIG, entry=calm)) as run:
        enter(run)
        run_to_the_stop(run)
        lose(run)
        run.decide("d2")
        run.run(lambda report: "capi_entry_d2" in run.resting)
        assert run.sent_ids("entry") == ["capi_entry_d2"]


def test_a_past_that_cannot_be_read_keeps_entries_out_and_a_position_guarded(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        venue.fault("GET /fapi/v1/allOrders", "bad_gateway", times=1000)
        lose(run)
        report = run.run(lambda report: report.guard == "guarded")
        assert any("the account's past could not be read" in gap for gap in report.gaps)
        assert run.engine.ledger.day is None


def test_a_position_that_outlived_the_journal_counts_as_one_trade(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        before = run.resting
        lose(run)
        report = run.run(lambda report: bool(run.named("trade_adopted") + run.named("trade_opened")))
        report = run.passes(4)[-1]
        assert run.resting == before
        assert report.account is not None
        assert report.account.day_trades == 1
