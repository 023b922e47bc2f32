"""Every filter refuses with the exchange's own code, and lets its bound pass."""

from dataclasses import replace

import pytest

from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Instrument
from capi.core.actions import PlaceOrder
from capi.ports.market import Quote
from tests.adapters.paper.world import (
    INSTANT,
    INSTRUMENT,
    START_MS,
    D,
    World,
    limit,
    market,
    no,
    place,
    stop,
    yes,
)


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        (-4015, limit("a b", "BUY", "0.01", "100000")),
        (-4015, limit("x" * 37, "BUY", "0.01", "100000")),
        (-4015, limit("", "BUY", "0.01", "100000")),
        (-4001, limit("e", "BUY", "0.01", "0")),
        (-4014, limit("e", "BUY", "0.01", "99999.95")),
        (-4003, limit("e", "BUY", "0", "100000")),
        (-4003, limit("e", "BUY", "-1", "100000")),
        (-1111, limit("e", "BUY", "0.0015", "100000")),
        (-4005, limit("e", "BUY", "1000.001", "100000")),
        (-4005, market("e", "BUY", "120.001")),
        (-4005, stop("s", "SELL", "95000", "120.001")),
        (-4014, stop("s", "SELL", "95000.05")),
        (-4016, limit("e", "BUY", "0.01", "105000.1")),
        (-4024, limit("e", "SELL", "0.01", "94999.9")),
        (-4164, limit("e", "BUY", "0.001", "49999.9")),
        (-4164, stop("s", "SELL", "49000", "0.001", reduce_only=False)),
        (-1102, place("e", "BUY", "LIMIT", "0.01", price="100000")),
        (-1102, place("e", "BUY", "LIMIT", "0.01", tif="GTC")),
        (-1102, place("e", "BUY", "MARKET", None)),
        (-1106, place("e", "BUY", "MARKET", "0.01", price="100000")),
        (-1106, place("e", "BUY", "MARKET", "0.01", tif="IOC")),
        (-1106, place("e", "BUY", "MARKET", "0.01", close_position=True)),
        (-4120, place("e", "SELL", "STOP_MARKET", "0.01", trigger="95000")),
        (-1130, place("e", "BUY", "MARKET", "0.01", kind="algo")),
        (-1116, place("e", "SELL", "TRAILING_STOP_MARKET", "0.01", kind="algo", trigger="95000")),
        (-1102, place("e", "SELL", "STOP_MARKET", "0.01", kind="algo")),
        (-1102, place("e", "SELL", "STOP_MARKET", None, kind="algo", trigger="95000")),
        (-1106, place("e", "SELL", "STOP_MARKET", "0.01", kind="algo", trigger="95000", price="94000")),
    ],
)
def test_a_bad_order_is_refused_with_the_exchange_s_code(code: int, request_: PlaceOrder) -> None:
    assert World().code(request_) == code


def test_closeposition_with_quantity_is_refused_4137_and_with_reduce_only_1106() -> None:
    world = World()
    both = place("s", "SELL", "STOP_MARKET", "0.01", kind="algo", trigger="95000", close_position=True)
    assert world.code(both) == -4137
    twice = place("s", "SELL", "STOP_MARKET", None, kind="algo", trigger="95000", close_position=True, reduce_only=True)
    assert world.code(twice) == -1106


@pytest.mark.parametrize(
    "request_",
    [
        limit("e" * 36, "BUY", "0.001", "50000"),  # 36 characters, minimum quantity and notional
        limit("e", "BUY", "0.001", "105000"),  # the band's upper bound
        limit("e", "SELL", "0.001", "95000"),
        limit("e", "SELL", "0.001", "500000"),  # far away on the passive side is allowed
    ],
)
def test_an_order_on_the_bound_is_accepted(request_: PlaceOrder) -> None:
    World().done(request_)


def test_the_percent_price_band_is_measured_from_mark_not_from_the_book() -> None:
    world = World()
    world.quote("99999.9", "100000.1", mark="98000")
    assert world.code(limit("e", "BUY", "0.01", "102900.1")) == -4016
    world.done(limit("e", "BUY", "0.01", "102900"))


def test_reduce_only_is_exempt_from_min_notional_4164() -> None:
    world = World()
    world.quote("9999.9", "10000.1")  # 0.001 is worth 10 USDT
    assert world.code(market("e", "BUY", "0.001")) == -4164
    world.done(market("e2", "BUY", "0.010"))
    world.done(limit("tp", "SELL", "0.001", "10100", reduce_only=True))


def exchange_with(instrument: Instrument) -> PaperExchange:
    """Return an exchange with other filters, at about 100 000 USDT."""
    exchange = PaperExchange(instrument, D(1000), INSTANT, START_MS)
    exchange.advance(Quote(START_MS, D("99999.9"), D("100000.1")))
    return exchange


def test_a_step_that_is_no_power_of_ten_refuses_4023() -> None:
    exchange = exchange_with(replace(INSTRUMENT, step_size=D("0.005")))
    assert getattr(no(exchange.act(limit("e", "BUY", "0.007", "99000"))), "code", None) == -4023


def test_a_quantity_below_the_minimum_is_refused_4004() -> None:
    exchange = exchange_with(replace(INSTRUMENT, min_qty=D("0.002")))
    assert getattr(no(exchange.act(limit("e", "BUY", "0.001", "99000"))), "code", None) == -4004
    yes(exchange.act(limit("e", "BUY", "0.002", "99000")))


def test_without_bounds_any_quantity_passes() -> None:
    exchange = exchange_with(replace(INSTRUMENT, max_qty=None, market_max_qty=None))
    assert getattr(no(exchange.act(market("e", "BUY", "5000"))), "code", None) == -2019
