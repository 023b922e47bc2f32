"""A pass that raises: it is told with its cause, and the next one guards on, wherever it was when it happened."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

import pytest
from returns.result import Result

from capi.core.actions import PlaceOrder
from capi.core.errors import ExchangeError
from capi.core.ids import parse_order_id
from capi.core.orders import OrderKey
from capi.engine.attempt import Failed, attempt
from capi.engine.report import PassReport
from capi.ports.decisions import Received
from capi.ports.exchange import Ack, Look, Request
from tests.engine.looking import ENTRY, STOP, open_stops
from tests.engine.looping import BuggyJournal, Looping
from tests.engine.stage import Line, Stage

PRICES: list[int | None] = [*[90850] * 4, 90799, 90799, 90900, 91500, 92210, 92000, *[91000] * 4]
"""From the zone through the entry, up through TP1 and back."""
INTENDED = Decimal("0.011")


class BuggyLine(Line):
    """A way to the exchange with a bug: a look, or the answer to a request, raises."""

    look_fails = 0
    fails_at: int | None = None  # the request's number, from 1
    after = False

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Look, or fail."""
        if self.look_fails:
            self.look_fails -= 1
            raise ZeroDivisionError("a bug in the look")
        return super().look(asked=asked, fills_after=fills_after, fundings_after=fundings_after)

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Act, and fail before or after it."""
        number = len(self.requests) + 1
        if number == self.fails_at and not self.after:
            self.requests.append(request)
            raise ZeroDivisionError("a bug before the request")
        answer = super().act(request)
        if number == self.fails_at:
            raise ZeroDivisionError("a bug behind the request")
        return answer


class BuggyDecisions:
    """A decision source that raises."""

    def latest(self, now_ms: int) -> Received:
        """Fail."""
        raise RecursionError("a bug in the decision's reader")


def buggy(path: Path) -> tuple[Stage, BuggyLine, BuggyJournal]:
    """Return a stage whose line and journal can have bugs."""
    stage = Stage(path)
    stage.kill()
    stage.journal = journal = BuggyJournal(stage.path, durable=True)
    line = BuggyLine(stage.exchange, journal)
    stage.engine._exchange = line  # type: ignore[misc]
    stage.engine._executor._exchange = line  # type: ignore[misc]
    stage.engine._recorder._journal = journal  # type: ignore[misc]
    return stage, line, journal


def assert_sound(stage: Stage) -> None:
    """Nothing was bought twice, nothing stands naked, no id was sent again."""
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    bought: dict[str, Decimal] = defaultdict(Decimal)
    for fill in seen.fills:
        owner = parse_order_id("capi", fill.client_order_id)
        if owner is not None and owner.role == "entry":
            bought[owner.decision_id] += fill.qty
    assert all(quantity <= INTENDED for quantity in bought.values())
    assert seen.position.qty == 0 or any(order.kind == "algo" for order in seen.orders)
    placed = [one.client_order_id for one in stage.line.requests if isinstance(one, PlaceOrder)]
    assert len(placed) == len(set(placed))


def test_a_whole_trade_without_a_bug(tmp_path: Path) -> None:
    stage, _, journal = buggy(tmp_path)
    looping = Looping(stage, PRICES)
    looping.run()
    assert "pass_failed" not in stage.alerts.codes
    assert journal.appends > 37  # what the next test goes through one by one


@pytest.mark.parametrize("after", [False, True])
def test_a_bug_at_any_point_of_a_trade_leaves_it_guarded(tmp_path: Path, after: bool) -> None:
    for at in range(1, 38):
        (tmp_path / str(at)).mkdir()
        stage, _, journal = buggy(tmp_path / str(at))
        journal.fails_at, journal.after = at, after
        looping = Looping(stage, PRICES)
        looping.run()
        assert stage.alerts.codes.count("pass_failed") == 1, at
        assert looping.reports[-1].finished, at
        assert_sound(stage)
        stage.kill()


@pytest.mark.parametrize("after", [False, True])
def test_a_bug_in_any_request_makes_it_one_of_unknown_fate(tmp_path: Path, after: bool) -> None:
    for at in range(1, 8):
        (tmp_path / str(at)).mkdir()
        stage, line, _ = buggy(tmp_path / str(at))
        stage.line = line
        line.fails_at, line.after = at, after
        Looping(stage, PRICES).run()
        assert "request_failed" in stage.alerts.codes, at
        assert [one["outcome"] for one in stage.named("answered")][at - 1] == "unknown", at
        assert_sound(stage)
        assert stage.folded().orders == stage.ledger.orders, at
        stage.kill()


def test_it_is_journalled_with_its_cause_and_told_once_a_minute(tmp_path: Path) -> None:
    stage, line, _ = buggy(tmp_path)
    line.look_fails = 5
    Looping(stage, [None] * 8).run()
    [event] = stage.named("pass_failed")
    assert event["error"] == "ZeroDivisionError: a bug in the look"
    assert event["where"][-1].startswith("test_failing_passes.py:")
    assert any(place.startswith("run_pass.py:") for place in event["where"])
    levels = {(level, code) for level, code, _, _ in stage.alerts.told if code == "pass_failed"}
    assert levels == {("CRITICAL", "pass_failed")}
    assert len([one for one in stage.named("alert") if one["code"] == "pass_failed"]) == 1


def test_it_backs_off_a_little_and_never_stops(tmp_path: Path) -> None:
    stage, line, _ = buggy(tmp_path)
    line.look_fails = 1000
    looping = Looping(stage, [None] * 20)
    looping.run()
    assert len(looping.reports) == 21
    assert looping.pace.waits[:4] == [1.0, 2.0, 3.0, 4.0]
    assert set(looping.pace.waits[4:]) == {5.0}
    line.look_fails = 0
    assert not stage.run().gaps


def test_a_decision_that_makes_every_pass_fail_keeps_no_stop_away(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run(3)
    stage.exchange.faults = stage.faults
    stage.engine._decided._source = BuggyDecisions()  # type: ignore[misc]
    Looping(stage, [90799, None, None]).run()  # the entry fills when nothing can be read any more
    assert [order.client_order_id for order in open_stops(stage)] == [STOP]
    usable = [event["usable"] for event in stage.named("decision")]
    assert usable == [True, False]
    assert "guarding without a decision" in stage.named("decision")[-1]["reason"]


def test_after_a_minute_the_decision_is_tried_again(tmp_path: Path) -> None:
    stage, line, _ = buggy(tmp_path)
    line.look_fails = 2
    Looping(stage, [None] * 5).run()
    assert stage.sent_ids("entry") == []
    Looping(stage, [None] * 65).run()
    assert stage.sent_ids("entry") == [ENTRY]


def test_what_shows_a_pass_cannot_end_the_run(tmp_path: Path) -> None:
    def broken(report: PassReport) -> None:
        raise KeyError("a bug in the table")

    stage = Stage(tmp_path)
    looping = Looping(stage, [None] * 5, broken)
    looping.run()
    assert len(looping.reports) == 6
    assert stage.alerts.codes.count("recording_failed") == 1
    assert stage.sent_ids("entry") == [ENTRY]


def test_where_nothing_can_be_written_or_shown_the_passes_go_on_and_the_stop_goes_out(tmp_path: Path) -> None:
    def broken(report: PassReport) -> None:
        raise KeyError("a bug in the table")

    stage, _, journal = buggy(tmp_path)
    Looping(stage, [None] * 4).run()
    journal.fails_always = True
    looping = Looping(stage, [90799, *[None] * 5], broken)
    looping.run()
    assert len(looping.reports) >= 5
    assert [order.client_order_id for order in open_stops(stage)] == [STOP]
    assert any("nor could it be told" in str(report.failure) for report in looping.reports)


def test_an_interrupt_is_no_failure(tmp_path: Path) -> None:
    def interrupted(report: PassReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Looping(Stage(tmp_path), [None], interrupted).run()


def test_a_failure_is_told_without_what_may_be_secret() -> None:
    secret = "a1B2" * 16

    def fail() -> None:
        raise ValueError(f"GET https://host/path?timestamp=1&signature={secret} with key {secret}: {'x ' * 400}")

    failed = attempt(fail)
    assert isinstance(failed, Failed)
    assert secret not in failed.sentence
    assert "GET https://host/path?*** with key ***" in failed.sentence
    assert len(failed.sentence) < 450
