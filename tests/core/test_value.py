"""Values: equal by their fields, named when made, and not to be changed."""

from dataclasses import field, fields, replace
from decimal import Decimal

import pytest

from capi.core.orders import Order
from capi.core.value import changed, record, value


@value
class Point:
    """Two numbers."""

    x: int
    y: int | None = None


@value
class Place:
    """Other than a point, with the same fields."""

    x: int
    y: int | None = None


@value
class Farther(Point):
    """A point in space."""

    z: int


@record
class Pair:
    """May be given in order."""

    x: int
    y: int = 0


@record
class Nothing:
    """Says what it says by being there."""


@record
class Locked:
    """Has a field that is not told."""

    name: str
    word: str = field(default="open sesame", repr=False)


@value
class Secret:
    """Tells no more than it wants to."""

    name: str

    def __repr__(self) -> str:
        return "Secret(***)"


def test_values_are_equal_when_their_fields_are() -> None:
    assert Point(x=1, y=2) == Point(y=2, x=1)
    assert Point(x=1) != Point(x=2)
    assert Point(x=1, y=2) != Point(x=1)


def test_values_of_two_classes_are_never_equal() -> None:
    others: list[object] = [Place(x=1), (1, None), None]
    assert Point(x=1) not in others
    assert Point(x=1).__eq__(Place(x=1)) is NotImplemented  # the other is asked too


def test_equal_values_are_one_key() -> None:
    assert {Point(x=1): "a", Point(x=2): "b", Point(x=1, y=None): "c"} == {Point(x=1): "c", Point(x=2): "b"}


def test_a_value_says_what_it_is() -> None:
    assert repr(Point(x=1)) == "Point(x=1, y=None)"


def test_fields_are_named_and_none_is_forgotten() -> None:
    with pytest.raises(TypeError, match="positional"):
        Point(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'x'"):
        Point(y=2)  # type: ignore[call-arg]


def test_mypy_refuses_a_change_and_there_is_no_room_for_more() -> None:
    """The first line is an error to mypy, or it would say that nothing has to be ignored."""
    point = Point(x=1)
    point.x = 2  # type: ignore[misc]
    assert not hasattr(point, "__dict__")


def test_a_value_is_a_data_class_to_all_that_asks() -> None:
    assert [field.name for field in fields(Point)] == ["x", "y"]
    assert replace(Point(x=1), y=3) == Point(x=1, y=3)


def test_a_changed_value_is_another_one() -> None:
    one = Point(x=1, y=2)
    assert (changed(one, y=3), one) == (Point(x=1, y=3), Point(x=1, y=2))
    with pytest.raises(TypeError, match="'z'"):
        changed(one, z=3)  # type: ignore[call-arg]


def test_one_field_that_differs_is_enough() -> None:
    one = Order(client_order_id="a", kind="plain", side="BUY", type="LIMIT", status="NEW")
    for name, other in {"client_order_id": "b", "kind": "algo", "filled_qty": Decimal(1), "code": -2022}.items():
        assert replace(one, **{name: other}) != one  # type: ignore[arg-type]


def test_a_record_may_be_made_in_order_and_is_a_value() -> None:
    assert Pair(1, 2) == Pair(y=2, x=1)
    assert Pair(1) != Pair(2)
    assert {Pair(1): "a"}[Pair(1, 0)] == "a"
    assert repr(Pair(1)) == "Pair(x=1, y=0)"
    match Pair(3, 4):
        case Pair(x, y):
            assert (x, y) == (3, 4)


def test_records_without_fields_are_alike() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    others: list[object] = [Pair(1), Secret(name="a"), None]
    assert Nothing() not in others
    assert repr(Nothing()) == "Nothing()"


def test_fields_of_a_base_count_too() -> None:
    assert Farther(x=1, z=3) != Farther(x=2, z=3)
    assert hash(Farther(x=1, z=3)) == hash(Farther(x=1, y=None, z=3))
    assert repr(Farther(x=1, z=3)) == "Farther(x=1, y=None, z=3)"


def test_a_text_of_its_own_is_kept() -> None:
    """It may keep a secret."""
    assert repr(Secret(name="hidden")) == "Secret(***)"


def test_a_field_that_is_not_to_be_told_is_not() -> None:
    assert repr(Locked("door")) == "Locked(name='door')"
