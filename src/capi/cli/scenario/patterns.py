"""A pattern that orders, requests and events are held against: some of their fields, and how many have to fit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from capi.adapters.fields import InputError
from capi.cli.scenario import table as read
from capi.cli.scenario.model import FOREVER

_MANY: Final = 1 << 30


class Pattern(NamedTuple):
    """Fields that have to be equal, how many rows have to have them, and when (milliseconds since the start)."""

    fields: Mapping[str, Any]
    low: int = 1
    high: int = _MANY
    from_ms: int = 0
    until_ms: int = FOREVER


def read_pattern(value: object, place: str) -> Pattern:
    """Return a pattern: any fields, and `times`, or `at_least` and `at_most`; `from` and `until` in seconds."""
    fields = dict(read.mapping(value, place))
    given: dict[str, int] = {}
    for key in ("times", "at_least", "at_most"):
        if key in fields:
            given[key] = read.whole(fields.pop(key), f"{place}.{key}")
    times, high = given.get("times"), given.get("at_most", _MANY)
    low = given.get("at_least", 0 if "at_most" in given else 1)
    if times is not None and len(given) > 1:
        raise InputError(f"{place}: times says how many already; leave at_least and at_most out")
    return Pattern(
        {key: _exact(field, f"{place}.{key}") for key, field in fields.items() if key not in ("from", "until")},
        low if times is None else times,
        high if times is None else times,
        read.moment(fields["from"], f"{place}.from") if "from" in fields else 0,
        read.moment(fields["until"], f"{place}.until") if "until" in fields else FOREVER,
    )


def counted(pattern: Pattern, rows: Iterable[tuple[int, Mapping[str, Any]]], start_ms: int) -> int:
    """Return how many rows, each with its time, fit. Raises InputError for a field that none of them has."""
    known: set[str] = set()
    number = rest = 0
    for at_ms, row in rows:
        rest += 1
        known.update(row)
        if not pattern.from_ms <= at_ms - start_ms <= pattern.until_ms:
            continue
        number += all(key in row and _equal(row[key], wanted) for key, wanted in pattern.fields.items())
    for key in pattern.fields:
        if rest and key not in known:
            raise InputError(f"must: {key} is no field here; known are {', '.join(sorted(known))}")
    return number


def _exact(value: object, place: str) -> object:
    """Return a value that compares exactly: a number is a Decimal, "none" is nothing."""
    if isinstance(value, str | bool):
        return None if value == "none" else value
    return read.number(value, place)


def _equal(found: object, wanted: object) -> bool:
    if isinstance(wanted, Decimal):
        return isinstance(found, int | Decimal) and not isinstance(found, bool) and found == wanted
    return found == wanted
