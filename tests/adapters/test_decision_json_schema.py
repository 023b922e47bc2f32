"""The schema and the parser agree: what the parser takes, the schema takes, and both refuse what a schema can say."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.adapters.decision_json import parse_decision
from capi.adapters.decision_schema import decision_schema
from capi.adapters.exact_json import exact_json
from capi.core.decision import Decision
from tests.adapters.decision_examples import BAD, GOOD, LONG, TIME_MS
from tests.adapters.test_decision_json import FIELDS, ODD_VALUES
from tests.properties.profiles import examples

SCHEMA: Final = decision_schema()
ANNOTATIONS: Final = {"$schema", "title", "description"}
NOT_SAYABLE: Final = {"other_symbol", "zone_turned", "two_times", "time_no_such_day", "time_ancient", "time_far"} | {
    *("sl_in_zone", "tp1_in_zone", "tp2_below_tp1", "tp2_alone_in_zone"),
    *("short_sl_below", "short_tp1_above", "short_tp2_above"),
}
TYPES: Final[Mapping[str, type]] = {"string": str, "boolean": bool, "object": dict, "array": list, "number": Decimal}


def is_type(value: object, name: str) -> bool:
    if name == "null":
        return value is None
    if name == "integer":
        return isinstance(value, Decimal) and value == value.to_integral_value()
    return isinstance(value, TYPES[name])


def valid(value: Any, schema: Mapping[str, Any]) -> bool:
    """Judge by the keywords that this schema uses; an unknown one is a mistake in the schema."""
    for keyword, wanted in schema.items():
        match keyword:
            case "type":
                names = wanted if isinstance(wanted, list) else [wanted]
                good = any(is_type(value, name) for name in names)
            case "enum":
                good = value in wanted
            case "required":
                good = not isinstance(value, dict) or all(key in value for key in wanted)
            case "properties":
                good = not isinstance(value, dict) or all(
                    valid(value[key], inner) for key, inner in wanted.items() if key in value
                )
            case "additionalProperties":
                good = not isinstance(value, dict) or all(valid(item, wanted) for item in value.values())
            case "items":
                good = not isinstance(value, list) or all(valid(item, wanted) for item in value)
            case "minItems":
                good = not isinstance(value, list) or len(value) >= wanted
            case "maxItems":
                good = not isinstance(value, list) or len(value) <= wanted
            case "minLength":
                good = not isinstance(value, str) or len(value) >= wanted
            case "pattern":
                good = not isinstance(value, str) or re.search(wanted, value) is not None
            case "minimum":
                good = not isinstance(value, Decimal) or value >= wanted
            case "maximum":
                good = not isinstance(value, Decimal) or value <= wanted
            case "exclusiveMinimum":
                good = not isinstance(value, Decimal) or value > wanted
            case "exclusiveMaximum":
                good = not isinstance(value, Decimal) or value < wanted
            case "if":
                good = not valid(value, wanted) or valid(value, schema["then"])
            case "then":
                good = True
            case _:
                assert keyword in ANNOTATIONS, keyword
                good = True
        if not good:
            return False
    return True


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good_files_are_valid(document: bytes) -> None:
    assert valid(exact_json(document), SCHEMA)


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_invalid_as_far_as_a_schema_can_say(name: str) -> None:
    assert valid(exact_json(BAD[name][0]), SCHEMA) == (name in NOT_SAYABLE)


@examples(100)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES, max_size=4), st.sampled_from(["long", "short", "flat"]))
def test_what_the_parser_takes_the_schema_takes(changes: dict[str, object], action: str) -> None:
    document = json.dumps({**LONG, "action": action, **changes}).encode()
    received = parse_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=TIME_MS)
    if isinstance(received.decision, Decision):
        assert valid(received.raw, SCHEMA)


def test_the_schema_is_json_and_names_every_field_of_the_contract() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert set(FIELDS) - {"other"} == set(SCHEMA["properties"])
