"""Exact numbers and ratios from outside: never through a binary float, never without bounds, never without the unit.

Each parser is a value whose fields are its bounds, so that tests and the written capi.toml can ask what it allows. It
takes what TOML, JSON, the environment or a flag brings, and returns one exact type. A refusal is a `ValueError` whose
text holds problem and cure.
"""

import re
from abc import abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.core.units import EXACT, ONE, ZERO, plain, text
from capi.settings.values import Parser, shown

DIGITS_BEFORE_POINT_MAX: Final = 20
DIGITS_AFTER_POINT_MAX: Final = 18
_BEYOND: Final = 10**DIGITS_BEFORE_POINT_MAX
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_RATIO: Final = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?) ?(%|bps)")
_UNITS: Final = {"%": Decimal(100), "bps": Decimal(10_000)}


def number(value: object) -> Decimal:
    """Return the exact number that `value` is (Decimal, whole number, or text of digits). Raises ValueError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return _bounded(Decimal(value.strip()))
    if isinstance(value, Decimal) and value.is_finite():
        return _bounded(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _bounded(Decimal(min(max(value, -_BEYOND), _BEYOND)))  # a million digits are not converted first
    raise ValueError(f"{shown(value)} is not an exact number: write digits with at most one point, as in 1.5")


def ratio(written: str) -> Decimal:
    """Return the fraction that a ratio with its unit means: "0.15%" and "15bps" are 0.0015. Raises ValueError."""
    stripped = written.strip()
    if match := _RATIO.fullmatch(stripped):
        return plain(EXACT.divide(_bounded(Decimal(match[1])), _UNITS[match[2]]))
    if _NUMBER.fullmatch(stripped):
        raise ValueError(_of_what(number(stripped)))
    raise ValueError(f'{shown(written)} is not a ratio: write a number and its unit, as in "0.15%" or "15bps"')


def ratio_text(fraction: Decimal) -> str:
    """Return a fraction as capi.toml writes it, exactly: 0.0015 → "0.15%"."""
    return f"{text(plain(EXACT.multiply(fraction, _UNITS['%'])))}%"


def _bounded(value: Decimal) -> Decimal:
    """Refuse what no setting needs before anything is computed with it."""
    exponent = value.as_tuple().exponent
    too_large = value.adjusted() >= DIGITS_BEFORE_POINT_MAX
    if too_large or not isinstance(exponent, int) or exponent < -DIGITS_AFTER_POINT_MAX:
        allowed = f"at most {DIGITS_BEFORE_POINT_MAX} digits before and {DIGITS_AFTER_POINT_MAX} after the point"
        raise ValueError(f"the number has too many digits: write {allowed}")
    return value


def _of_what(value: Decimal) -> str:
    """Return why a number without its unit is refused: the same digits could mean a hundred times more or less."""
    bps = text(plain(EXACT.multiply(value, Decimal(100))))
    return f'{text(value)} of what? Write "{text(value)}%" or "{bps}bps"'


@dataclass(frozen=True)
class Bounded(Parser):
    """What lies between two bounds; with `above`, the lower one is left out."""

    minimum: Decimal = ZERO
    maximum: Decimal = ONE
    above: bool = False

    def within(self, exact: Decimal, kind: str) -> Decimal:
        """Return `exact` when the bounds allow it, else raise ValueError."""
        if exact < self.minimum or exact > self.maximum or (self.above and exact == self.minimum):
            raise ValueError(f"{self.written(exact)} is not allowed: write {kind} {self.bounds}")
        return exact

    @property
    def bounds(self) -> str:
        """Return what is allowed, in words."""
        low, high = self.written(self.minimum), self.written(self.maximum)
        return f"above {low} and at most {high}" if self.above else f"from {low} to {high}"

    @abstractmethod
    def written(self, exact: Decimal) -> str:
        """Return a value as capi.toml would have it."""


class Number(Bounded):
    """An exact number; its unit is the end of the key's name."""

    def __call__(self, value: object) -> Decimal:
        """Return the number."""
        return self.within(number(value), "a number")

    def written(self, exact: Decimal) -> str:
        """Return it in fixed point."""
        return text(exact)


class Whole(Bounded):
    """A whole number; its unit is the end of the key's name."""

    def __call__(self, value: object) -> int:
        """Return the number."""
        exact = number(value)
        if exact != exact.to_integral_value():
            raise ValueError(f"{text(exact)} is not allowed: write a whole number {self.bounds}")
        return int(self.within(exact, "a whole number"))

    def written(self, exact: Decimal) -> str:
        """Return it in fixed point."""
        return text(exact)


class Ratio(Bounded):
    """A ratio as text with its unit; the result is a fraction."""

    def __call__(self, value: object) -> Decimal:
        """Return the fraction."""
        if isinstance(value, str):
            return self.within(ratio(value), "a ratio")
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            raise ValueError(_of_what(number(value)))
        raise ValueError(f'{shown(value)} is not a ratio: write number and unit as text, as in "0.15%" or "15bps"')

    def written(self, exact: Decimal) -> str:
        """Return it with its unit."""
        return ratio_text(exact)
