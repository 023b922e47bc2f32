"""What of the account and the market tightens a stop: falling volatility, the day's limit, the liquidation price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.actions import Refuse
from capi.core.holding import holding_of
from capi.core.plan import horizon, plan
from tests.core.planning import priced, wanted
from tests.worlds import FLAT, ID, account, config, held, market, order, trade, view

D = Decimal
ON_VOLATILITY = config("protection", tighten_on_volatility=True)


@pytest.mark.parametrize(
    ("now", "level"),
    [
        ("0.0015", "90050"),  # three quarters of R
        ("0.0010", "90300"),  # half of R
        ("0.0004", "90300"),  # not under half of R
        ("0.0020", "89800"),
        ("0.0030", "89800"),
        (None, "89800"),
    ],
)
def test_falling_volatility(now: str | None, level: str) -> None:
    calm = market(volatility=None if now is None else D(now))
    assert wanted(by=ON_VOLATILITY, market=calm, trade=trade(volatility=D("0.002"))).level == D(level)
    assert wanted(market=calm, trade=trade(volatility=D("0.002"))).level == D(89800)


@pytest.mark.parametrize("at_entry", [None, D(0)])
def test_falling_volatility_needs_a_measure_at_entry(at_entry: Decimal | None) -> None:
    assert wanted(by=ON_VOLATILITY, market=market(), trade=trade(volatility=at_entry)).level == D(89800)


def test_falling_volatility_needs_an_entry_price() -> None:
    nameless = trade(volatility=D("0.002"), entry_price=None)
    assert wanted(by=ON_VOLATILITY, market=market(), trade=nameless).level == D(89800)


def test_falling_volatility_measures_r_from_the_backstop_not_from_a_ratchet() -> None:
    rests = order(f"capi_sl_{ID}_2", close_position=False, quantity=D("0.011"), trigger_price=D(90050))
    moved = trade(volatility=D("0.002"), sl=D(90050))
    got = wanted(rests, by=ON_VOLATILITY, market=market(volatility=D("0.001")), trade=moved)
    assert got.level == D(90300)


@pytest.mark.parametrize(("backstop", "level"), [(True, "91550"), (False, "91800")])
def test_falling_volatility_of_a_short_needs_its_backstop(backstop: bool, level: str) -> None:
    """R is the backstop's distance: measured from a level that has been tightened it would shrink look by look."""
    calm = trade(side="short", sl=D(91800), volatility=D("0.002"))
    rests = (order(f"capi_sl_{ID}", side="BUY", trigger_price=D(91800)),) if backstop else ()
    seen = account(position="-0.011", trade=calm, market=market(volatility=D("0.0015")))
    holding = holding_of(view(FLAT, seen, rests, ON_VOLATILITY))
    assert holding is not None
    assert holding.wanted is not None
    assert holding.wanted.level == D(level)


def test_falling_volatility_without_a_distance() -> None:
    at_entry = trade(entry_price=D(89800), volatility=D("0.002"))
    seen, rests = held(trade=at_entry, market=market(volatility=D("0.0015")), position=priced("89800"))
    holding = holding_of(view(FLAT, seen, rests, ON_VOLATILITY))
    assert holding is not None
    assert holding.wanted is not None
    assert holding.wanted.level == D(89800)


@pytest.mark.parametrize("short", [False, True])
def test_the_horizon_ends_before_volatility_moves_the_stop_again(short: bool) -> None:
    level, side = (D(91550), "BUY") if short else (D(90050), "SELL")
    rests = order(f"capi_sl_{ID}_2", side=side, close_position=False, quantity=D("0.011"), trigger_price=level)
    backstop = order(f"capi_sl_{ID}", side=side, trigger_price=D(91800) if short else D(89800))
    known = trade(side="short" if short else "long", sl=level, volatility=D("0.002"), tp1=None, tp2=None)
    seen = account(position="-0.011" if short else "0.011", trade=known)

    def moves(volatility: Decimal) -> bool:
        looked = replace(seen, market=market(volatility=volatility))
        return any(not isinstance(action, Refuse) for action in plan(FLAT, looked, (rests, backstop), ON_VOLATILITY))

    bounds = horizon(FLAT, replace(seen, market=market(volatility=D("0.0015"))), (rests, backstop), ON_VOLATILITY)
    low = bounds.low["volatility"]
    assert D("0.0014") < low < D("0.0015")
    assert not moves(D("0.0015"))
    assert not moves(low + D("1E-8"))
    assert moves(low - D("0.000001"))


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"wallet": D(9810)}, "89891.0"),  # 10 USDT of room: 909.09 below the entry price
        ({"wallet": D(9811)}, "89800"),  # 1000 below: where the stop is
        ({"wallet": None}, "89800"),
        ({"wallet": D(9810), "day_start_equity": None}, "89800"),
        ({"wallet": D(9810), "position": priced(None)}, "89800"),
        ({"wallet": D(10**6)}, "89800"),  # more room than the price is high
    ],
)
def test_the_days_limit(changes: dict[str, Any], level: str) -> None:
    got = wanted(**changes)
    assert got.level == D(level)
    assert [(alert.level, alert.code) for alert in got.alerts] == (
        [("WARNING", "stop_tightened")] if got.level > 89800 else []
    )


def test_the_days_limit_of_a_short() -> None:
    assert wanted(short=True, wallet=D(9810)).level == D("91709.0")


@pytest.mark.parametrize(
    ("liquidation", "level"),
    [("89600", "90048.0"), ("89353.2", "89800"), ("60000", "89800"), ("0", "89800"), (None, "89800")],
)
def test_the_liquidation_price(liquidation: str | None, level: str) -> None:
    got = wanted(position=priced(liquidation=liquidation))
    assert got.level == D(level)
    assert [(alert.level, alert.code) for alert in got.alerts] == (
        [("CRITICAL", "stop_tightened")] if got.level > 89800 else []
    )


@pytest.mark.parametrize(
    ("price", "liquidation", "in_force", "level", "code"),
    [
        ("90800", "90600", "89800", "90700.0", "stop_tightened"),  # 91053.0 is passed: half way is left
        ("90800", "90600.1", "89800", "90700.1", "stop_tightened"),  # rounded toward the price
        ("90800", "90600", "90600", "90600", "tighten_skipped"),  # the one in force fires before liquidation does
        ("91053.1", "90600", "89800", "91053.0", "stop_tightened"),
        ("90600.1", "90600", "89800", "89800", "tighten_skipped"),  # no room for a level between
    ],
)
def test_a_stop_beyond_liquidation_goes_inside_it_somehow(
    price: str, liquidation: str, in_force: str, level: str, code: str
) -> None:
    rests = order(f"capi_sl_{ID}", trigger_price=D(in_force))
    known: dict[str, Any] = {"trade": trade(sl=D(in_force)), "position": priced(liquidation=liquidation)}
    got = wanted(rests, market=market(price=price), **known)
    assert got.level == D(level)
    assert [alert.code for alert in got.alerts] == [code]


def test_a_shorts_stop_beyond_liquidation_goes_half_way() -> None:
    assert wanted(short=True, position=priced(liquidation="91000", qty="-0.011")).level == D("90900.0")


def test_half_way_moves_with_the_price_so_every_change_of_it_counts() -> None:
    seen, rests = held(position=priced(liquidation="90600"))
    bounds = horizon(FLAT, seen, rests, config())
    assert bounds.low["mark"] == bounds.high["mark"] == D("90800.0")


def test_the_liquidation_price_of_a_short() -> None:
    assert wanted(short=True, position=priced(liquidation="92000", qty="-0.011")).level == D("91540.0")
