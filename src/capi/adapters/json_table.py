"""One JSON object of an input file, read key by key: unknown keys and missing ones are refused before any value is.

An absent optional key is its default; null is "unknown" where the type has such a value, and refused where it has not,
but for the keys of which null says the same as absent (`absent_if_null`).
Numbers may stand in quotes. Sentences carry the key's whole place (`account.market.bid`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from capi.adapters import fields
from capi.adapters.fields import ANY, NOT_NEGATIVE, Bounds, InputError, inside

T = TypeVar("T")


class Table:
    """The fields of the object `value` at `place`."""

    def __init__(
        self,
        value: object,
        place: str,
        *,
        required: tuple[str, ...] = (),
        optional: tuple[str, ...] = (),
        absent_if_null: tuple[str, ...] = (),
    ) -> None:
        given = fields.table(value, place or "the snapshot")
        self._fields = {key: item for key, item in given.items() if item is not None or key not in absent_if_null}
        self._place = place
        known = required + optional + absent_if_null
        for key in self._fields:
            if key not in known:
                raise InputError(f"{inside(place, key)}: unknown key; {fields.nearest(key, known)}")
        for key in required:
            if key not in self._fields:
                raise InputError(f"{inside(place, key)}: missing; write it")

    def at(self, key: str) -> str:
        """Return a field's place."""
        return inside(self._place, key)

    def get(self, key: str, default: object = None) -> object:
        """Return a field as it came, or `default` when it is absent."""
        return self._fields.get(key, default)

    def exact(self, key: str, bounds: Bounds = ANY, default: Decimal | None = None) -> Decimal:
        """Return a number that has to be known."""
        return fields.number(self.get(key, default), self.at(key), bounds, as_text=True)

    def number(self, key: str, bounds: Bounds = ANY, default: Decimal | None = None) -> Decimal | None:
        """Return a number, or None when it is unknown."""
        value = self.get(key, default)
        return None if value is None else fields.number(value, self.at(key), bounds, as_text=True)

    def price(self, key: str) -> Decimal | None:
        """Return a price, or None when there is none: the exchange writes that as 0."""
        return self.number(key, NOT_NEGATIVE) or None

    def ratio(self, key: str, bounds: Bounds = NOT_NEGATIVE) -> Decimal | None:
        """Return a fraction, or None when it is unknown."""
        value = self.get(key)
        return None if value is None else fields.ratio(value, self.at(key), bounds)

    def known_ratio(self, key: str, default: str, bounds: Bounds = NOT_NEGATIVE) -> Decimal:
        """Return a fraction that has to be known."""
        return fields.ratio(self.get(key, default), self.at(key), bounds)

    def whole(self, key: str, bounds: Bounds = ANY) -> int | None:
        """Return a whole number, or None when it is unknown."""
        value = self.get(key)
        return None if value is None else fields.whole(value, self.at(key), bounds, as_text=True)

    def time(self, key: str) -> int | None:
        """Return a time in UTC milliseconds, or None when there is none."""
        value = self.get(key)
        return None if value is None else fields.time_ms(value, self.at(key))

    def known_time(self, key: str) -> int:
        """Return a time in UTC milliseconds that has to be known."""
        return fields.time_ms(self.get(key), self.at(key))

    def text(self, key: str, *, length_max: int | None = None) -> str:
        """Return text that has to be known."""
        return fields.text(self.get(key), self.at(key), length_max=length_max)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        return fields.flag(self.get(key, default), self.at(key))

    def optional_flag(self, key: str, *, default: bool) -> bool | None:
        """Return true or false, or None when it is unknown."""
        return None if self.get(key, default) is None else self.flag(key, default=default)

    def choice(self, key: str, choices: Mapping[str, T], default: str | None = None) -> T:
        """Return what a name that has to be known stands for."""
        return fields.one_of(self.get(key, default), self.at(key), choices)

    def optional_choice(self, key: str, choices: Mapping[str, T], default: str | None = None) -> T | None:
        """Return what a name stands for, or None when it is unknown."""
        return None if self.get(key, default) is None else self.choice(key, choices, default)
