"""Which gates kept decisions from being entered, as the summary of a replay counts them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from capi.cli.replay.unentered import Unentered
from capi.ports.market import Quote
from tests.replay.story import T0, D, decision, tell


def decided(at_ms: int, identity: str | None, action: str = "long", *, usable: bool = True) -> dict[str, Any]:
    own = {"action": action} if usable else {}
    return {"event": "decision", "at_ms": at_ms, "decision_id": identity, "usable": usable, "raw": {}, **own}


def missing(at_ms: int) -> dict[str, Any]:
    return decided(at_ms, None, usable=False) | {"raw": None}


def passed(at_ms: int, *gates: str) -> dict[str, Any]:
    refusals = [{"action": "refuse", "rule": gate, "reason": f"{gate} at {at_ms}"} for gate in gates]
    return {"event": "pass", "at_ms": at_ms, "actions": [{"action": "alert", "rule": "flat"}, *refusals]}


def sent(at_ms: int, identity: str) -> dict[str, Any]:
    return {"event": "sent", "at_ms": at_ms, "decision_id": identity}


def followed(events: Iterable[dict[str, Any]]) -> Unentered:
    unentered = Unentered()
    tell_of = {"decision": unentered.decision, "pass": unentered.passed, "sent": unentered.sent}
    for event in events:
        tell_of[event["event"]](event)
    return unentered


def refused(*events: dict[str, Any], entered: Iterable[str] = ()) -> list[tuple[str, int, str]]:
    counted = followed(events).refused(set(entered))
    return [(one["rule"], one["decisions"], one["reason"]) for one in counted]


class TestWhichGatesCount:
    def test_the_ones_that_were_closed_all_along(self) -> None:
        events = [decided(1, "a"), passed(1, "spread", "distance"), passed(2, "distance"), passed(3, "distance")]
        assert refused(*events) == [("distance", 1, "distance at 3")]

    def test_each_that_ever_was_when_none_was_all_along(self) -> None:
        events = [decided(1, "a"), passed(1, "spread"), passed(2, "distance")]
        assert refused(*events) == [("spread", 1, "spread at 1"), ("distance", 1, "distance at 2")]

    def test_waiting_for_the_next_look_tells_why_only_where_nothing_else_does(self) -> None:
        waiting = ("view_incomplete", "settings_unconfirmed")
        assert refused(decided(1, "a"), passed(1, *waiting, "spread"), passed(2, *waiting)) == [
            ("spread", 1, "spread at 1")
        ]
        assert [gate for gate, _, _ in refused(decided(1, "a"), passed(1, *waiting))] == [*waiting]

    def test_what_is_no_gate_of_an_entry_does_not(self) -> None:
        assert refused(decided(1, "a"), passed(1, "circuit")) == []

    def test_a_flat_or_unusable_decision_counts_under_that_alone(self) -> None:
        assert refused(decided(1, "a", "flat"), passed(1, "flat", "position")) == [("flat", 1, "flat at 1")]
        assert refused(decided(1, None, usable=False), passed(1, "unusable", "position")) == [
            ("unusable", 1, "unusable at 1")
        ]

    def test_without_a_document_there_is_no_decision(self) -> None:
        assert refused(missing(1), passed(1, "unusable")) == []


class TestWhichDecisionsCount:
    def test_one_that_was_entered_does_not(self) -> None:
        events = [decided(1, "a"), passed(1, "spread"), decided(2, "b"), passed(2, "spread", "position")]
        assert refused(*events, entered=["b"]) == [("spread", 1, "spread at 1")]

    def test_the_most_frequent_gate_comes_first_then_the_gates_own_order(self) -> None:
        events = [decided(1, "a"), passed(1, "spread", "volatility"), decided(2, "b"), passed(2, "distance", "spread")]
        assert [(gate, count) for gate, count, _ in refused(*events)] == [
            ("spread", 2), ("volatility", 1), ("distance", 1),
        ]  # fmt: skip

    def test_once_an_order_went_out_only_what_takes_it_down_from_then_on(self) -> None:
        before = [decided(1, "a"), passed(1, "position", "spread"), sent(2, "a"), passed(2)]
        assert refused(*before, passed(3, "distance")) == []
        assert refused(*before, passed(3, "distance"), passed(4, "volatility")) == [
            ("volatility", 1, "volatility at 4")
        ]

    def test_long_and_short_ones_wanted_an_entry(self) -> None:
        events = [missing(1), decided(2, "a"), decided(3, "b", "flat"), decided(4, "c", "short"), decided(5, "a")]
        assert followed(events).wanted == 2


class TestPassesThatWereNotWritten:
    """A pass that says the same as the one before is not in the journal, also when the decision is another one."""

    def test_the_decision_met_what_was_refused_last(self) -> None:
        events = [decided(1, "a"), passed(1, "spread"), decided(5, "b"), decided(9, "c")]
        assert refused(*events) == [("spread", 3, "spread at 1")]
        assert refused(*events, passed(1009, "spread", "distance")) == [("spread", 3, "spread at 1009")]

    def test_not_when_its_own_first_pass_was_written(self) -> None:
        events = [decided(1, "a"), passed(1, "spread"), decided(5, "b"), passed(5, "distance")]
        assert refused(*events) == [("spread", 1, "spread at 1"), ("distance", 1, "distance at 5")]

    def test_nor_when_that_pass_looked_a_moment_later_as_it_does_live(self) -> None:
        events = [decided(1, "a"), passed(1, "spread"), decided(5, "b"), passed(8, "distance")]
        assert refused(*events) == [("spread", 1, "spread at 1"), ("distance", 1, "distance at 8")]

    def test_not_before_the_first_pass_of_all_which_live_comes_a_moment_later(self) -> None:
        events = [decided(1, "a"), passed(2, "distance", "spread"), passed(9, "distance", "paused")]
        assert refused(*events) == [("distance", 1, "distance at 9")]

    def test_nor_when_its_entry_went_out_in_it(self) -> None:
        events = [decided(1, "a"), passed(1, "position"), decided(5, "b"), sent(5, "b"), passed(5)]
        assert refused(*events) == [("position", 1, "position at 1")]


def test_a_replay_tells_of_both_decisions_that_a_wide_book_kept_out(tmp_path: Path) -> None:
    steps = [Quote(T0 + second * 1000, D(90500), D(91200), D(5), D(5)) for second in range(400)]
    told = tell(tmp_path, steps, decisions=[decision(), decision(300)])
    second_ms = told.named("decision")[1]["at_ms"]
    assert second_ms not in [event["at_ms"] for event in told.named("pass")], "its first pass said nothing new"
    unentered = followed(event for event in told.events if event["event"] in ("decision", "pass"))
    (one,) = unentered.refused(set())
    assert (one["rule"], one["decisions"]) == ("spread", 2)
    assert unentered.wanted == 2
