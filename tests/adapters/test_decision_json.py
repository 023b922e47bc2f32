"""decision.json: good files become the decision they say, bad ones one sentence, and nothing ever raises."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capi.adapters.decision_json import parse_decision, read_decision
from capi.adapters.exact_json import exact_json
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.ids import hashed_key, order_id
from tests.adapters.decision_examples import BAD, FLAT, GOOD, LONG, TIME_MS, written
from tests.properties.profiles import examples

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.integers(0, 3) | st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["value", "current", "x"]), st.none() | st.integers() | st.text(max_size=3)),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
)
FIELDS = sorted({*LONG, *FLAT, "timestamp", "decision_id", "session", "atr", "volatility", "other"})


def parsed(document: bytes, mtime_ms: int | None = None) -> Decision | Unusable:
    return parse_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=mtime_ms).decision


def decided(document: bytes, mtime_ms: int | None = None) -> Decision:
    decision = parsed(document, mtime_ms)
    assert isinstance(decision, Decision), decision
    return decision


def refused(document: bytes, mtime_ms: int | None = None) -> Unusable:
    decision = parsed(document, mtime_ms)
    assert isinstance(decision, Unusable), decision
    return decision


def test_the_contracts_example_is_read_exactly() -> None:
    assert decided(written(LONG)) == Decision(
        decision_id="20251128T100500Z",
        timestamp_ms=TIME_MS,
        symbol="BTCUSDT",
        proposal=Proposal(
            direction="long",
            zone_min=Decimal("90700.0"),
            zone_max=Decimal("90900.0"),
            sl=Decimal("89800.0"),
            tp1=Decimal("92200.0"),
            tp2=Decimal("93500.0"),
            position_size_usdt=Decimal("1000.0"),
            leverage=Decimal(3),
        ),
        confidence=Decimal("0.76"),
        risk_level=3,
        reason="trend_up_with_support_below",
        risk_checks=(("daily_dd_ok", True), ("no_major_news", False)),
    )


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good_files_are_decisions(document: bytes) -> None:
    decision = decided(document)
    assert (decision.proposal is None) == (json.loads(document)["action"] == "flat")
    assert decision.timestamp_ms == TIME_MS


@pytest.mark.parametrize(("document", "says"), BAD.values(), ids=BAD)
def test_bad_files_are_one_sentence_with_field_and_value(document: bytes, says: str) -> None:
    reason = refused(document).reason
    assert says in reason
    assert "\n" not in reason


@examples(100)
@given(st.binary(max_size=300))
@example(b"null")
@example(b"\xef\xbb\xbf{}")
@example(b'{"decision_id": "\\ud800", "action": "flat"}')
def test_no_bytes_raise(document: bytes) -> None:
    assert parsed(document) is not None


@examples(100)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES, max_size=4), st.sampled_from(["long", "short", "flat"]))
def test_no_values_raise_and_what_is_taken_makes_sense(changes: dict[str, object], action: str) -> None:
    decision = parsed(json.dumps({**LONG, "action": action, **changes}).encode())
    if isinstance(decision, Decision) and decision.proposal is not None:
        proposal = decision.proposal
        ladder = [
            price for price in (proposal.sl, proposal.zone_middle, proposal.tp1, proposal.tp2) if price is not None
        ]
        assert ladder == sorted(ladder, reverse=proposal.direction == "short")
        assert 0 < proposal.zone_min <= proposal.zone_max
        assert proposal.position_size_usdt > 0
        assert proposal.leverage >= 1
        assert 0 <= decision.confidence <= 1
        assert len(order_id("capi", "entry", decision.decision_id, 9999)) <= 36


@pytest.mark.parametrize("token", ["1e400", "1E-19", "9" * 5000, "1." + "0" * 19])
def test_numbers_out_of_bounds_are_refused_with_their_field(token: str) -> None:
    reason = refused(written(LONG).replace(b"0.76", token.encode())).reason
    assert reason.startswith(f"confidence: {token[:20]}"[:30])
    assert len(reason) < 200


def test_fields_outside_the_contract_change_nothing_and_are_kept() -> None:
    document = written(LONG, model={"bias": 1.2345678901234568e-05, "note": ["x"]})
    received = parse_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=None)
    assert received.decision == decided(written(LONG))
    assert received.raw["model"] == {"bias": "1.2345678901234568e-05", "note": ["x"]}


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-28T10:05:00+00:00",
        "2025-11-28T10:05:00",
        "2025-11-28 10:05:00Z",
        "2025-11-28T10:05Z",
        "20251128T100500Z",
        "2025-11-28t11:05:00.000+01:00",
        "2025-11-28T04:35:00-0530",
        "2025-11-28T10:05:00,000000000z",
    ],
)
def test_ways_to_write_the_same_time(text: str) -> None:
    decision = decided(written(LONG, timestamp_iso=text))
    assert (decision.timestamp_ms, decision.decision_id) == (TIME_MS, "20251128T100500Z")


def test_a_fraction_of_a_second_is_part_of_the_id() -> None:
    decision = decided(written(LONG, timestamp_iso="2025-11-28T10:05:00.250Z"))
    assert (decision.timestamp_ms, decision.decision_id) == (TIME_MS + 250, "20251128T100500.25Z")


def test_both_names_of_the_time_may_agree() -> None:
    assert decided(written(LONG, timestamp="2025-11-28T11:05:00+01:00")).timestamp_ms == TIME_MS


def test_without_a_timestamp_the_files_time_counts() -> None:
    document = written(LONG, timestamp_iso=...)
    assert decided(document, mtime_ms=TIME_MS).decision_id == "20251128T100500Z"
    assert refused(document).reason.startswith("timestamp_iso: missing")
    assert "outside the years" in refused(document, mtime_ms=-(10**16)).reason


@pytest.mark.parametrize(
    ("given_id", "key"),
    [("d-1", "d-1"), (4711, "4711"), (-3, "-3"), ("a_b", hashed_key("a_b")), ("x" * 21, hashed_key("x" * 21))],
)
def test_ids_fit_into_every_order_id(given_id: object, key: str) -> None:
    assert decided(written(LONG, decision_id=given_id)).decision_id == key


def test_an_invalid_decision_still_says_its_id() -> None:
    assert refused(written(LONG, decision_id="d-1", sl=None)).decision_id == "d-1"


@pytest.mark.parametrize("document", [b"[]", b'"long"', b"12", b"true", b"null"])
def test_the_top_level_must_be_an_object(document: bytes) -> None:
    assert "is not an object" in refused(document).reason


def test_what_cannot_be_read_is_kept_as_text() -> None:
    received = parse_decision(b'{"a": \xff}', symbol="BTCUSDT", id_prefix="capi", mtime_ms=None)
    assert received.raw == '{"a": \ufffd}'


def test_terminal_codes_in_values_and_keys_are_shown_escaped() -> None:
    assert refused(written(LONG, action="\x1b[2J")).reason.isprintable()
    assert refused(written(LONG, risk_checks={"\x1b[2J\n": 1})).reason.isprintable()


def test_numbers_in_quotes_are_taken_where_allowed() -> None:
    value = exact_json(written(LONG, sl="89800.0", entry_zone=["90700", 90900], leverage="3", confidence="0.76"))
    strict, lenient = (
        read_decision(value, symbol="BTCUSDT", id_prefix="capi", mtime_ms=None, numbers_as_text=allowed).decision
        for allowed in (False, True)
    )
    assert isinstance(strict, Unusable)
    assert isinstance(lenient, Decision)
    assert lenient.proposal is not None
    assert lenient.proposal.sl == Decimal("89800.0")


@pytest.mark.parametrize("text", ["1e400", " 1", "1_000", "NaN", "0x1", "٣", ""])
def test_quoted_numbers_keep_the_same_bounds(text: str) -> None:
    value = exact_json(written(LONG, sl=text))
    received = read_decision(value, symbol="BTCUSDT", id_prefix="capi", mtime_ms=None, numbers_as_text=True)
    assert isinstance(received.decision, Unusable)
    assert received.decision.reason.startswith("sl: ")
