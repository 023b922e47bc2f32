"""A clear no, and what the engine makes of it: spent ids, held entries, safe mode, alerts."""

from itertools import pairwise
from pathlib import Path

import pytest

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.actions import CancelOrder, CloseTrade, EnterSafeMode, SetMarginMode
from capi.core.errors import ClockSkewed, NotAuthorised, Rejected, Throttled, Unavailable
from tests.engine.looking import ENTRY, LoseStops, open_plain, open_stops, results
from tests.engine.stage import D, Stage
from tests.worlds import FLAT, ID


@pytest.mark.parametrize(("code", "told"), [(-1008, -1008), (-1015, -1015), (None, -1003), (-9999, -1003)])
def test_a_throttled_entry_spends_its_id_and_waits_its_time(stage: Stage, code: int | None, told: int) -> None:
    until = stage.exchange.now_ms() + 5000
    stage.faults.script(lambda _: Fault(Throttled(until, "too many requests", code)))
    stage.run()
    refused = stage.ledger.orders.by_key[("plain", ENTRY)].order
    assert (refused.status, refused.code) == ("REJECTED", told)
    reports = [stage.run() for _ in range(3)]
    assert [results(report, "entry") for report in reports] == [["held"]] * 3
    assert stage.sent_ids("entry") == [ENTRY]
    stage.run()
    assert stage.sent_ids("entry") == [ENTRY, f"{ENTRY}_2"]
    assert stage.exchange.now_ms() >= until


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Unavailable("down"), -1008), (ClockSkewed("ahead"), -1021), (NotAuthorised(-2015, "no such key"), -2015)],
)
def test_what_was_surely_not_executed_is_a_refusal_with_a_code_of_its_meaning(
    stage: Stage, answer: Unavailable | ClockSkewed | NotAuthorised, code: int
) -> None:
    stage.faults.script(lambda _: Fault(answer))
    stage.run()
    refused = stage.ledger.orders.by_key[("plain", ENTRY)].order
    assert (refused.status, refused.code) == ("REJECTED", code)


def test_a_fatal_answer_enters_safe_mode_once_and_says_so(stage: Stage) -> None:
    stage.faults.script(lambda _: Fault(NotAuthorised(-2015, "no such key")))
    report = stage.run()
    assert report.safe_mode == "place_order was refused with code -2015: no such key"
    stage.run(3)
    assert len(stage.named("safe_mode")) == 1
    assert stage.alerts.codes.count("safe_mode") == 1
    assert stage.sent_ids("entry") == [ENTRY]
    stage.engine.resume("operator")
    assert stage.ledger.safe_mode is None


def test_the_first_reason_for_safe_mode_stays(stage: Stage) -> None:
    stage.engine._executor.carry_out([EnterSafeMode(rule="test", reason="first")], stage.exchange.now_ms())
    stage.engine._executor.carry_out([EnterSafeMode(rule="test", reason="second")], stage.exchange.now_ms())
    stage.line.failure = NotAuthorised(-2015, "no such key")
    assert stage.run().safe_mode == "first"
    assert len(stage.named("safe_mode")) == 1


def test_closing_a_trade_that_is_not_open_records_nothing(stage: Stage) -> None:
    close = CloseTrade(decision_id=ID, side="long", exit_reason="sl", rule="test", reason="test")
    stage.engine._executor.carry_out([close], stage.exchange.now_ms())
    assert stage.named("trade_closed") == []


def test_a_setting_that_is_so_already_is_no_refusal(tmp_path: Path) -> None:
    stage = Stage(tmp_path, leverage=20)
    stage.faults.refuse_next(-4046)
    stage.run(3)
    answers = [e["outcome"] for e in stage.named("answered") if e["action"] == "set_leverage"]
    assert answers[0] == "ack"
    assert stage.alerts.told == []


def test_a_refused_setting_is_told_once_a_minute_in_the_journal(tmp_path: Path) -> None:
    stage = Stage(tmp_path, leverage=20)
    for _ in range(3):
        stage.faults.refuse_next(-4028)
    stage.run(5)
    assert stage.alerts.codes == ["set_leverage_refused"] * 3
    assert len(stage.named("alert")) == 1


def test_a_setting_that_stays_refused_is_asked_for_once_a_minute(tmp_path: Path) -> None:
    """As with an order of somebody else that forbids another margin mode, for hours."""
    stage = Stage(tmp_path, margin_mode="cross", leverage=3)
    for _ in range(9):
        stage.faults.refuse_next(-4047)
    stage.run(130)
    asked = [e["at_ms"] for e in stage.named("sent") if e["action"] == "set_margin_mode"]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[:2] == [1000, 1000]
    assert len(gaps) == 4
    assert all(60_000 <= gap <= 61_000 for gap in gaps[2:])
    held = [o.message for o in stage.run().outcomes if isinstance(o.action, SetMarginMode)]
    assert held == ["refused 5 times with code -4047; tried again a minute after the last time"]


