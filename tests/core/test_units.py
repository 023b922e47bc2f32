"""Exact arithmetic: each rounding goes in the direction that its name says, and text never has an exponent."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.core.units import EXACT, ceil_to, floor_to, percent, plain, text

D = Decimal
VALUES = st.decimals(min_value=0, max_value=10**9, places=9)
STEPS = st.sampled_from([D("0.1"), D("0.001"), D("0.25"), D(1), D("0.0000001"), D(10)])


@pytest.mark.parametrize(
    ("value", "step", "floor", "ceiling"),
    [
        ("90800.05", "0.1", "90800.0", "90800.1"),
        ("90800.0", "0.1", "90800.0", "90800.0"),
        ("0.0110132", "0.001", "0.011", "0.012"),
        ("0.0009", "0.001", "0.000", "0.001"),
        ("7", "2.5", "5.0", "7.5"),
        ("0", "0.1", "0.0", "0.0"),
    ],
)
def test_rounding(value: str, step: str, floor: str, ceiling: str) -> None:
    assert text(floor_to(D(value), D(step))) == floor
    assert text(ceil_to(D(value), D(step))) == ceiling


@given(VALUES, STEPS)
def test_rounding_stays_within_one_step_and_on_the_grid(value: Decimal, step: Decimal) -> None:
    with localcontext(EXACT):
        floor, ceiling = floor_to(value, step), ceil_to(value, step)
        assert floor <= value <= ceiling < floor + 2 * step
        assert floor % step == 0
        assert ceiling % step == 0
        assert ceiling - floor in (0, step)
        assert floor_to(floor, step) == floor == ceil_to(floor, step)


@pytest.mark.parametrize(
    ("given_as", "shown"),
    [("0.0100", "0.01"), ("100", "100"), ("1E+3", "1000"), ("0.000010", "0.00001"), ("0", "0"), ("5.0", "5")],
)
def test_plain_has_no_trailing_zeros_and_no_exponent(given_as: str, shown: str) -> None:
    assert text(plain(D(given_as))) == shown


def test_plain_has_no_positive_exponent_however_large_and_is_the_same_in_any_context() -> None:
    assert [plain(D(value)).as_tuple().exponent for value in ("1E+1", "10", "100", "1E+40")] == [0, 0, 0, 0]
    with localcontext(prec=3):
        assert plain(D("1E+40")) == 10**40
        assert text(plain(D("12345.60"))) == "12345.6"


def test_plain_keeps_more_digits_than_the_default_context() -> None:
    digits = "12345678901234567890.123456789012345678"
    assert text(plain(D(digits))) == digits


@pytest.mark.parametrize(("value", "shown"), [("1E-7", "0.0000001"), ("1E+3", "1000"), ("-0.5", "-0.5")])
def test_text_is_fixed_point(value: str, shown: str) -> None:
    assert text(D(value)) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"), [("0.0015", "0.15%"), ("0.01", "1%"), ("0", "0%"), ("0.000001", "0.0001%"), ("1.5", "150%")]
)
def test_percent(ratio: str, shown: str) -> None:
    assert percent(D(ratio)) == shown


def test_percent_of_a_very_large_ratio() -> None:
    assert percent(D("1E+30")) == "1" + "0" * 32 + "%"
