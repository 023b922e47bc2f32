"""Passes on the paper exchange: what is sent and when it is written, which decision holds, what is folded."""

from dataclasses import replace

import pytest

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder
from capi.core.decision import Unusable
from capi.core.errors import NotAuthorised, Throttled, Unavailable
from capi.core.ids import hashed_key
from tests.engine.looking import ENTRY, STOP, LoseStops, open_plain, open_stops, results
from tests.engine.stage import D, Stage
from tests.worlds import FLAT, ID, LONG, decision


def test_an_intent_is_in_the_journal_before_its_entry_is_sent(stage: Stage) -> None:
    stage.run()
    [intent] = stage.named("intent")
    [request] = [r for r in stage.line.requests if isinstance(r, PlaceOrder)]
    assert request.client_order_id == intent["client_order_id"] == ENTRY
    assert stage.line.journalled[stage.line.requests.index(request)] >= intent["seq"]
    assert [e["event"] for e in stage.kept() if e["seq"] in range(intent["seq"], intent["seq"] + 3)] == [
        "intent",
        "sent",
        "answered",
    ]


def test_a_stop_is_sent_first_and_written_after(stage: Stage) -> None:
    stage.run()
    stage.run(price=90799)
    at = next(i for i, r in enumerate(stage.line.requests) if isinstance(r, PlaceOrder) and r.role == "sl")
    [sent] = [e for e in stage.named("sent") if e["client_order_id"] == STOP]
    assert stage.line.journalled[at] < sent["seq"]


def test_a_fill_is_guarded_recorded_and_given_its_targets_in_one_pass(stage: Stage) -> None:
    stage.run()
    report = stage.run(price=90799)
    assert (report.state, report.guard) == ("IN_POSITION", "naked")
    assert [stop.close_position for stop in open_stops(stage)] == [True]
    record = stage.ledger.trades.open
    assert record is not None
    assert (record.trade.decision_id, record.trade.qty, record.trade.sl) == (ID, D("0.011"), D("89800.0"))
    assert {order.client_order_id for order in open_plain(stage)} == {f"capi_tp1_{ID}", f"capi_tp2_{ID}"}
    assert stage.run().guard == "guarded"


def test_naked_time_ends_when_the_exchange_takes_the_stop(stage: Stage) -> None:
    stage.run()
    stage.run(price=90799)
    [naked], [guarded] = stage.named("naked"), stage.named("guarded")
    assert guarded["at_ms"] - naked["at_ms"] == 20  # the paper exchange's delay
    assert stage.ledger.naked_since_ms is None
    assert stage.ledger.naked_ms == 20


def test_naked_time_runs_on_while_no_stop_is_taken(stage: Stage) -> None:
    stage.run()
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 3000)
    for _ in range(3):
        stage.run(price=90799)
    since = stage.ledger.naked_since_ms
    assert since is not None
    stage.run(price=90799)
    assert stage.ledger.naked_since_ms is None
    assert 3000 <= stage.ledger.naked_ms <= 3100


def test_a_refused_stop_has_its_fallback_in_the_same_pass(stage: Stage) -> None:
    stage.run()
    stage.faults.refuse_next(-4509)
    report = stage.run(price=90799)
    assert results(report, "sl") == ["rejected", "ack"]
    [stop] = open_stops(stage)
    assert stop.reduce_only
    assert stop.quantity == D("0.011")


def test_rounds_of_one_pass_are_bounded(stage: Stage) -> None:
    stage.run()
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 60_000)
    stage.line.looks = 0
    report = stage.run(price=90799)
    assert results(report, "sl") == ["unknown"] * 3
    assert stage.line.looks == 3
    assert len(set(stage.sent_ids("sl"))) == 3


@pytest.mark.parametrize("answer", [Throttled(0, "slow"), Unavailable("down"), NotAuthorised(-2015, "no")])
def test_a_stop_that_no_second_try_can_help_waits_for_the_next_pass(
    stage: Stage, answer: Throttled | Unavailable | NotAuthorised
) -> None:
    stage.run()
    stage.faults.script(lambda _: Fault(answer))
    report = stage.run(price=90799)
    assert len(results(report, "sl")) == 1
    assert open_stops(stage) == []
    stage.run(price=90799)
    assert len(open_stops(stage)) == 1


def test_a_decision_is_journalled_once_while_it_stays(stage: Stage) -> None:
    stage.run(3)
    stage.decisions.give(replace(LONG))
    stage.run()
    [told] = stage.named("decision")
    assert (told["decision_id"], told["zone_middle"], told["raw"]) == (ID, "90800", {"action": "long"})


def test_an_unusable_decision_is_journalled_with_its_reason(stage: Stage) -> None:
    stage.decisions.give(Unusable(reason="sl is missing"))
    stage.run()
    assert stage.named("decision")[-1]["reason"] == "sl is missing"


def test_an_id_that_comes_back_with_another_timestamp_is_told_apart_also_after_a_restart(stage: Stage) -> None:
    stage.kill()
    stage.begin()
    later = decision(timestamp_ms=LONG.timestamp_ms + 1000)
    stage.decisions.give(later)
    wanted = hashed_key(ID, str(later.timestamp_ms))
    assert stage.run().decision.decision_id == wanted
    stage.decisions.give(FLAT)
    assert stage.run().decision.decision_id == ID


def test_passes_that_say_the_same_are_written_once(stage: Stage) -> None:
    stage.decisions.give(FLAT)
    stage.run()
    before = len(stage.named("pass"))
    stage.run(10)
    assert len(stage.named("pass")) == before


def test_a_pass_tells_what_it_saw_planned_and_did(stage: Stage) -> None:
    stage.run()
    told = stage.named("pass")[-1]
    assert (told["state"], told["guard"], told["complete"], told["position_qty"]) == ("NO_POSITION", "none", True, "0")
    [action] = [a for a in told["actions"] if a["action"] == "place_order"]
    assert (action["client_order_id"], action["result"], action["rule"]) == (ENTRY, "ack", "enter_position")
    assert "0.011 of 0.011 at 90800.0" in action["reason"]


def test_pause_takes_the_entry_down_and_resume_lets_it_back(stage: Stage) -> None:
    stage.run()
    stage.engine.pause("operator")
    stage.run()
    assert open_plain(stage) == []
    stage.engine.resume("operator")
    stage.run(5)
    assert [order.client_order_id for order in open_plain(stage)] == [f"{ENTRY}_2"]


def test_a_run_begins_and_ends_in_the_journal(stage: Stage) -> None:
    stage.engine.end("told to")
    assert stage.kept()[1]["event"] == "run_started"
    assert stage.kept()[-1]["reason"] == "told to"


def test_a_run_that_winds_down_says_so_and_blames_no_operator(stage: Stage) -> None:
    stage.run()
    stage.engine.wind_down()
    report = stage.run()
    said = {action.reason for action in report.actions if action.rule == "paused"}
    assert said == {"the run ends: nothing new is entered"}
    assert open_plain(stage) == []
    assert not stage.ledger.paused