def test_another_setting_or_another_refusal_begins_anew(tmp_path: Path) -> None:
    stage = Stage(tmp_path, margin_mode="cross", leverage=3)
    for code in (-4047, -4047, -4048, -4047, -4047, -4047):
        stage.faults.refuse_next(code)
    stage.run(12)
    codes = [e["code"] for e in stage.named("answered") if e["action"] == "set_margin_mode"]
    assert codes == [-4047, -4047, -4048, -4047, -4047, -4047]


def test_a_setting_that_was_taken_forgets_its_refusals(tmp_path: Path) -> None:
    """Changed by hand and refused again: that is the first time anew, so it is asked for again in the next pass."""
    stage = Stage(tmp_path, margin_mode="cross", leverage=3)
    for _ in range(3):
        stage.faults.refuse_next(-4047)
    while stage.exchange.account.margin_mode == "cross" and len(stage.named("sent")) < 9:
        stage.run()
    stage.exchange.account.margin_mode = "cross"
    stage.faults.refuse_next(-4047)
    stage.run(3)
    asked = [e["at_ms"] for e in stage.named("sent") if e["action"] == "set_margin_mode"]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[:2] == [1000, 1000]
    assert 60_000 <= gaps[2] <= 61_000
    assert gaps[3:] == [1000, 1000]


def test_an_order_taken_as_something_else_is_cancelled_and_told(stage: Stage) -> None:
    stage.line.echo = {"reduce_only": True}
    report = stage.run()
    stage.line.echo = {}
    assert results(report, "entry") == ["rejected"]
    assert isinstance(stage.line.requests[-1], CancelOrder)
    assert stage.line.requests[-1].client_order_id == ENTRY
    assert open_plain(stage) == []
    assert ("CRITICAL", "echo_differs") in [(level, code) for level, code, _, _ in stage.alerts.told]


def test_an_order_that_the_exchange_cut_is_accepted_as_it_is(stage: Stage) -> None:
    stage.line.echo = {"quantity": D("0.005")}
    stage.run()
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.quantity == D("0.005")


def test_a_refused_cancel_is_told_unless_the_order_was_over(stage: Stage) -> None:
    stage.run()
    stage.engine.pause("operator")
    stage.faults.script(lambda _: Fault(Rejected(-2011, "Unknown order sent.")))
    stage.run()
    assert stage.alerts.told == []
    stage.faults.script(lambda _: Fault(Rejected(-1015, "too many orders")))
    stage.run(step_ms=2000)
    assert stage.alerts.codes == ["cancel_order_refused"]


def test_a_cancel_that_found_nothing_open_is_not_repeated_in_each_pass(stage: Stage) -> None:
    stage.run()
    stage.engine.pause("operator")
    stage.line.failure = Unavailable("down")  # no look tells what became of the order
    for _ in range(2):
        stage.faults.script(lambda _: Fault(Rejected(-2011, "Unknown order sent.")))
    for _ in range(30):
        stage.run(step_ms=100)
    cancels = [event["at_ms"] for event in stage.named("sent") if event["action"] == "cancel_order"]
    assert len(cancels) == 2
    assert cancels[1] - cancels[0] == 2000
    stage.line.failure = None
    stage.run(2)
    assert open_plain(stage) == []


def test_somebody_elses_position_is_taken_over_guarded_and_told(stage: Stage) -> None:
    stage.decisions.give(FLAT)
    stage.exchange.manual_order(
        NewOrder(client_order_id="web_1", kind="plain", side="BUY", type="MARKET", quantity=D("0.020"))
    )
    stage.run(2)
    record = stage.ledger.trades.open
    assert record is not None
    assert record.adopted
    assert record.flows.fees is not None
    assert [stop.close_position for stop in open_stops(stage)] == [True]
    assert "orphan_position" in stage.alerts.codes


def test_a_position_that_no_stop_can_be_placed_for_is_left_and_safe_mode_holds(stage: Stage) -> None:
    stage.run()
    refused = Fault(Rejected(-2010, "New order rejected."))
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 60_000, answer=refused)
    for _ in range(12):
        stage.run(price=90799)
    assert stage.exchange.account.qty == 0
    assert [event["rule"] for event in stage.named("safe_mode")] == ["enter_safe_mode"]
    assert stage.ledger.safe_mode is not None
