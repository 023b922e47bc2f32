"""Values of input files, each read once into a type that cannot be wrong, or refused in one sentence.

A sentence begins with the place (`account.market.bid`), shows the value in at most 60 printable ASCII characters, and
says what to write instead. Decisions and snapshots share these readers, so both mean the same by a number or a time.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, NamedTuple, TypeVar

from capi.adapters.exact_json import DIGITS_AFTER_MAX, DIGITS_BEFORE_MAX, OutOfBounds, number_of
from capi.core.units import EXACT

YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2099
_SHOWN_MAX: Final = 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST_US: Final = (datetime(YEAR_MIN, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_END_US: Final = (datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
TIME: Final = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})[Tt ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)
_RATIO: Final = re.compile(r"([^ %]+?) ?(%|bps)")
_EXPONENT: Final = {"%": -2, "bps": -4}

T = TypeVar("T")


class Bounds(NamedTuple):
    """What a number must keep to; None is no bound."""

    above: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    def broken_by(self, value: Decimal) -> str | None:
        """Return the bound that `value` breaks, as words, or None."""
        if self.above is not None and value <= self.above:
            return f"above {self.above}"
        if self.at_least is not None and value < self.at_least:
            return f"at least {self.at_least}"
        if self.at_most is not None and value > self.at_most:
            return f"at most {self.at_most}"
        return None


ANY: Final = Bounds()
POSITIVE: Final = Bounds(above=0)
NOT_NEGATIVE: Final = Bounds(at_least=0)
FRACTION: Final = Bounds(at_least=0, at_most=1)


class InputError(ValueError):
    """What is wrong with an input, where, and what to write instead: one sentence.

    `found`: the sentence without its `cure`, for whoever did not write the input and cannot correct it.
    """

    def __init__(self, found: str, cure: str = "") -> None:
        super().__init__(f"{found}; {cure}" if cure else found)
        self.found: Final = found


def shown(value: object) -> str:
    """Return a value as a sentence can quote it: printable ASCII on one line, at most 60 characters."""
    quoted = str(value) if isinstance(value, Decimal | OutOfBounds) else json.dumps(value, default=str)
    return quoted if len(quoted) <= _SHOWN_MAX else f"{quoted[: _SHOWN_MAX - 3]}..."


def inside(place: str, key: str) -> str:
    """Return the place of an object's field; the key may be anything, the place stays printable."""
    name = shown(key)[1:-1]
    return f"{place}.{name}" if place else name


def number(value: object, place: str, bounds: Bounds = ANY, *, as_text: bool = False) -> Decimal:
    """Return an exact number within its bounds; `as_text` takes JSON text that holds a number too."""
    exact = number_of(value) if as_text and isinstance(value, str) else value
    if isinstance(exact, OutOfBounds):
        raise InputError(
            f"{place}: {shown(value)} is no number of at most {DIGITS_BEFORE_MAX} digits before the point and "
            f"{DIGITS_AFTER_MAX} after it"
        )
    if not isinstance(exact, Decimal):
        cure = "write one" if as_text else "write one, without quotes"
        raise InputError(f"{place}: {shown(value)} is not a number", cure)
    broken = bounds.broken_by(exact)
    if broken is not None:
        raise InputError(f"{place}: {shown(value)} must be {broken}")
    return exact or exact.copy_abs()  # a zero has no sign


def whole(value: object, place: str, bounds: Bounds = ANY, *, as_text: bool = False) -> int:
    """Return a whole number within its bounds."""
    exact = number(value, place, bounds, as_text=as_text)
    if exact != exact.to_integral_value():
        raise InputError(f"{place}: {shown(exact)} must be a whole number")
    return int(exact)


def ratio(value: object, place: str, bounds: Bounds = NOT_NEGATIVE) -> Decimal:
    """Return the fraction that text with a unit says ("0.15%" and "15bps" are 0.0015); `bounds` are the fraction's."""
    if isinstance(value, Decimal | OutOfBounds):
        raise InputError(f'{place}: {shown(value)} of what? Write it as text with its unit: "0.15%" or "15bps"')
    match = _RATIO.fullmatch(text(value, place))
    if match is None:
        raise InputError(f"{place}: {shown(value)} has no unit", 'write it like "0.15%" or "15bps"')
    fraction = number(match[1], place, as_text=True).scaleb(_EXPONENT[match[2]], EXACT)
    broken = bounds.broken_by(fraction)
    if broken is not None:
        raise InputError(f"{place}: {shown(value)} must be {broken}, as a fraction (1 is 100%)")
    return fraction


def text(value: object, place: str, *, length_max: int | None = None) -> str:
    """Return text that is not empty."""
    if not isinstance(value, str) or isinstance(value, OutOfBounds):
        raise InputError(f"{place}: {shown(value)} is not text", "write it in quotes")
    if not value:
        raise InputError(f'{place}: "" is empty', f"write it, or leave {place.rpartition('.')[2]} out")
    if length_max is not None and len(value) > length_max:
        raise InputError(f"{place}: {shown(value)} has {len(value)} characters; at most {length_max} are read")
    return value


def flag(value: object, place: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InputError(f"{place}: {shown(value)} must be true or false")
    return value


def one_of(value: object, place: str, choices: Mapping[str, T]) -> T:
    """Return what a name stands for."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{place}: {shown(value)} must be one of {', '.join(choices)}")
    return choices[value]


def array(value: object, place: str) -> list[object]:
    """Return a JSON array's items."""
    if not isinstance(value, list):
        raise InputError(f"{place}: {shown(value)} is not a list", "write [ ... ]")
    return value


def table(value: object, place: str) -> Mapping[str, object]:
    """Return a JSON object's fields."""
    if not isinstance(value, dict):
        raise InputError(f"{place}: {shown(value)} is not an object", "write { ... }")
    return value


def time_us(value: object, place: str) -> int:
    """Return microseconds since the Unix epoch (UTC) of an ISO 8601 time; without an offset it is UTC."""
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InputError(f"{place}: {shown(value)} is not an ISO 8601 time", 'write it like "2025-11-28T10:05:00Z"')
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        zone = timezone(-offset if match[8] == "-" else offset)
        at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise InputError(f"{place}: {shown(value)} is no time of the calendar", "correct it") from error
    fraction = int((match[7] or "").ljust(6, "0")[:6])
    return within_years((at - _EPOCH) // _MICROSECOND + fraction, place, value)


def within_years(microseconds: int, place: str, written: object) -> int:
    """Return a time that lies in the years 2000 to 2099; `written` is what a refusal shows."""
    if not _FIRST_US <= microseconds < _END_US:
        raise InputError(f"{place}: {shown(written)} is outside the years {YEAR_MIN} to {YEAR_MAX}", "correct it")
    return microseconds


def time_ms(value: object, place: str) -> int:
    """Return milliseconds since the Unix epoch (UTC) of an ISO 8601 time."""
    return time_us(value, place) // 1000


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return a hint at the known name that looks most like `name`, or at all of them."""
    matches = get_close_matches(name, known, n=1)
    return f"did you mean {matches[0]}?" if matches else f"known are {', '.join(known)}"
