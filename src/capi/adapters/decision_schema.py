"""The decision contract as a JSON Schema (2020-12), for writers of decision.json to check their files against.

It agrees with the parser: what the parser takes, the schema takes. The parser refuses more, because a schema cannot say
it: the order of the prices, digits beyond 20 before and 18 after the point, duplicate keys, times that contradict each
other, another symbol than the configured one.
"""

from typing import Any, Final

from capi.adapters.fields import TIME

_NUMBER_END: Final = 10**20  # 20 digits before the point
_NEEDED: Final = ("entry_zone", "sl", "position_size_usdt", "leverage")
_OPTIONAL_TEXT: Final = {"type": ["string", "null"], "minLength": 1}
_TIME: Final = {"type": ["string", "null"], "pattern": f"^(?:{TIME.pattern})$"}


def decision_schema() -> dict[str, Any]:
    """Return the schema of decision.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "decision.json",
        "description": "One trading decision. Prices and sizes in USDT, times in UTC. null says the same as leaving a "
        "field out. A long has sl < entry_zone[0] <= entry_zone[1] < tp1 < tp2, a short is its mirror. Fields that "
        "are not named here are kept as they came and change nothing.",
        "type": "object",
        "required": ["action"],
        "properties": {
            "symbol": {"description": "Absent: the configured symbol.", **_OPTIONAL_TEXT},
            "timestamp_iso": {
                "description": "ISO 8601, when the decision was made; without an offset it is UTC. "
                "Absent: the file's modification time counts.",
                **_TIME,
            },
            "timestamp": {"description": "The same as timestamp_iso.", **_TIME},
            "decision_id": {
                "description": "Text or a whole number. Absent: derived from the timestamp.",
                "type": ["string", "integer", "null"],
                "minLength": 1,
            },
            "action": {
                "description": "flat proposes no new entry; it closes nothing.",
                "enum": ["long", "short", "flat"],
            },
            "entry_zone": {"description": "[min, max] in USDT.", **_pair(minimum=0), "type": ["array", "null"]},
            "sl": {"description": "The stop, in USDT.", **_number(minimum=0)},
            "tp1": {"description": "Absent: derived from the distance to the stop.", **_number(minimum=0)},
            "tp2": {"description": "Absent: derived from the distance to the stop.", **_number(minimum=0)},
            "position_size_usdt": {"description": "The position's notional, not its margin.", **_number(minimum=0)},
            "leverage": _number(minimum=0),
            "confidence": {
                "description": "Absent: 0, and then there is never a market entry.",
                **_number(minimum=0),
                "maximum": 1,
            },
            "risk_level": {"description": "Information.", "type": ["integer", "null"], "minimum": 0, "maximum": 5},
            "reason": {"type": ["string", "null"]},
            "risk_checks": {
                "description": "A false one closes the entry gate; which of them do is configuration.",
                "type": ["object", "null"],
                "additionalProperties": {"type": "boolean"},
            },
            "session": {
                "description": "A name, or an object that holds it as current.",
                "type": ["string", "object", "null"],
                "minLength": 1,
                "required": ["current"],
                "properties": {"current": _OPTIONAL_TEXT},
            },
            "atr": {"description": "In USDT.", **_measure()},
            "volatility": {"description": "A fraction of the price.", **_measure()},
        },
        "if": {"properties": {"action": {"enum": ["long", "short"]}}},
        "then": {
            "required": list(_NEEDED),
            "properties": {
                "entry_zone": {"type": "array", **_pair(exclusiveMinimum=0)},
                "sl": {"type": "number", "exclusiveMinimum": 0},
                "tp1": {"exclusiveMinimum": 0},
                "tp2": {"exclusiveMinimum": 0},
                "position_size_usdt": {"type": "number", "exclusiveMinimum": 0},
                "leverage": {"type": "number", "minimum": 1},
                "atr": {"exclusiveMinimum": 0, "properties": {"value": {"exclusiveMinimum": 0}}},
                "volatility": {"exclusiveMinimum": 0, "properties": {"value": {"exclusiveMinimum": 0}}},
            },
        },
    }


def _number(**bound: int) -> dict[str, Any]:
    return {"type": ["number", "null"], **bound, "exclusiveMaximum": _NUMBER_END}


def _pair(**bound: int) -> dict[str, Any]:
    item = {"type": "number", **bound, "exclusiveMaximum": _NUMBER_END}
    return {"items": item, "minItems": 2, "maxItems": 2}


def _measure() -> dict[str, Any]:
    """Return a number, or an object that holds it as `value`."""
    inner = _number(minimum=0)
    return {**inner, "type": ["number", "object", "null"], "required": ["value"], "properties": {"value": inner}}
