"""Client order ids: every id says back what it was made of, fits into 36 characters, and is always the same one."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.core.actions import Role
from capi.core.ids import (
    CLIENT_ID_LENGTH_MAX,
    PREFIX_PATTERN,
    ROLES,
    OrderId,
    decision_key,
    hashed_key,
    order_id,
    parse_order_id,
    timestamp_key,
)

PREFIXES = st.from_regex(PREFIX_PATTERN, fullmatch=True)
ACCEPTED = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
ROLE_NAMES = st.sampled_from(sorted(ROLES))
GENERATIONS = st.integers(1, 9999)
AT = 1764324300_000_000  # 2025-11-28T10:05:00Z in microseconds


@given(PREFIXES, ROLE_NAMES, st.text(min_size=1, max_size=60), GENERATIONS)
def test_every_id_fits_and_says_back_what_it_was_made_of(prefix: str, role: Role, wanted: str, generation: int) -> None:
    key = decision_key(prefix, wanted)
    made = order_id(prefix, role, key, generation)
    assert len(made) <= CLIENT_ID_LENGTH_MAX
    assert ACCEPTED.fullmatch(made)
    assert parse_order_id(prefix, made) == OrderId(role, key, generation)


@given(PREFIXES, st.text(max_size=40))
def test_what_parses_is_made_again_the_same(prefix: str, seen: str) -> None:
    parsed = parse_order_id(prefix, seen)
    if parsed is not None:
        assert order_id(prefix, parsed.role, parsed.decision_id, parsed.generation) == seen


def test_the_first_generation_is_left_out() -> None:
    assert order_id("capi", "tp1", "20251128T100500Z") == "capi_tp1_20251128T100500Z"
    assert order_id("capi", "tp1", "20251128T100500Z", 2) == "capi_tp1_20251128T100500Z_2"


@pytest.mark.parametrize(
    "foreign",
    [
        *("", "web_abc", "capi", "capi_entry", "capi_entry_", "other_entry_1", "capi_stop_1", "capi_entry_1_2_3"),
        *("capi_entry_1_", "capi_entry_1_1", "capi_entry_1_0", "capi_entry_1_02", "capi_entry_1_x", "capi_entry_ä"),
        *("capi_entry_1_1234567890", "autoclose-1764324300", "adl_autoclose"),
    ],
)
def test_foreign_ids(foreign: str) -> None:
    assert parse_order_id("capi", foreign) is None


def test_another_engines_ids_are_foreign() -> None:
    assert parse_order_id("capi2", "capi_entry_1") is None
    assert parse_order_id("capi", "capi2_entry_1") is None


@pytest.mark.parametrize("wanted", ["20251128T100500Z", "d-1", "A.b:c/d"])
def test_a_fitting_decision_id_is_kept(wanted: str) -> None:
    assert decision_key("capi", wanted) == wanted


@pytest.mark.parametrize("wanted", ["a_b", "ä", "", "two words", "x" * 21])
def test_what_does_not_fit_is_replaced_by_a_hash_always_the_same(wanted: str) -> None:
    key = decision_key("capi", wanted)
    assert re.fullmatch("h[0-9a-f]{15}", key)
    assert key == decision_key("capi", wanted) == hashed_key(wanted)


def test_the_room_depends_on_the_prefix() -> None:
    assert decision_key("capi", "x" * 20) == "x" * 20
    assert decision_key("longname", "x" * 17) != "x" * 17
    assert decision_key("longname", "x" * 16) == "x" * 16


def test_a_hash_tells_its_facts_apart() -> None:
    assert hashed_key("a", "b") == "hf04cdced9736a69"  # of sha256("a\x1fb"): ids that are out there stay findable
    assert hashed_key("7", "2025-11-28T10:05:00Z") != hashed_key("7", "2025-11-28T10:10:00Z")
    assert hashed_key("ab", "c") != hashed_key("a", "bc")


@pytest.mark.parametrize(
    ("microseconds", "key"),
    [
        (AT, "20251128T100500Z"),
        (AT + 250_000, "20251128T100500.25Z"),
        (AT + 1, "20251128T100500.000001Z"),
        (0, "19700101T000000Z"),
    ],
)
def test_timestamp_keys(microseconds: int, key: str) -> None:
    assert timestamp_key(microseconds) == key


def test_a_timestamp_key_is_utc_wherever_the_engine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert timestamp_key(AT) == "20251128T100500Z"
    finally:
        monkeypatch.undo()
        time.tzset()
