"""What was compared is known afterwards: the first instant and the nearest limits at which an answer would change."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.core.bounds import Bounds, Comparing, Comparisons

D = Decimal
PRICES = st.integers(1, 40).map(D)


def test_time_that_has_come_is_no_bound() -> None:
    bounds = Bounds(1000)
    assert bounds.past(1000)
    assert bounds.past(999)
    assert bounds.until_ms is None


def test_the_first_instant_to_come_bounds() -> None:
    bounds = Bounds(1000)
    assert not bounds.past(3000)
    assert not bounds.past(1001)
    assert not bounds.past(2000)
    assert bounds.until_ms == 1001


def test_equality_is_not_above_but_at_least() -> None:
    bounds = Bounds(0)
    assert not bounds.above("bid", D(5), D(5))
    assert bounds.at_least("ask", D(5), D(5))
    assert (bounds.high, bounds.low) == ({"bid": D(5)}, {"ask": D(5)})


@pytest.mark.parametrize("compare", ["above", "at_least"])
def test_the_nearest_limits_on_either_side_are_kept(compare: str) -> None:
    bounds = Bounds(0)
    for limit in (D(3), D(8), D(4), D(9), D(2), D(7)):
        getattr(bounds, compare)("mark", D(5), limit)
    assert (bounds.low, bounds.high) == ({"mark": D(4)}, {"mark": D(7)})


@given(PRICES, PRICES, st.lists(st.tuples(st.booleans(), PRICES), max_size=8))
def test_strictly_inside_the_bounds_every_comparison_comes_out_the_same(
    value: Decimal, other: Decimal, asked: list[tuple[bool, Decimal]]
) -> None:
    bounds = Bounds(0)
    answers = [_ask(bounds, strictly, value, limit) for strictly, limit in asked]
    low, high = bounds.low.get("mark"), bounds.high.get("mark")
    if (low is None or other > low) and (high is None or other < high):
        assert [_ask(Bounds(0), strictly, other, limit) for strictly, limit in asked] == answers


@given(st.booleans(), PRICES, PRICES)
def test_planning_compares_as_the_horizon_does(strictly: bool, value: Decimal, limit: Decimal) -> None:
    assert _ask(Comparisons(0), strictly, value, limit) == _ask(Bounds(0), strictly, value, limit)
    at_ms = int(limit)
    assert Comparisons(int(value)).past(at_ms) == Bounds(int(value)).past(at_ms) == (value >= limit)


def _ask(bounds: Comparing, strictly: bool, value: Decimal, limit: Decimal) -> bool:
    return bounds.above("mark", value, limit) if strictly else bounds.at_least("mark", value, limit)
