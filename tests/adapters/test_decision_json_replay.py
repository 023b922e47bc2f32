"""Decisions of a replay: each from its timestamp on, and every line that is not one is said."""

from pathlib import Path

import pytest

from capi.adapters import decision_replay
from capi.adapters.decision_replay import PROBLEMS_MAX, ReplayDecisions, read_decisions_jsonl
from capi.adapters.fields import InputError
from capi.core.decision import Decision, Unusable
from capi.core.ids import hashed_key
from tests.adapters.decision_examples import FLAT, LONG, TIME_MS, written

MINUTE_MS = 60_000


def at(minute: int) -> str:
    return f"2025-11-28T10:{5 + minute:02}:00Z"


def replay(tmp_path: Path, *lines: bytes) -> ReplayDecisions:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"\n".join(lines))
    return read_decisions_jsonl(path, "BTCUSDT", "capi")


def ids(decisions: ReplayDecisions, *minutes: int) -> list[str | None]:
    return [decisions.latest(TIME_MS + minute * MINUTE_MS).decision.decision_id for minute in minutes]


def test_each_decision_is_known_from_its_timestamp_on(tmp_path: Path) -> None:
    decisions = replay(tmp_path, written(LONG), b"", written(FLAT, timestamp_iso=at(5)), b"")
    assert len(decisions) == 2
    before = decisions.latest(TIME_MS - 1)
    assert isinstance(before.decision, Unusable)
    first = decisions.latest(TIME_MS)
    assert isinstance(first.decision, Decision)
    assert decisions.latest(TIME_MS + 5 * MINUTE_MS - 1) is first
    assert ids(decisions, 5, 500, 0) == ["20251128T101000Z", "20251128T101000Z", "20251128T100500Z"]
    assert decisions.next_change_ms(0) == TIME_MS
    assert decisions.next_change_ms(TIME_MS) == TIME_MS + 5 * MINUTE_MS
    assert decisions.next_change_ms(TIME_MS + 5 * MINUTE_MS) is None
    assert decisions.problems == ()


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_those_that_are_not_kept_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    lines = [written(LONG), written(LONG, timestamp_iso=at(1), reason="b"), written(LONG, timestamp_iso=at(2), sl=None)]
    every = [replay(tmp_path, *lines).latest(TIME_MS + minute * MINUTE_MS) for minute in range(3)]
    monkeypatch.setattr(decision_replay, "PARSED_KEPT", kept)
    decisions = replay(tmp_path, *lines)
    assert [decisions.latest(TIME_MS + minute * MINUTE_MS) for minute in range(3)] == every


def test_lines_out_of_order_are_sorted_and_reported(tmp_path: Path) -> None:
    decisions = replay(tmp_path, written(LONG, timestamp_iso=at(5)), written(LONG), written(LONG, timestamp_iso=at(9)))
    assert ids(decisions, 0, 5, 9) == ["20251128T100500Z", "20251128T101000Z", "20251128T101400Z"]
    assert [problem.partition(": ")[2] for problem in decisions.problems] == ["line 2: older than line 1 (sorted)"]


def test_of_two_lines_with_one_time_the_later_counts(tmp_path: Path) -> None:
    decisions = replay(tmp_path, written(LONG, reason="a"), written(LONG, reason="b"))
    decision = decisions.latest(TIME_MS).decision
    assert isinstance(decision, Decision)
    assert decision.reason == "b"


def test_an_invalid_line_with_a_time_is_unusable_from_then_on(tmp_path: Path) -> None:
    decisions = replay(tmp_path, written(LONG), written(LONG, timestamp_iso=at(1), sl=None))
    decision = decisions.latest(TIME_MS + MINUTE_MS).decision
    assert isinstance(decision, Unusable)
    assert decision.reason == "sl: missing; a long needs it"
    assert decisions.problems == (
        f"{tmp_path}/decisions.jsonl: line 2: sl: missing; a long needs it (unusable from its timestamp on)",
    )


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"\xff", b"x" * (3 << 20), written(LONG, timestamp_iso="soon"), written(LONG, timestamp_iso=...)],
)
def test_a_line_without_a_usable_time_is_left_out_and_reported(tmp_path: Path, line: bytes) -> None:
    decisions = replay(tmp_path, written(LONG), line, written(FLAT, timestamp_iso=at(5)))
    assert len(decisions) == 2
    assert len(decisions.problems) == 1
    assert ": line 2: " in decisions.problems[0]
    assert decisions.problems[0].endswith("(left out)")


def test_an_id_that_comes_back_is_told_apart_by_time_not_by_line(tmp_path: Path) -> None:
    later, earlier = written(LONG, decision_id="idea", timestamp_iso=at(5)), written(LONG, decision_id="idea")
    decisions = replay(tmp_path, later, earlier)
    assert ids(decisions, 5, 0) == [hashed_key("idea", str(TIME_MS + 5 * MINUTE_MS)), "idea"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"nonsense\n"])
def test_a_file_without_a_usable_decision_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="holds no usable decision"):
        replay(tmp_path, content)


def test_paths_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_decisions_jsonl(tmp_path / "none", "BTCUSDT", "capi")
    with pytest.raises(InputError, match="is a directory"):
        read_decisions_jsonl(tmp_path, "BTCUSDT", "capi")


def test_problems_are_counted_past_the_first_hundred(tmp_path: Path) -> None:
    decisions = replay(tmp_path, written(LONG), *[b"{"] * (PROBLEMS_MAX + 7))
    assert len(decisions.problems) == PROBLEMS_MAX + 1
    assert decisions.problems[-1].endswith("and 7 more lines like these")
