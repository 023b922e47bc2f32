"""One JSON object of an answer, field by field: what is required is there and readable, or `InputError` names it.

Fields that are not known are passed over. Numbers may be JSON numbers or text: the exchange uses both, by endpoint.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeVar

from capi.adapters.fields import ANY, Bounds, InputError, array, inside, number, one_of, shown, table, text, whole
from capi.core.units import plain

T = TypeVar("T")

_FLAGS: Final = {True: True, False: False, "true": True, "false": False}


class Row:
    """An object and its place, for sentences."""

    def __init__(self, value: object, place: str) -> None:
        """Raise InputError when the value is no object."""
        self._fields: Final = table(value, place)
        self._place: Final = place

    def number(self, key: str, bounds: Bounds = ANY) -> Decimal:
        """Return a number, without trailing zeros."""
        return plain(number(self._required(key), inside(self._place, key), bounds, as_text=True))

    def optional_number(self, key: str) -> Decimal | None:
        """Return a number above zero; None when it is absent, null, empty, or not above it (how "none" is written)."""
        if self._fields.get(key) in (None, ""):
            return None
        number = self.number(key)
        return number if number > 0 else None

    def whole(self, key: str, bounds: Bounds = ANY) -> int:
        """Return a whole number."""
        return whole(self._required(key), inside(self._place, key), bounds, as_text=True)

    def optional_whole(self, key: str) -> int | None:
        """Return a whole number above zero; None when it is absent, null, empty, or not above it."""
        if self._fields.get(key) in (None, ""):
            return None
        number = self.whole(key)
        return number if number > 0 else None

    def text(self, key: str) -> str:
        """Return text that is not empty."""
        return text(self._required(key), inside(self._place, key))

    def optional_text(self, key: str) -> str:
        """Return text, empty when it is absent or null."""
        return self.text(key) if self._fields.get(key) not in (None, "") else ""

    def choice(self, key: str, choices: Mapping[str, T]) -> T:
        """Return what a name stands for; a name that is not known is an error."""
        return one_of(self._required(key), inside(self._place, key), choices)

    def flag(self, key: str) -> bool:
        """Return true or false, which may be text."""
        value = self._required(key)
        if not isinstance(value, bool | str) or value not in _FLAGS:
            raise InputError(f"{inside(self._place, key)}: {shown(value)} must be true or false")
        return _FLAGS[value]

    def has(self, key: str) -> bool:
        """Return whether a field is there and says something."""
        return self._fields.get(key) is not None

    def optional_flag(self, key: str) -> bool:
        """Return true or false; an absent one is false."""
        return self.has(key) and self.flag(key)

    def row(self, key: str) -> "Row":
        """Return an object inside."""
        return Row(self._required(key), inside(self._place, key))

    def rows(self, key: str) -> "list[Row]":
        """Return a list of objects."""
        return rows(self._required(key), inside(self._place, key))

    def _required(self, key: str) -> object:
        if key not in self._fields:
            raise InputError(f"{self._place}: {key} is missing")
        return self._fields[key]


def rows(value: object, place: str) -> list[Row]:
    """Return a list of objects. Raises InputError."""
    return [Row(item, f"{place}[{index}]") for index, item in enumerate(array(value, place))]
