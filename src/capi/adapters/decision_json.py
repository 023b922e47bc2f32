"""decision.json becomes a `Decision` that cannot be wrong, or an `Unusable` with one sentence: field, value, cure.

Source: the decision contract. Nothing is repaired and nothing guessed: a file that breaks its geometry is invalid
whatever its syntax, and an invalid one means flat mode, which is always safe. null says the same as leaving a field
out. Fields that the contract does not name are kept in `Received.raw` as they came and change nothing, whatever they
hold. No input of any kind raises.
"""

from decimal import Decimal
from typing import Final, Literal

from capi.adapters import decision_fields, fields
from capi.adapters.decision_fields import DecisionFields
from capi.adapters.exact_json import JsonError, exact_json
from capi.adapters.fields import FRACTION, InputError, shown
from capi.core.decision import Decision, Direction, Unusable
from capi.core.ids import decision_key, timestamp_key
from capi.core.units import ZERO, plain, text
from capi.ports.decisions import Received

_ACTIONS: Final[dict[str, Direction | Literal["flat"]]] = {"long": "long", "short": "short", "flat": "flat"}
_RAW_TEXT_MAX: Final = 10_000  # characters kept of a document that could not be read


def parse_decision(document: bytes, *, symbol: str, id_prefix: str, mtime_ms: int | None) -> Received:
    """Return what a decision file's bytes say. `mtime_ms`: the file's time, for a decision without a timestamp."""
    try:
        value = exact_json(document)
    except JsonError as error:
        return unreadable(document, error)
    return read_decision(value, symbol=symbol, id_prefix=id_prefix, mtime_ms=mtime_ms)


def unreadable(document: bytes, error: JsonError) -> Received:
    """Return the unusable decision that a document without readable JSON is."""
    raw = document[: 4 * _RAW_TEXT_MAX].decode(errors="replace")[:_RAW_TEXT_MAX]
    return Received(decision=Unusable(reason=f"the decision {error}"), raw=raw)


def read_decision(
    value: object, *, symbol: str, id_prefix: str, mtime_ms: int | None, numbers_as_text: bool = False
) -> Received:
    """Return what a JSON value, as `exact_json` gives it, says. `numbers_as_text`: take numbers in quotes too."""
    if not isinstance(value, dict):
        reason = f"the decision {shown(value)} is not an object; write {{ ... }} with the decision's fields"
        return Received(decision=Unusable(reason=reason), raw=value)
    given = DecisionFields(value, numbers_as_text)
    decision_id: str | None = None
    try:
        decision_id = _own_id(given, id_prefix)
        return Received(decision=_decision(given, decision_id, symbol, id_prefix, mtime_ms), raw=value)
    except InputError as error:
        return Received(decision=Unusable(reason=str(error), decision_id=decision_id), raw=value)


def decision_time_ms(value: object) -> int | None:
    """Return when a decision says it was made, or None when it does not say it clearly."""
    if not isinstance(value, dict):
        return None
    try:
        return _timestamp_us(DecisionFields(value, numbers_as_text=False), None) // 1000
    except InputError:
        return None


def _decision(given: DecisionFields, own_id: str | None, symbol: str, id_prefix: str, mtime_ms: int | None) -> Decision:
    named = given.text("symbol")
    if named is not None and named != symbol:
        raise InputError(
            f"symbol: {shown(named)} is not the configured symbol {symbol}; write {symbol} or leave it out"
        )
    timestamp_us = _timestamp_us(given, mtime_ms)
    action = fields.one_of(given.require("action", "write long, short or flat"), "action", _ACTIONS)
    flat = action == "flat"
    if action == "flat":
        decision_fields.check_flat(given)
        proposal = None
    else:
        proposal = decision_fields.proposal(given, action)
    return Decision(
        decision_id=own_id if own_id is not None else decision_key(id_prefix, timestamp_key(timestamp_us)),
        timestamp_ms=timestamp_us // 1000,
        symbol=named,
        proposal=proposal,
        confidence=given.number("confidence", FRACTION) or ZERO,
        risk_level=decision_fields.risk_level(given),
        reason=decision_fields.reason(given),
        risk_checks=decision_fields.risk_checks(given),
        session=decision_fields.session(given),
        volatility=decision_fields.measure(given, "volatility", flat=flat),
        atr=decision_fields.measure(given, "atr", flat=flat),
    )


def _own_id(given: DecisionFields, id_prefix: str) -> str | None:
    value = given.get("decision_id")
    if value is None:
        return None
    if isinstance(value, Decimal):
        if value != value.to_integral_value():
            raise InputError(f"decision_id: {shown(value)} must be text or a whole number")
        return decision_key(id_prefix, text(plain(value)))
    return decision_key(id_prefix, fields.text(value, "decision_id"))


def _timestamp_us(given: DecisionFields, mtime_ms: int | None) -> int:
    written = {name: given.get(name) for name in ("timestamp_iso", "timestamp")}
    times = {name: fields.time_us(value, name) for name, value in written.items() if value is not None}
    if len(set(times.values())) > 1:
        both = " and ".join(f"{name} {shown(written[name])}" for name in times)
        raise InputError(f"{both} are different times; keep one")
    if times:
        return next(iter(times.values()))
    if mtime_ms is None:
        raise InputError(
            'timestamp_iso: missing, and no file\'s time stands in for it; write it like "2025-11-28T10:05:00Z"'
        )
    return fields.within_years(mtime_ms * 1000, "timestamp_iso: missing, and the file's time in ms", mtime_ms)
