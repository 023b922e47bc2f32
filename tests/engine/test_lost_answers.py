"""Answers that never come: found by asking, never sent again."""

from dataclasses import replace

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder, Refuse
from capi.core.errors import OutcomeUnknown
from tests.engine.looking import ENTRY, STOP, AnswerDuplicate, open_stops, results
from tests.engine.stage import D, Stage


def test_an_entry_whose_answer_was_lost_is_found_and_never_sent_again(stage: Stage) -> None:
    stage.faults.lose_next_answer()
    report = stage.run()
    assert results(report, "entry") == ["unknown"]
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "UNKNOWN"
    stage.run(5)
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "NEW"
    assert stage.sent_ids("entry") == [ENTRY]


def test_a_lost_answer_of_an_entry_that_filled_at_once_buys_once(stage: Stage) -> None:
    stage.faults.lose_next_answer()
    stage.run()
    stage.run(10, price=90799)
    assert stage.sent_ids("entry") == [ENTRY]
    assert stage.exchange.account.qty == D("0.011")
    assert len(open_stops(stage)) == 1


def test_an_entry_that_never_arrived_is_replaced_by_the_next_generation_once_that_is_proven(stage: Stage) -> None:
    stage.faults.script(lambda _: Fault(OutcomeUnknown("reset"), executed=False))
    sent_at = stage.run().at_ms
    proven_at = None
    for _ in range(14):
        report = stage.run()
        if len(stage.sent_ids("entry")) == 2 and proven_at is None:
            proven_at = report.at_ms
    assert stage.sent_ids("entry") == [ENTRY, f"{ENTRY}_2"]
    assert proven_at is not None
    assert proven_at - sent_at > stage.config.recv_window_ms + 1000 + 5000
    first = stage.ledger.orders.by_key[("plain", ENTRY)].order
    assert (first.status, first.code, first.filled_qty) == ("REJECTED", -2013, D(0))


def test_a_duplicate_id_is_asked_about_and_adopted(stage: Stage) -> None:
    stage.exchange.faults = AnswerDuplicate()
    stage.run()
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "UNKNOWN"
    stage.run(3)
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "NEW"
    assert stage.sent_ids("entry") == [ENTRY]


def test_an_entry_waits_when_another_of_the_same_pass_is_in_doubt(stage: Stage) -> None:
    """A market entry in parts, the first of them unanswered."""
    stage.run()
    entry = stage.line.requests[-1]
    assert isinstance(entry, PlaceOrder)
    parts = [replace(entry, client_order_id=f"{ENTRY}_{n}") for n in (2, 3)]
    stage.faults.lose_next_answer()
    outcomes = stage.engine._executor.carry_out(parts, stage.exchange.now_ms())
    assert [outcome.result for outcome in outcomes] == ["unknown", "held"]


def test_an_entry_waits_when_a_stop_of_the_same_pass_is_in_doubt(stage: Stage) -> None:
    """Filled in part, with the stop refused: the rest is not added to."""
    stage.run()
    entry = stage.line.requests[-1]
    assert isinstance(entry, PlaceOrder)
    stop = replace(entry, client_order_id=STOP, role="sl", kind="algo")
    second = replace(entry, client_order_id=f"{ENTRY}_2")
    stage.faults.refuse_next(-2021)
    executor = stage.engine._executor
    said = Refuse(rule="test", reason="test")
    outcomes = executor.carry_out([said, stop, second], stage.exchange.now_ms())
    assert [outcome.result for outcome in outcomes] == ["recorded", "rejected", "held"]
    assert f"{ENTRY}_2" not in stage.sent_ids()
