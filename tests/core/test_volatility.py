"""ATR(14) of closed one-minute candles over the price, against candles built and averaged by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.core.volatility import CANDLES, MINUTE_MS, VolatilityMeter

D = Decimal


def metered(*prices: tuple[int, str]) -> Decimal | None:
    """Feed (milliseconds, price) pairs and return the measure."""
    meter = VolatilityMeter()
    for at_ms, price in prices:
        meter.update(at_ms, D(price))
    return meter.value()


def test_unknown_before_the_first_price() -> None:
    assert VolatilityMeter().value() is None


def test_the_range_so_far_while_no_candle_has_closed() -> None:
    assert metered((0, "100")) == 0
    assert metered((0, "100"), (1000, "104"), (2000, "98"), (59_999, "100")) == D("0.06")


def test_closed_candles_count_and_the_open_one_does_not() -> None:
    assert metered((0, "100"), (1, "104"), (2, "100"), (60_000, "150"), (60_001, "50"), (60_002, "100")) == D("0.04")


def test_true_range_looks_back_to_the_last_close() -> None:
    jump = [(0, "100"), (60_000, "110"), (60_001, "112"), (120_000, "100")]
    assert metered(*jump) == D("0.06")  # (0 + (112 - 100)) / 2 / 100
    drop = [(0, "100"), (60_000, "90"), (60_001, "88"), (120_000, "100")]
    assert metered(*drop) == D("0.06")  # (0 + (100 - 88)) / 2 / 100


def test_a_minute_without_a_price_makes_no_candle() -> None:
    assert metered((0, "100"), (1, "102"), (600_000, "106"), (660_000, "100")) == D("0.03")  # (2 + 4) / 2 / 100


def test_an_older_price_counts_into_the_current_candle() -> None:
    assert metered((60_000, "100"), (59_000, "110"), (120_000, "100")) == D("0.1")


@pytest.mark.parametrize(("calm", "expected"), [(CANDLES - 1, "0.08071429"), (CANDLES, "0.01")])
def test_only_the_last_fourteen_candles_count(calm: int, expected: str) -> None:
    meter = VolatilityMeter()
    for minute in range(calm + 1):
        for second, price in enumerate(("100", "101" if minute else "200", "100")):
            meter.update(minute * MINUTE_MS + second * 1000, D(price))
    meter.update((calm + 1) * MINUTE_MS, D(100))
    assert meter.value() == D(expected)


def test_eight_digits_are_kept() -> None:
    assert metered((0, "3"), (1, "4")) == D("0.25000000")
    assert metered((0, "3"), (1, "2"), (2, "3")) == D("0.33333333")


@pytest.mark.parametrize("count", [1, 5, 40])
@given(data=st.data())
def test_it_is_the_mean_true_range_of_the_closed_candles(count: int, data: st.DataObject) -> None:
    prices = st.integers(50, 150).map(D)
    candles = [data.draw(st.lists(prices, min_size=1, max_size=4)) for _ in range(count)]
    meter = VolatilityMeter()
    ranges = list[Decimal]()
    close: Decimal | None = None
    for minute, candle in enumerate(candles):
        for second, price in enumerate(candle):
            meter.update(minute * MINUTE_MS + second * 1000, price)
        reach = candle if close is None else [*candle, close]
        ranges.append(max(reach) - min(reach))
        close = candle[-1]
    meter.update(count * MINUTE_MS, D(100))
    recent = ranges[-CANDLES:]
    assert meter.value() == (sum(recent, D(0)) / len(recent) / 100).quantize(D("1E-8"))


@given(data=st.data())
def test_a_part_of_a_minute_may_be_taken_at_once(data: st.DataObject) -> None:
    prices = st.integers(50, 150).map(D)
    one_by_one, at_once = VolatilityMeter(), VolatilityMeter()
    for minute in range(data.draw(st.integers(1, 20))):
        for part in data.draw(st.lists(st.lists(prices, min_size=1, max_size=4), min_size=1, max_size=3)):
            for price in part:
                one_by_one.update(minute * MINUTE_MS, price)
            at_once.take(minute * MINUTE_MS, max(part), min(part), part[-1])
    assert at_once.value() == one_by_one.value()
    assert at_once.state() == one_by_one.state()


def test_what_the_measure_is_made_of() -> None:
    meter = VolatilityMeter()
    assert meter.state() == (-1, [], None, None)
    meter.update(0, D(100))
    meter.update(1, D(104))
    assert meter.state() == (0, [], (D(104), D(100), D(104)), None)
    meter.update(MINUTE_MS, D(101))
    assert meter.state() == (1, [D(4)], (D(101), D(101), D(101)), D(104))
