"""Axes: round, in order, inside, and few."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capi.cli.reporting.scale import Scale, time_ticks, value_scale, value_ticks

_VALUES = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=6)
_YEAR_MS = 366 * 86_400_000


@given(st.lists(_VALUES, max_size=5))
def test_the_lines_of_values_are_few_and_inside(values: list[Decimal]) -> None:
    scale = value_scale(values, 200, 20)
    ticks = value_ticks(scale)
    assert ticks == sorted(set(ticks))
    assert 2 <= len(ticks) <= 7
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    assert all(20 <= scale(value) <= 200 for value in [*values, *ticks])
    assert all(len(tick.as_tuple().digits) <= 12 for tick in ticks)


@given(st.integers(0, 40 * _YEAR_MS), st.integers(1000, 30 * _YEAR_MS))
def test_the_lines_of_times_are_few_and_inside(from_ms: int, span_ms: int) -> None:
    ticks = time_ticks(from_ms, from_ms + span_ms)
    assert len(ticks) <= 8
    assert all(from_ms <= at <= from_ms + span_ms for at, _ in ticks)
    assert all(one[1] != next_[1] for one, next_ in pairwise(ticks))


def test_lines_are_where_people_expect_them() -> None:
    assert value_ticks(Scale(Decimal(9920), Decimal(10010), 0, 1)) == [
        Decimal(value) for value in (9920, 9940, 9960, 9980, 10000)
    ]
    ticks = time_ticks(1_764_273_600_000, 1_764_273_600_000 + 6 * 3_600_000)
    assert [written for _, written in ticks] == ["20:00", "21:00", "22:00", "23:00", "2025-11-28", "01:00", "02:00"]


def test_a_scale_places_and_keeps_inside() -> None:
    scale = Scale(Decimal(0), Decimal(10), 100, 0)
    assert [scale(value) for value in (-5, 0, 5, 10, 20)] == [100, 100, 50, 0, 0]
