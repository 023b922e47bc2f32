"""What calls for a pass before the interval is over, and what does not; slow passes are told and never piled up."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from capi.adapters.inbox import FolderInbox, Post
from capi.engine.inbox import InboxOperator
from capi.engine.loop import EVENTS_APART_SECONDS, Loop, Operator
from capi.engine.report import PassReport
from capi.ports.streams import Disturbed, StreamEvent
from tests.engine.looking import ENTRY
from tests.engine.stage import Stage
from tests.worlds import decision

WOKEN_AFTER = 0.01
"""Seconds of the exchange's clock."""


class WokenPace:
    """`engine.loop.Pace` that is woken ten milliseconds into each wait, and told to stop after so many wakes."""

    def __init__(self, stage: Stage, wakes: int) -> None:
        self._stage: Final = stage
        self._left = wakes
        self.waits: list[float] = []

    @property
    def stopping(self) -> bool:
        return self._left <= 0

    def seconds(self) -> float:
        return self._stage.exchange.now_ms() / 1000

    def wait(self, seconds: float) -> None:
        self._left -= 1
        self.waits.append(seconds)
        self._stage.exchange.tick_time(self._stage.exchange.now_ms() + round(min(seconds, WOKEN_AFTER) * 1000))


class Told:
    """`engine.loop.Streams` that has some events, one at a time."""

    def __init__(self, stage: Stage, count: int) -> None:
        self._stage, self._left = stage, count

    def drain(self) -> Sequence[StreamEvent]:
        if not self._left:
            return []
        self._left -= 1
        return [Disturbed(at_ms=self._stage.exchange.now_ms(), reason="a gap")]


def passes_of(stage: Stage, pace: WokenPace, **parts: object) -> list[int]:
    """Run a loop; return when its passes were, by the exchange's clock."""
    at: list[int] = []
    loop = Loop(stage.engine, pace, 1.0, lambda report, seconds: at.append(report.at_ms), **parts)  # type: ignore[arg-type]
    loop.run()
    return at


def test_a_wake_without_a_reason_is_no_pass(stage: Stage) -> None:
    at = passes_of(stage, WokenPace(stage, wakes=250))
    assert [later - earlier for earlier, later in itertools.pairwise(at)] == [1000, 1000]


def test_another_decision_is_acted_on_at_once(stage: Stage) -> None:
    stage.run(2)

    class GivesOne(WokenPace):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if len(self.waits) == 3:
                stage.decisions.give(decision(decision_id="another"))

    at = passes_of(stage, GivesOne(stage, wakes=8))
    assert [later - earlier for earlier, later in itertools.pairwise(at)] == [30]
    assert stage.ledger.decision_id == "another"


def test_the_same_decision_again_is_none(stage: Stage) -> None:
    stage.run()
    assert not stage.engine.has_new_decision


def test_events_call_for_a_pass_but_not_for_a_storm_of_them(stage: Stage) -> None:
    at = passes_of(stage, WokenPace(stage, wakes=60), streams=Told(stage, 1000))
    apart = {later - earlier for earlier, later in itertools.pairwise(at)}
    assert apart == {round(EVENTS_APART_SECONDS * 1000)}


def test_a_command_is_carried_out_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run(4)
    inbox = FolderInbox(tmp_path)
    operator: Operator = InboxOperator(stage.engine, inbox)

    class Commands(WokenPace):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if len(self.waits) == 2:
                Post(tmp_path, "pause", "lunch", "me")

    at = passes_of(stage, Commands(stage, wakes=6), operator=operator)
    assert at[1] - at[0] == 20
    assert stage.ledger.paused


def test_what_is_no_command_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    operator = InboxOperator(stage.engine, FolderInbox(tmp_path))
    (tmp_path / "inbox" / "junk").touch()
    assert not operator.attend()
    assert stage.alerts.codes == ["inbox_refused"]


def test_a_bug_in_what_calls_is_told_and_the_interval_is_kept(stage: Stage) -> None:
    class Broken:
        def attend(self) -> bool:
            raise KeyError("a bug")

        def passed(self, report: PassReport) -> None:
            raise KeyError("another bug")

    at = passes_of(stage, WokenPace(stage, wakes=250), operator=Broken())
    assert [later - earlier for earlier, later in itertools.pairwise(at)] == [1000, 1000]
    assert stage.alerts.codes == ["attending_failed"]
    assert stage.sent_ids("entry") == [ENTRY]


@pytest.mark.parametrize(("took", "told"), [(0.5, 0), (1.5, 1)])
def test_a_pass_longer_than_the_interval_is_told_once_and_the_next_one_follows(
    stage: Stage, took: float, told: int
) -> None:
    look = stage.line.look

    def slow_look(**asked: object) -> object:
        stage.exchange.tick_time(stage.exchange.now_ms() + round(took * 1000))
        return look(**asked)  # type: ignore[arg-type]

    stage.line.look = slow_look  # type: ignore[method-assign, assignment]
    pace = WokenPace(stage, wakes=1000)
    loop = Loop(stage.engine, pace, 1.0, lambda report, seconds: None)
    loop.run(5)
    assert stage.alerts.codes.count("slow_pass") == told
    assert (pace.waits == []) is (took > 1)
