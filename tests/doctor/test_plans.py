"""What is planned, held against what the exchange lets through."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from capi.adapters.paper.config import PaperConfig
from tests.doctor.calling import Told, doctor, user
from tests.serve.served import Served, served


@pytest.fixture(name="venue")
def _venue() -> Iterator[Served]:
    with served() as venue:
        yield venue


def decided(venue: Served, folder: Path, **changes: Any) -> Told:
    """Check with another decision."""
    setting = user(venue, folder)
    setting.decide("d2", **changes)
    return doctor(setting)


def test_a_size_below_the_least(venue: Served, tmp_path: Path) -> None:
    told = decided(venue, tmp_path, position_size_usdt=60)
    assert told["planned_size"]["status"] == "yellow"
    assert told["planned_size"]["cure"] == "raise position_size_usdt to 77 or more"


def test_a_size_of_which_the_step_takes_much(venue: Served, tmp_path: Path) -> None:
    told = decided(venue, tmp_path, position_size_usdt=225)
    assert "takes 31.6" in told["planned_size"]["found"]
    assert "76.9 USDT" in told["planned_size"]["cure"]


def test_a_size_that_cannot_be_split(venue: Served, tmp_path: Path) -> None:
    told = decided(venue, tmp_path, position_size_usdt=80)
    assert told["planned_size"]["cure"] == "raise position_size_usdt to 154 or more, if you want both"


def test_a_size_without_a_decision_is_an_example(venue: Served, tmp_path: Path) -> None:
    told = decided(venue, tmp_path, action="flat")
    assert told["planned_size"]["found"].startswith("20000 USDT (as an example) at 76915")
    assert told["leverage"]["status"] == "green"


def test_more_leverage_than_the_bracket_allows(tmp_path: Path) -> None:
    with served(config=PaperConfig(leverage_max=2, leverage=2)) as venue:
        told = doctor(user(venue, tmp_path))
    assert told["leverage"]["status"] == "yellow"
    assert told["leverage"]["cure"] == "lower risk.leverage_max to 2, or the size"


def test_too_little_margin(tmp_path: Path) -> None:
    with served(equity="100") as venue:
        told = doctor(user(venue, tmp_path))
    assert told["leverage"]["status"] == "yellow"
    assert "needs 333.23 USDT of margin" in told["leverage"]["found"]


def test_too_little_money(tmp_path: Path) -> None:
    with served(equity="20") as venue:
        told = doctor(user(venue, tmp_path))
    assert told["balance"]["status"] == "yellow"
    assert "risk.equity_min_usdt" in told["balance"]["cure"]
    assert told.status == 0


def test_an_empty_account_gives_no_example(tmp_path: Path) -> None:
    with served(equity="0") as venue:
        told = decided(venue, tmp_path, action="flat")
    assert told["planned_size"]["status"] == "yellow"
    assert told["order_path"]["status"] == "yellow"


def test_orders_and_a_position_of_somebody_else(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
    venue.control("POST", "order", side="SELL", type="LIMIT", quantity="0.010", price="79000", timeInForce="GTC")
    told = doctor(user(venue, tmp_path))
    assert told["open_orders"]["status"] == "yellow"
    assert "position 0.01, 0 orders of ours, 1 of others (web_" in told["open_orders"]["found"]
    assert "risk.foreign_orders" in told["open_orders"]["cure"]
    assert told["margin_mode"]["status"] == "yellow"  # locked by what is open


def test_a_position_without_a_stop(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
    told = doctor(user(venue, tmp_path))
    assert told["open_orders"]["status"] == "yellow"
    assert "no stop of ours" in told["open_orders"]["found"]
    assert "capi run" in told["open_orders"]["cure"]
