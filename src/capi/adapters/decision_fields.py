"""The fields of one decision, each read and held to the contract's bounds: zone, stop, targets, size, checks, measures.

Prices and sizes are USDT. A long or short needs its zone, stop, size and leverage, and its geometry must hold; a flat
needs nothing, and what it brings along (nulls, zeros) is held to its syntax only. Refusals are `InputError`s.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from capi.adapters import fields
from capi.adapters.fields import NOT_NEGATIVE, POSITIVE, Bounds, InputError, inside, shown
from capi.core.decision import Direction, Proposal
from capi.core.value import record

LEVERAGE: Final = Bounds(at_least=1)
RISK_LEVEL: Final = Bounds(at_least=0, at_most=5)


@record
class DecisionFields:
    """One decision's fields by name; null is absent. `numbers_as_text`: numbers may stand in quotes."""

    table: Mapping[str, object]
    numbers_as_text: bool

    def get(self, name: str) -> object | None:
        """Return a field's value, or None when it is absent."""
        return self.table.get(name)

    def require(self, name: str, why: str) -> object:
        """Return a field's value; refuse its absence with `why`."""
        value = self.table.get(name)
        if value is None:
            raise InputError(f"{name}: missing; {why}")
        return value

    def exact(self, value: object, place: str, bounds: Bounds) -> Decimal:
        """Return a value as an exact number."""
        return fields.number(value, place, bounds, as_text=self.numbers_as_text)

    def number(self, name: str, bounds: Bounds) -> Decimal | None:
        """Return a field as an exact number, or None when it is absent."""
        value = self.table.get(name)
        return None if value is None else self.exact(value, name, bounds)

    def text(self, name: str) -> str | None:
        """Return a field as text, or None when it is absent."""
        value = self.table.get(name)
        return None if value is None else fields.text(value, name)


def proposal(given: DecisionFields, direction: Direction) -> Proposal:
    """Return what a long or short proposes."""
    why = f"a {direction} needs it"
    zone_min, zone_max = _zone(given, given.require("entry_zone", why), POSITIVE)
    sl = given.exact(given.require("sl", why), "sl", POSITIVE)
    tp1, tp2 = given.number("tp1", POSITIVE), given.number("tp2", POSITIVE)
    low, high = ("entry_zone[0]", zone_min), ("entry_zone[1]", zone_max)
    zone = (low, high) if direction == "long" else (high, low)
    _check_geometry(direction, ("sl", sl), *zone, ("tp1", tp1), ("tp2", tp2))
    return Proposal(
        direction=direction,
        zone_min=zone_min,
        zone_max=zone_max,
        sl=sl,
        tp1=tp1,
        tp2=tp2,
        position_size_usdt=given.exact(given.require("position_size_usdt", why), "position_size_usdt", POSITIVE),
        leverage=given.exact(given.require("leverage", why), "leverage", LEVERAGE),
    )


def _zone(given: DecisionFields, value: object, bounds: Bounds) -> tuple[Decimal, Decimal]:
    edges = fields.array(value, "entry_zone")
    if len(edges) != 2:
        raise InputError(f"entry_zone: {shown(value)} does not hold two numbers; write [min, max]")
    zone_min, zone_max = (given.exact(edge, f"entry_zone[{index}]", bounds) for index, edge in enumerate(edges))
    if zone_min > zone_max:
        raise InputError(f"entry_zone: {shown(zone_min)} is above {shown(zone_max)}; write [min, max]")
    return zone_min, zone_max


def _check_geometry(direction: Direction, *ladder: tuple[str, Decimal | None]) -> None:
    """Hold `ladder`, from the stop to the last target, to its order: rising for a long, falling for a short."""
    known = [(name, price) for name, price in ladder if price is not None]
    for (name, price), (next_name, next_price) in pairwise(known):
        if name.startswith("entry_zone") and next_name.startswith("entry_zone"):
            continue  # the zone may be one price, and its own order is known by now
        if price >= next_price if direction == "long" else price <= next_price:
            word = "below" if direction == "long" else "above"
            raise InputError(
                f"{name}: {shown(price)} must be {word} {next_name} {shown(next_price)} in a {direction}; correct one"
            )


def check_flat(given: DecisionFields) -> None:
    """Hold what a flat brings along to its syntax; nulls and zeros are normal."""
    zone = given.get("entry_zone")
    if zone is not None:
        _zone(given, zone, NOT_NEGATIVE)
    for name in ("sl", "tp1", "tp2", "position_size_usdt", "leverage"):
        given.number(name, NOT_NEGATIVE)


def risk_level(given: DecisionFields) -> int | None:
    """Return the risk level, for information."""
    value = given.get("risk_level")
    return None if value is None else fields.whole(value, "risk_level", RISK_LEVEL, as_text=given.numbers_as_text)


def reason(given: DecisionFields) -> str:
    """Return the writer's reason; none is empty text."""
    value = given.get("reason")
    return "" if value is None or value == "" else fields.text(value, "reason")


def risk_checks(given: DecisionFields) -> tuple[tuple[str, bool], ...]:
    """Return the writer's own checks by name."""
    value = given.get("risk_checks")
    checks = {} if value is None else fields.table(value, "risk_checks")
    return tuple((name, fields.flag(passed, inside("risk_checks", name))) for name, passed in checks.items())


def session(given: DecisionFields) -> str | None:
    """Return the session's name."""
    value, place = _member(given, "session", "current")
    return None if value is None else fields.text(value, place)


def measure(given: DecisionFields, name: str, *, flat: bool) -> Decimal | None:
    """Return a measure of the market; the zero of a flat says that there is none."""
    value, place = _member(given, name, "value")
    return None if value is None else given.exact(value, place, NOT_NEGATIVE if flat else POSITIVE) or None


def _member(given: DecisionFields, name: str, member: str) -> tuple[object | None, str]:
    """Return a field that is a value, or an object which holds it as `member`; and the value's place."""
    value = given.get(name)
    if not isinstance(value, dict):
        return value, name
    if member not in value:
        raise InputError(f"{name}.{member}: missing; write it, or write {name} as one value")
    return value[member], f"{name}.{member}"
