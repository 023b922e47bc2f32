"""Money brought in or taken out while capi runs, over the wire: neither gain nor loss of the day and week."""

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from capi.core.account import Account
from tests.binance.live import Live, live
from tests.serve.served import Served, served

D = Decimal
INCOME: Final = "GET /fapi/v1/income"
DAY_MS: Final = 86_400_000
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def enter(run: Live) -> None:
    """Have a long position with its stop and targets."""
    run.decide("d1")
    run.run(lambda report: "capi_entry_d1" in run.resting)
    run.passes(2)
    run.venue.price("76890.0", "76890.1")
    run.run(lambda report: {"capi_sl_d1", "capi_tp1_d1"} <= set(run.resting))
    run.passes(10)


def move(venue: Served, amount: str) -> None:
    """Bring money in, or take it out."""
    venue.control("POST", "account", transfer=amount)


def account_of(run: Live) -> Account:
    """Return what the next pass sees."""
    account = run.engine.run_pass().account
    assert account is not None
    return account


def starts(run: Live) -> tuple[Decimal | None, Decimal | None]:
    """Return the start equities of day and week."""
    day, week = run.engine.ledger.day, run.engine.ledger.week
    assert day is not None
    assert week is not None
    return day.start_equity, week.start_equity


def moved(run: Live) -> list[Decimal]:
    """Return the transfers that the journal tells of."""
    return [D(event["amount_usdt"]) for event in run.named("transfer")]


def stops(run: Live) -> dict[str, Decimal | None]:
    """Return the stops that rest, each with its level."""
    return {name: order.trigger_price for name, order in run.resting.items() if order.type == "STOP_MARKET"}


@pytest.mark.parametrize("amount", ["-190", "-9000", "500"])
def test_a_transfer_with_a_position_moves_no_stop_and_shuts_no_gate(tmp_path: Path, amount: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        before = stops(run)
        move(venue, amount)
        reports = run.passes(20, step_ms=1000)
        assert stops(run) == before
        assert moved(run) == [D(amount)]
        assert starts(run) == (D(10000) + D(amount), D(10000) + D(amount))
        rules = {outcome.action.rule for report in reports for outcome in report.outcomes}
        assert not rules & {"drawdown_day", "drawdown_week"}
        assert reports[-1].account is not None
        assert reports[-1].account.complete
        assert reports[-1].account.wallet == run.venue.inside(lambda inside: inside.state.account.wallet)


@pytest.mark.parametrize("amount", ["-3000", "500"])
def test_after_a_transfer_without_a_position_entries_go_on(tmp_path: Path, amount: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.passes(4)
        move(venue, amount)
        run.passes(18, step_ms=1000)
        assert starts(run) == (D(10000) + D(amount), D(10000) + D(amount))
        run.decide("d1")
        run.run(lambda report: "capi_entry_d1" in run.resting)


def test_until_a_deposit_is_told_it_gives_no_room(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.passes(8)
        move(venue, "500")
        venue.fault(INCOME, "bad_gateway", times=1000)
        run.passes(16, step_ms=1000)  # the balance is read every 15 s
        run.decide("d1")
        reports = run.passes(20, step_ms=1000)
        assert run.sent_ids("entry") == []
        assert starts(run) == (D(10000), D(10000))
        assert {report.account.wallet for report in reports if report.account is not None} == {None}
        venue.control("DELETE", "fault")
        run.run(lambda report: bool(run.named("transfer")), step_ms=1000)
        assert starts(run) == (D(10500), D(10500))


def test_a_trade_needs_no_income_to_explain_the_wallet(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.passes(2)
        venue.fault(INCOME, "bad_gateway", times=1000)
        enter(run)
        assert account_of(run).wallet is not None
        venue.price("75900.0", "75900.1")
        run.run(lambda report: bool(run.named("trade_closed")))
        run.passes(10)
        account = account_of(run)
        assert account.complete
        assert account.wallet == run.venue.inside(lambda inside: inside.state.account.wallet)
        assert starts(run) == (D(10000), D(10000))
        assert moved(run) == []


def test_a_transfer_during_a_downtime_is_told_once(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        enter(run)
        before = stops(run)
        run.end()
        move(venue, "-400")
        run.time.skip(60_000)
        run.begin()
        run.passes(5)
        run.end()
        run.begin()
        run.passes(5)
        assert moved(run) == [D(-400)]
        assert starts(run) == (D(9600), D(9600))
        assert stops(run) == before


def test_with_a_lost_ledger_it_is_not_counted_twice(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.passes(3)
        move(venue, "-400")
        run.passes(18, step_ms=1000)
        run.end()
        run.path.unlink()
        run.begin()
        run.passes(5)
        assert starts(run) == (D(9600), D(9600))
        move(venue, "100")
        run.passes(18, step_ms=1000)
        assert starts(run) == (D(9700), D(9700))
        run.end()
        run.begin()
        run.passes(3)
        assert starts(run) == (D(9700), D(9700))


def test_just_before_midnight_it_is_the_old_days_and_the_weeks(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.passes(1)
        now_ms = run.exchange.clock.now_ms()
        midnight_ms = now_ms - now_ms % DAY_MS + 2 * DAY_MS  # that of today may be seconds away
        run.time.skip(midnight_ms - now_ms - 6000)
        run.passes(2)  # the balance is young now
        run.time.skip(midnight_ms - run.exchange.clock.now_ms() - 2000)
        move(venue, "-400")
        run.time.skip(2500)
        run.passes(10)
        day, week = run.engine.ledger.day, run.engine.ledger.week
        assert day is not None
        assert day.start_ms == midnight_ms
        assert week is not None
        assert moved(run) == [D(-400)]
        assert starts(run) == (D(9600), D(9600))
