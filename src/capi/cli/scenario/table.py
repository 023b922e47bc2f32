"""A TOML table read key by key: each value once, into its type; what nobody asked for is an error with its place."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

from capi.adapters.fields import InputError, inside, nearest, shown

T = TypeVar("T")

DIGITS_MAX: Final = 15
"""Before the point, and after it."""


class Table:
    """One table. Take every key that may be there, then call `done`."""

    def __init__(self, fields: Mapping[str, object], place: str) -> None:
        """`place`: how sentences name it; empty for the file itself."""
        self._left: Final = dict(fields)
        self._known: Final[list[str]] = []
        self.place: Final = place

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, read: Callable[[object, str], T]) -> T:
        """Return a key that has to be there."""
        self._known.append(key)
        if key not in self._left:
            raise InputError(f"{inside(self.place, key)}: is missing; write it")
        return read(self._left.pop(key), inside(self.place, key))

    def get(self, key: str, read: Callable[[object, str], T], default: T) -> T:
        """Return a key, or what it is when it is not there."""
        self._known.append(key)
        return read(self._left.pop(key), inside(self.place, key)) if key in self._left else default

    def done(self) -> None:
        """Raise InputError for a key that means nothing here."""
        for key in self._left:
            raise InputError(f"{inside(self.place, key)}: is no key here; {nearest(key, tuple(self._known))}")


def table(value: object, place: str) -> Table:
    """Return a table to be read."""
    return Table(mapping(value, place), place)


def mapping(value: object, place: str) -> Mapping[str, object]:
    """Return a table as it is."""
    if not isinstance(value, dict):
        raise InputError(f"{place}: {shown(value)} is not a table; write {{ ... }}, or [[{place}]] above its keys")
    return value


def number(value: object, place: str) -> Decimal:
    """Return an exact finite number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InputError(f"{place}: {shown(value)} is not a number; write one, without quotes")
    exact = Decimal(value)
    if not exact.is_finite() or (exact and not -DIGITS_MAX <= exact.adjusted() < DIGITS_MAX):
        raise InputError(f"{place}: {shown(value)} is no number of at most {DIGITS_MAX} digits; correct it")
    return exact


def positive(value: object, place: str) -> Decimal:
    """Return a number above zero."""
    exact = number(value, place)
    if exact <= 0:
        raise InputError(f"{place}: {exact} must be above 0")
    return exact


def whole(value: object, place: str) -> int:
    """Return a whole number from zero on."""
    exact = number(value, place)
    if exact != exact.to_integral_value() or exact < 0:
        raise InputError(f"{place}: {exact} must be a whole number, not below 0")
    return int(exact)


def code(value: object, place: str) -> int:
    """Return a code of the exchange: whole and below zero."""
    exact = number(value, place)
    if exact != exact.to_integral_value() or exact >= 0:
        raise InputError(f"{place}: {exact} is no code of the exchange; they are whole and below 0")
    return int(exact)


def moment(value: object, place: str) -> int:
    """Return milliseconds of a time in seconds since the start."""
    exact = number(value, place) * 1000
    if exact != exact.to_integral_value() or exact < 0:
        raise InputError(f"{place}: {shown(value)} is no time: seconds since the start, to a millisecond")
    return int(exact)


def items(read: Callable[[object, str], T]) -> Callable[[object, str], tuple[T, ...]]:
    """Return a reader of a list."""

    def read_all(value: object, place: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise InputError(f"{place}: {shown(value)} is not a list; write [ ... ], or [[{place}]] for each table")
        return tuple(read(item, f"{place}[{index}]") for index, item in enumerate(value))

    return read_all


def choice(choices: tuple[str, ...]) -> Callable[[object, str], str]:
    """Return a reader of one of some words."""

    def read(value: object, place: str) -> str:
        if value not in choices:
            hint = nearest(value, choices) if isinstance(value, str) else f"known are {', '.join(choices)}"
            raise InputError(f"{place}: {shown(value)} is not known; {hint}")
        return str(value)

    return read
