"""The pure rules: how much a taker gets, when a maker fills, when a conditional order fires."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.adapters.paper.matching import fires, rested_fill, take
from capi.core.decision import Side
from capi.core.orders import OrderType
from tests.adapters.paper.world import D


def buy(
    quantity: str, *, touch_qty: str | None = "5", taken: str = "0", limit: str = "200", gap: str = "0.2"
) -> list[tuple[Decimal, Decimal]]:
    """Take from an ask of 100.0."""
    slices = take(
        "BUY",
        D(quantity),
        touch=D("100.0"),
        touch_qty=None if touch_qty is None else D(touch_qty),
        taken=D(taken),
        gap=D(gap),
        limit=D(limit),
    )
    return [(part.price, part.qty) for part in slices]


def test_the_docstring_example_holds() -> None:
    assert buy("12") == [(D("100.0"), D(5)), (D("100.2"), D(5)), (D("100.4"), D(2))]


def test_levels_between_the_first_and_the_last_are_one_fill_at_their_mean() -> None:
    assert buy("22") == [(D("100.0"), D(5)), (D("100.4"), D(15)), (D("100.8"), D(2))]  # 100.2, 100.4, 100.6 are one
    assert buy("20") == [
        (D("100.0"), D(5)),
        (D("100.3"), D(10)),
        (D("100.6"), D(5)),
    ]  # the last is always the worst price


def test_what_was_taken_of_the_touch_is_missing() -> None:
    assert buy("5", taken="3") == [(D("100.0"), D(2)), (D("100.2"), D(3))]
    assert buy("1", taken="5") == [(D("100.2"), D(1))]


def test_nothing_is_taken_beyond_the_limit() -> None:
    assert buy("12", limit="100.3") == [(D("100.0"), D(5)), (D("100.2"), D(5))]
    assert buy("12", limit="100.0") == [(D("100.0"), D(5))]
    assert buy("12", limit="99.9") == []
    assert buy("12", limit="100.3", taken="10") == []


def test_an_unknown_touch_quantity_slips_nothing_and_an_empty_touch_gives_nothing() -> None:
    assert buy("1000", touch_qty=None) == [(D("100.0"), D(1000))]
    assert buy("1", touch_qty="0") == []
    assert buy("0") == []


@given(
    quantity=st.decimals("0.001", "500", places=3),
    touch_qty=st.decimals("0.001", "20", places=3),
    taken=st.decimals("0", "50", places=3),
    levels=st.integers(0, 60),
    side=st.sampled_from(["BUY", "SELL"]),
)
def test_a_taker_gets_what_a_walk_level_by_level_gets(
    quantity: Decimal, touch_qty: Decimal, taken: Decimal, levels: int, side: Side
) -> None:
    touch, gap = D("1000.0"), D("0.2")
    sign = 1 if side == "BUY" else -1
    slices = take(
        side, quantity, touch=touch, touch_qty=touch_qty, taken=taken, gap=gap, limit=touch + sign * gap * levels
    )
    wanted, missing, cost, worst = quantity, taken, D(0), None
    for level in range(levels + 1):
        gone = min(missing, touch_qty)
        missing -= gone
        got = min(wanted, touch_qty - gone)
        wanted -= got
        cost += got * (touch + sign * gap * level)
        worst = touch + sign * gap * level if got else worst
    assert sum(part.qty for part in slices) == quantity - wanted
    assert sum(part.qty * part.price for part in slices) == cost
    assert (slices[-1].price if slices else None) == worst
    assert len(slices) <= 3


@pytest.mark.parametrize(
    ("side", "touch", "left", "expected"),
    [
        ("BUY", "99.9", "1", "7"),  # through it: wholly
        ("BUY", "99.9", None, "7"),
        ("BUY", "100.0", "3", "3"),  # at it: what is there
        ("BUY", "100.0", "9", "7"),
        ("BUY", "100.0", "0", "0"),
        ("BUY", "100.0", None, "0"),  # unknown is not plenty
        ("BUY", "100.1", "9", "0"),
        ("SELL", "100.1", "1", "7"),
        ("SELL", "100.0", "3", "3"),
        ("SELL", "99.9", "9", "0"),
    ],
)
def test_a_resting_limit_fills_through_and_at_the_touch(
    side: Side, touch: str, left: str | None, expected: str
) -> None:
    filled = rested_fill(side, D("100.0"), D(7), touch=D(touch), touch_left=None if left is None else D(left))
    assert filled == D(expected)


@pytest.mark.parametrize(
    ("order_type", "side", "at_99", "at_100", "at_101"),
    [
        ("STOP_MARKET", "SELL", True, True, False),
        ("STOP_MARKET", "BUY", False, True, True),
        ("TAKE_PROFIT_MARKET", "SELL", False, True, True),
        ("TAKE_PROFIT_MARKET", "BUY", True, True, False),
    ],
)
def test_conditional_orders_fire_on_their_side_of_the_trigger(
    order_type: OrderType, side: Side, at_99: bool, at_100: bool, at_101: bool
) -> None:
    fired = [fires(order_type, side, D(100), D(reference)) for reference in (99, 100, 101)]
    assert fired == [at_99, at_100, at_101]
