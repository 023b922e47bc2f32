"""ATR of closed one-minute candles over the price, from one price at a time."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from capi.core.volatility import VolatilityMeter
from tests.adapters.paper.world import D


def meter_of(*prices: tuple[int, str]) -> VolatilityMeter:
    """Feed prices, each at its second."""
    meter = VolatilityMeter()
    for second, price in prices:
        meter.update(second * 1000, D(price))
    return meter


def test_nothing_is_known_before_the_first_price() -> None:
    assert VolatilityMeter().value() is None


def test_without_a_closed_candle_it_is_the_range_so_far() -> None:
    assert meter_of((0, "100")).value() == 0
    assert meter_of((0, "100"), (10, "102"), (59, "101")).value() == D("0.01980198")  # 2 / 101


def test_the_open_candle_counts_only_when_it_closes() -> None:
    meter = meter_of((0, "100"), (10, "101"), (61, "101"), (62, "150"), (63, "100"))
    assert meter.value() == D("0.01")


def test_a_true_range_reaches_back_to_the_previous_close() -> None:
    meter = meter_of((0, "100"), (60, "104"), (61, "105"), (120, "100"))
    assert meter.value() == D("0.025")  # (0 + 5) / 2 / 100


def test_a_minute_without_a_price_makes_no_candle() -> None:
    meter = meter_of((0, "100"), (600, "104"), (660, "100"))
    assert meter.value() == D("0.02")  # (0 + 4) / 2 / 100, the gap's jump counted once


def test_an_older_price_counts_into_the_current_candle() -> None:
    meter = meter_of((60, "100"), (0, "98"), (120, "100"))
    assert meter.value() == D("0.02")


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(900, 1100)), min_size=1, max_size=200))
def test_it_equals_the_formula_over_the_last_14_candles(steps: list[tuple[int, int]]) -> None:
    meter, second, candles = VolatilityMeter(), 0, dict[int, list[Decimal]]()
    for wait, price in steps:
        second += wait
        meter.update(second * 1000, D(price))
        candles.setdefault(second // 60, []).append(D(price))
    series = list(candles.values())
    ranges = []
    for index, candle in enumerate(series[:-1]):
        known = [*candle, *series[index - 1][-1:]] if index else candle
        ranges.append(max(known) - min(known))
    recent = ranges[-14:]
    mean = sum(recent, D(0)) / len(recent) if recent else max(series[-1]) - min(series[-1])
    assert meter.value() == (mean / series[-1][-1]).quantize(D("1E-8"))
