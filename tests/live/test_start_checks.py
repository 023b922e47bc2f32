"""What a start refuses once the exchange answers, and what the first start on a real account does not do unasked."""

from decimal import Decimal
from pathlib import Path

import pytest
import typer

from capi.adapters.binance.errors import Refusal, error_of
from capi.cli.doctor.visit import finding_of
from capi.cli.live.first_look import refuse_slow_exchange
from capi.cli.live.refusals import refuse_by_error
from tests.live.stage import Acting, Setting, position, prepared, resting
from tests.live.test_run_command import refused, requests_of
from tests.serve.served import served

D = Decimal
MAINNET = {"exchange": {"environment": "mainnet"}}


def test_a_key_that_may_only_read(tmp_path: Path) -> None:
    with served() as venue:
        venue.inside(lambda inside: setattr(inside.modes, "can_trade", False))
        refused(Setting(venue, tmp_path), 4, "canTrade is false", "give the key the right to trade futures")


def test_a_symbol_that_does_not_trade_and_of_which_nothing_is_open(tmp_path: Path) -> None:
    with served() as venue:
        refused(Setting(venue, tmp_path), 2, "status PENDING_TRADING", "choose a symbol", CAPI_SYMBOL="ETHUSDT")


def test_an_exchange_that_is_too_far_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served() as venue:
        settings = Setting(venue, tmp_path).settings
        refuse_slow_exchange(settings.exchange.recv_window_ms, settings)
        with pytest.raises(typer.Exit) as ended:
            refuse_slow_exchange(settings.exchange.recv_window_ms + 1, settings)
        assert ended.value.exit_code == 1
        assert "answers after 501 ms, and a request is good for 500 ms" in capsys.readouterr().err


def test_a_place_that_the_exchange_does_not_serve_is_no_matter_of_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = error_of(
        Refusal(451, '{"code": 0, "msg": "Service unavailable from a restricted location."}'), 0, writes=False
    )
    with served() as venue:
        settings = Setting(venue, tmp_path).settings
    with pytest.raises(typer.Exit) as ended:
        refuse_by_error(told, settings)
    said = "serves nobody from here (HTTP 451: Service unavailable from a restricted location.)"
    assert ended.value.exit_code == 2
    assert f"{said}: no key cures that" in capsys.readouterr().err
    finding = finding_of(told, settings)
    assert (finding.status, finding.found) == ("red", f"the exchange {said}")
    assert finding.cure == "no key cures that: run capi where Binance serves its futures"


def test_the_ledger_of_another_account(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        assert user.capi("run", "--once").exit_code == 0
        assert [event["alias"] for event in user.events("account")] == ["SgsR"]
        assert user.capi("run", "--once").exit_code == 0
        assert len(user.events("account")) == 1
        venue.inside(lambda inside: setattr(inside.modes, "alias", "another"))
        result = user.capi("run", "--once")
        assert result.exit_code == 4
        assert "is of account SgsR, and this key is of account another: use the key of SgsR" in result.stderr
        assert user.capi("flatten", "--yes").exit_code == 4
        assert user.events()[-1]["event"] == "run_ended"


def test_an_account_that_tells_no_name_is_traded_all_the_same(tmp_path: Path) -> None:
    with served() as venue:
        venue.fault("GET /fapi/v3/balance", "no_json", times=10)
        user = Setting(venue, tmp_path)
        result = user.capi("run", "--once")
        assert result.exit_code == 0, result.stderr
        assert "account_unnamed" in result.stderr
        assert user.events("account") == []


# the first start on mainnet


def test_it_shows_what_it_would_cancel_and_adopt_and_wants_a_yes(tmp_path: Path) -> None:
    with served() as venue:
        venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
        venue.control("POST", "order", side="BUY", type="LIMIT", quantity="0.020", price="70000", timeInForce="GTC")
        user = Setting(venue, tmp_path, MAINNET)
        before = resting(venue)
        result = user.capi("run", "--once", "--live")
        assert result.exit_code == 4
        assert "adopt the position of 0.01 BTCUSDT" in result.stderr
        assert "1% from the price" in result.stderr
        assert "BUY LIMIT 0.02 at 70000" in result.stderr
        assert "add --yes" in result.stderr
        assert (resting(venue), requests_of(venue, "POST")) == (before, [])
        assert user.capi("run", "--once", "--live").exit_code == 4  # a start that was refused is none
        result = user.capi("run", "--cycles", "4", "--live", "--yes")
        assert result.exit_code == 0, result.stderr
        assert position(venue) == D("0.010")  # taken over, and never closed unasked
        assert [order.kind for order in resting(venue).values()] == ["algo"]
        assert user.capi("run", "--once", "--live").exit_code == 0  # it has a ledger by now


def test_foreign_orders_that_it_would_leave_alone_need_no_yes(tmp_path: Path) -> None:
    with served() as venue:
        venue.control("POST", "order", side="BUY", type="LIMIT", quantity="0.020", price="70000", timeInForce="GTC")
        user = Setting(venue, tmp_path, {**MAINNET, "risk": {"foreign_orders": "alert"}})
        assert user.capi("run", "--once", "--live").exit_code == 0
        assert len(resting(venue)) == 1


def test_an_own_order_that_no_ledger_knows_is_shown_too(tmp_path: Path) -> None:
    with served() as venue:
        prepared(venue, tmp_path, Acting.entry)
        user = Setting(venue, tmp_path / "other", MAINNET)
        result = user.capi("reconcile", "--live")
        assert result.exit_code == 4
        assert "capi_entry_d1" in result.stderr
        assert "the ledger does not know it" in result.stderr
        assert user.capi("reconcile", "--live", "--yes").exit_code == 0
        assert resting(venue) == {}
