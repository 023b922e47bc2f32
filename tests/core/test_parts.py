"""A quantity in orders that the exchange takes: each on the step, none too large or too small."""

from dataclasses import replace
from decimal import Decimal

import pytest

from capi.core.parts import PARTS_MAX, parts_of
from tests.worlds import INSTRUMENT

D = Decimal


@pytest.mark.parametrize(
    ("whole", "largest", "smallest", "parts"),
    [
        ("250", "120", "0.001", ["120", "120", "10"]),
        ("240", "120", "0.001", ["120", "120"]),
        ("5", None, "0.001", ["5"]),
        ("120.005", "120", "0.01", ["119.995", "0.01"]),  # the last part must be an order too
        ("0.0004", "120", "0.001", []),
        ("0.005", "120", "0.01", []),
        ("1", "0.0005", "0", []),  # no order can be that small
        ("1", "0.004", "0.01", []),
        ("0", "120", "0", []),
        ("40", "36.7", "30", ["36.7"]),  # the rest is below the minimum and cannot be shared
        ("0.012", "0.005", "0.005", ["0.005", "0.005"]),  # only what is below the minimum stays
        ("0.012", "0.007", "0.005", ["0.007", "0.005"]),
        ("0.0115", None, "0.001", ["0.011"]),
    ],
)
def test_parts(whole: str, largest: str | None, smallest: str, parts: list[str]) -> None:
    instrument = replace(INSTRUMENT, min_qty=D(smallest))
    got = list(parts_of(D(whole), None if largest is None else D(largest), instrument))
    assert got == [D(part) for part in parts]


def test_what_too_many_parts_would_carry_is_left_to_the_next_pass() -> None:
    assert list(parts_of(D(10**20), D(1), INSTRUMENT)) == [D(1)] * PARTS_MAX
