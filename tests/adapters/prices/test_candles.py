"""Inside a candle the price takes the path that is worse for us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.adapters.prices import Candle, path
from capi.core.decision import Direction
from tests.adapters.prices.files import D

TICK = D("0.1")
DIRECTIONS: tuple[Direction | None, ...] = ("long", "short", None)


def candle(open_: str, high: str, low: str, close: str) -> Candle:
    return Candle(60_000, 119_999, D(open_), D(high), D(low), D(close), D("1.5"), TICK)


RISING = candle("100", "110", "90", "105")
FALLING = candle("105", "110", "90", "100")


def lasts(it: Candle, direction: Direction | None, resting: Direction | None = None) -> list[D | None]:
    return [quote.last for quote in path(it, direction, resting)]


@pytest.mark.parametrize("it", [RISING, FALLING])
def test_a_position_meets_its_stop_before_its_target(it: Candle) -> None:
    assert lasts(it, "long") == [it.open, D(90), D(110), it.close]
    assert lasts(it, "short") == [it.open, D(110), D(90), it.close]


@pytest.mark.parametrize("it", [RISING, FALLING])
def test_an_entry_that_rests_is_filled_by_the_last_extreme(it: Candle) -> None:
    assert lasts(it, None, "long") == [it.open, D(110), D(90), it.close]
    assert lasts(it, None, "short") == [it.open, D(90), D(110), it.close]
    assert lasts(it, "long", "short") == lasts(it, "long"), "a position counts for more than an entry"


def test_flat_takes_the_shorter_way() -> None:
    assert lasts(RISING, None) == [D(100), D(90), D(110), D(105)]
    assert lasts(FALLING, None) == [D(105), D(110), D(90), D(100)]


def test_times_and_book() -> None:
    first, low, high, last = path(RISING, "long")
    assert [it.timestamp_ms for it in (first, low, high, last)] == [60_000, 79_999, 99_999, 119_999]
    assert (low.bid, low.ask, low.mark) == (D(90), D("90.1"), D(90)), "the low was sold: it is the bid"
    assert (high.bid, high.ask, high.mark) == (D("109.9"), D(110), D(110)), "the high was bought: it is the ask"
    assert (low.bid_qty, low.ask_qty) == (D("1.5"), D("1.5"))


def test_a_candle_without_movement_keeps_its_spread() -> None:
    for quote in path(candle("100", "100", "100", "100"), None):
        assert (quote.bid, quote.ask) == (D(100), D("100.1"))


@given(
    st.lists(st.decimals(min_value="0.1", max_value=100_000, places=3), min_size=4, max_size=4).map(sorted),
    st.integers(1, 10_000_000),
    st.booleans(),
    st.sampled_from(DIRECTIONS),
    st.sampled_from(DIRECTIONS),
)
def test_any_path_is_a_tick_wide_on_ticks_in_time_and_shows_all_four_prices(
    prices: list[D], span: int, rising: bool, direction: Direction | None, resting: Direction | None
) -> None:
    low, a, b, high = prices
    it = Candle(1_000, 1_000 + span, a if rising else b, high, low, b if rising else a, None, TICK)
    quotes = path(it, direction, resting)
    times = [quote.timestamp_ms for quote in quotes]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (it.open_ms, it.close_ms)
    assert sorted(quote.last for quote in quotes if quote.last is not None) == prices
    for quote in quotes:
        assert 0 < quote.bid < quote.ask
        assert quote.ask - quote.bid == TICK
        assert quote.bid % TICK == 0
        assert quote.last is not None
        assert quote.bid <= quote.last <= quote.ask
        assert quote.last == quote.mark
