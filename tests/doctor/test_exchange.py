"""What is broken on the exchange's side, or on the way to it, each with its cure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from capi.adapters.binance import inquiry
from capi.adapters.binance.streams.streams import STREAM_URLS
from capi.adapters.binance.wire_account import AccountConfig, read_account_config
from capi.cli.serve.limits import Limits
from tests.doctor.calling import NOWHERE, STREAMS, doctor, user
from tests.serve.served import Served, served


@pytest.fixture(name="venue")
def _venue() -> Iterator[Served]:
    with served() as venue:
        yield venue


def test_all_is_green_where_all_is_well(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path, venue.stream_url))
    assert told.of("yellow", "red") == {}
    assert told.status == 0
    assert told["order_path"]["found"].startswith("an order of 0.001 at 76145.8")
    sent = venue.control("GET", "requests")["requests"]
    assert {one["path"] for one in sent if one["method"] != "GET"} == {"/fapi/v1/order/test", "/fapi/v1/listenKey"}


def test_hedge_mode(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "account", hedge=True)
    told = doctor(user(venue, tmp_path))
    assert told["position_mode"]["status"] == "red"
    assert "one-way mode" in told["position_mode"]["cure"]
    assert told.status == 1


def test_multi_assets_mode(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "account", multi_assets=True)
    told = doctor(user(venue, tmp_path))
    assert told["asset_mode"]["status"] == "red"
    assert "single-asset mode" in told["asset_mode"]["cure"]


def test_another_worlds_key(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path), CAPI_EXCHANGE__API_KEY="someone-elses-key-of-the-other-world")
    assert told["key"]["status"] == "red"
    assert "testnet" in told["key"]["cure"]
    assert told["rights"]["status"] == "yellow"
    assert told["rights"]["found"].startswith("not checked")
    assert told["symbol"]["status"] == "green"  # needs no key
    assert "someone-elses" not in told.text


def test_a_wrong_secret(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path), CAPI_EXCHANGE__API_SECRET="not-the-secret-of-this-key")
    assert told["key"]["status"] == "red"
    assert "CAPI_EXCHANGE__API_SECRET" in told["key"]["cure"]
    assert "not-the-secret" not in told.text


def test_no_keys_at_all(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path), CAPI_EXCHANGE__API_KEY=None, CAPI_EXCHANGE__API_SECRET=None)
    assert told["keys"]["status"] == "red"
    assert "CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET" in told["keys"]["found"]
    assert told["symbol"]["status"] == "green"


def test_an_account_that_may_not_trade(venue: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(answer: object) -> AccountConfig:
        assert isinstance(answer, dict)
        return read_account_config({**answer, "canTrade": False})

    monkeypatch.setattr(inquiry, "read_account_config", forbidden)
    told = doctor(user(venue, tmp_path))
    assert told["rights"]["status"] == "red"


def test_a_clock_that_is_far_off_is_corrected_and_said(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "advance", seconds=90)
    setting = user(venue, tmp_path)
    setting.decide_now()
    told = doctor(setting)
    assert told["clock"]["status"] == "yellow"
    assert "NTP" in told["clock"]["cure"]
    assert told["key"]["status"] == "green"
    assert told.status == 0


def test_a_time_that_the_exchange_does_not_accept(venue: Served, tmp_path: Path) -> None:
    venue.fault("GET /fapi/v1/accountConfig", "clock")
    told = doctor(user(venue, tmp_path))
    assert told["key"]["status"] == "red"
    assert "NTP" in told["key"]["cure"]


def test_a_way_that_takes_longer_than_requests_are_valid(venue: Served, tmp_path: Path) -> None:
    venue.fault("GET /fapi/v1/time", "delay", seconds=0.2, times=3)
    told = doctor(user(venue, tmp_path), CAPI_EXCHANGE__RECV_WINDOW_MS="150")
    assert told["clock"]["status"] == "red"
    assert "recv_window_ms" in told["clock"]["cure"]


def test_a_symbol_that_is_not_there(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path), CAPI_SYMBOL="NOSUCHUSDT")
    assert told["symbol"]["status"] == "red"
    assert "symbol" in told["symbol"]["cure"]


def test_a_symbol_that_does_not_trade(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path), CAPI_SYMBOL="ETHUSDT")
    assert told["symbol"]["status"] == "red"
    assert "PENDING_TRADING" in told["symbol"]["found"]


@pytest.mark.parametrize(
    ("kind", "word"), [("throttle", "takes no requests until"), ("ban", "takes no requests until")]
)
def test_the_exchange_asks_for_silence(venue: Served, tmp_path: Path, kind: str, word: str) -> None:
    venue.fault("GET /fapi/v1/accountConfig", kind, seconds=30)
    told = doctor(user(venue, tmp_path))
    assert told["key"]["status"] == "red"
    assert word in told["key"]["found"]
    assert told["planned_size"]["status"] in ("yellow", "red")  # nothing more was asked
    paths = [one["path"] for one in venue.control("GET", "requests")["requests"]]
    assert paths[-1] == "/fapi/v1/accountConfig"


def test_an_exchange_that_is_not_there(tmp_path: Path) -> None:
    with served() as venue:
        setting = user(venue, tmp_path)
    told = doctor(setting)
    assert told["exchange"]["status"] == "red"
    assert "network" in told["exchange"]["cure"]
    assert told["book_stream"]["found"].startswith("not checked")
    assert told["decision_file"]["status"] == "green"
    assert told.status == 1


def test_an_endpoint_that_is_broken_hides_no_other(venue: Served, tmp_path: Path) -> None:
    for path in ("openAlgoOrders", "leverageBracket", "apiTradingStatus"):
        venue.fault(f"GET /fapi/v1/{path}", "no_json", times=9)
    told = doctor(user(venue, tmp_path))
    assert set(told.of("yellow")) == {"locks", "leverage", "open_orders", "margin_mode", "stop_path", *STREAMS}
    assert told.status == 0  # an engine starts into that, and guards what it can
    assert told["order_path"]["status"] == "green"


def test_filters_that_cannot_be_read(venue: Served, tmp_path: Path) -> None:
    venue.fault("GET /fapi/v1/exchangeInfo", "half_json")
    told = doctor(user(venue, tmp_path))
    assert told["symbol"]["status"] == "red"
    assert told["planned_size"]["found"].startswith("not checked")


def test_weight_that_others_use_up(tmp_path: Path) -> None:
    with served(limits=Limits(weight_minute=60, orders_ten_seconds=300, orders_minute=1200)) as venue:
        venue.inside(lambda inside: inside.clock.move_ahead(60_000 - inside.now_ms() % 60_000))  # none ends meanwhile
        told = doctor(user(venue, tmp_path))
    assert told["rate_budget"]["status"] == "yellow"
    assert "address" in told["rate_budget"]["cure"]


def test_half_of_the_addresses(venue: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STREAM_URLS, "testnet", NOWHERE)
    setting = user(venue, tmp_path)
    path = setting.folder / "capi.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("stream_url")))
    told = doctor(setting)
    assert told["environment"]["status"] == "yellow"
    assert "exchange.stream_url" in told["environment"]["cure"]
