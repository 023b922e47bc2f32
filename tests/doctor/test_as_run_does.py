"""Red is what `capi run` refuses or fails at, and nothing else is (docs/decisions/0035)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capi.cli.serve.limits import Limits, Meter
from tests.doctor.calling import doctor, user
from tests.live.stage import Setting
from tests.serve.served import Served, served

Break = Callable[[Served, Setting], dict[str, str]]
"""Breaks something, and returns the variables that go with it."""


def _hedge(venue: Served, setting: Setting) -> dict[str, str]:
    venue.control("POST", "account", hedge=True)
    return {}


def _multi_assets(venue: Served, setting: Setting) -> dict[str, str]:
    venue.control("POST", "account", multi_assets=True)
    return {}


def _journal(venue: Served, setting: Setting) -> dict[str, str]:
    setting.room.mkdir(parents=True)
    (setting.room / "journal.jsonl").write_text("no json\n")
    return {}


def _position(venue: Served, setting: Setting) -> dict[str, str]:
    venue.fault("GET /fapi/v3/positionRisk", "no_json", times=1000)
    return {}


def _filters(venue: Served, setting: Setting) -> dict[str, str]:
    venue.fault("GET /fapi/v1/exchangeInfo", "half_json", times=1000)
    return {}


def _state_dir(venue: Served, setting: Setting) -> dict[str, str]:
    (setting.folder / "file").touch()
    return {"CAPI_STATE_DIR": "file"}


RED: dict[str, Break] = {
    "hedge": _hedge,
    "multi_assets": _multi_assets,
    "journal": _journal,
    "position": _position,
    "filters": _filters,
    "state_dir": _state_dir,
    "key": lambda venue, setting: {"CAPI_EXCHANGE__API_KEY": "of-another-environment"},
    "secret": lambda venue, setting: {"CAPI_EXCHANGE__API_SECRET": "of-another-key"},
    "symbol": lambda venue, setting: {"CAPI_SYMBOL": "NOSUCHUSDT"},
    "halted": lambda venue, setting: {"CAPI_SYMBOL": "ETHUSDT"},
    "exchange": lambda venue, setting: {"CAPI_EXCHANGE__REST_URL": "http://127.0.0.1:1"},
    "configuration": lambda venue, setting: {"CAPI_RISK__LEVERAGE_MAX": "many"},
}


def _torn(venue: Served, setting: Setting) -> dict[str, str]:
    (setting.folder / "data" / "decision.json").write_text('{"symbol"')
    return {}


def _stale(venue: Served, setting: Setting) -> dict[str, str]:
    setting.decide(at_ms=1_700_000_000_000)
    return {}


def _small(venue: Served, setting: Setting) -> dict[str, str]:
    setting.decide("small", position_size_usdt=10)
    return {}


def _foreign(venue: Served, setting: Setting) -> dict[str, str]:
    venue.control("POST", "order", side="BUY", type="LIMIT", quantity="0.010", price="70000", timeInForce="GTC")
    return {}


YELLOW: dict[str, tuple[Break, str]] = {
    "torn": (_torn, "decision_file"),
    "stale": (_stale, "decision_file"),
    "small": (_small, "planned_size"),
    "foreign": (_foreign, "open_orders"),
    "equity": (lambda venue, setting: {"CAPI_RISK__EQUITY_MIN_USDT": "20000"}, "balance"),
    "streams": (lambda venue, setting: {"CAPI_EXCHANGE__STREAM_URL": "ws://127.0.0.1:1"}, "book_stream"),
}
"""How it is broken, and the check that says so."""


@pytest.mark.parametrize("name", RED)
def test_what_is_red_keeps_run_from_starting(tmp_path: Path, name: str) -> None:
    with served() as venue:
        setting = user(venue, tmp_path)
        variables = RED[name](venue, setting)
        assert doctor(setting, **variables).of("red")
        assert setting.capi("run", "--once", **variables).exit_code in (1, 2, 4)


@pytest.mark.parametrize("name", YELLOW)
def test_what_is_yellow_does_not(tmp_path: Path, name: str) -> None:
    with served() as venue:
        setting = user(venue, tmp_path)
        breaks, check = YELLOW[name]
        variables = breaks(venue, setting)
        told = doctor(setting, **variables)
        assert told[check]["status"] == "yellow"
        assert told.status == 0
        assert setting.capi("run", "--once", **variables).exit_code == 0


def test_what_is_kept_for_protection_lets_an_engine_start(tmp_path: Path) -> None:
    """Another program on the address has used the rest of the minute's weight up."""

    def use() -> None:
        inside = venue.server.venue
        inside.clock.move_ahead(60_000 - inside.now_ms() % 60_000)  # the minute does not end meanwhile
        inside.meter = Meter(Limits(weight_minute=2400))
        inside.meter.use_weight(2_200, inside.step())

    with served() as venue:
        setting = user(venue, tmp_path)
        venue.inside(lambda _: use())
        told = doctor(setting)
        assert told["balance"]["status"] == "yellow"
        assert told["balance"]["found"].startswith("not asked: ")
        assert told.status == 0
        assert "engine_started" in setting.capi("run", "--once").stderr
