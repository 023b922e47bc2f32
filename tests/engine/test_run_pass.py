"""Passes on the paper exchange: what is sent, when it is written, what a lost answer and a full disk lead to."""

from dataclasses import replace
from pathlib import Path

import pytest

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.actions import CancelOrder, CloseTrade, EnterSafeMode, PlaceOrder, Refuse
from capi.core.decision import Unusable
from capi.core.errors import ClockSkewed, NotAuthorised, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.ids import hashed_key
from capi.core.orders import Order
from capi.engine.report import PassReport
from capi.ports.exchange import Request
from tests.engine.stage import D, Stage
from tests.worlds import FLAT, ID, LONG, decision

ENTRY = f"capi_entry_{ID}"
STOP = f"capi_sl_{ID}"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An engine that has seen the account flat for long enough: the next pass sends the entry."""
    stage = Stage(tmp_path)
    stage.run(2)
    return stage


def open_plain(stage: Stage) -> list[Order]:
    """Return the plain orders that rest on the exchange."""
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    return [order for order in seen.orders if order.kind == "plain"]


def open_stops(stage: Stage) -> list[Order]:
    """Return the conditional orders that rest on the exchange."""
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    return [order for order in seen.orders if order.kind == "algo"]


def results(report: PassReport, role: str) -> list[str]:
    """Return what came of a pass's orders of one role."""
    return [o.result for o in report.outcomes if isinstance(o.action, PlaceOrder) and o.action.role == role]


# the order of things


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


class LoseStops:
    """Faults: no stop is taken until a time; without an answer when none is given."""

    def __init__(self, stage: Stage, until_ms: int, answer: Fault | None = None) -> None:
        self.stage, self.until_ms = stage, until_ms
        self.answer = answer or Fault(OutcomeUnknown("lost"))

    def on_request(self, request: Request) -> Fault | None:
        """Lose stops."""
        if isinstance(request, PlaceOrder) and request.role == "sl" and self.stage.exchange.now_ms() <= self.until_ms:
            return self.answer
        return None

    def position_lag(self) -> int:
        """Nothing is late."""
        return 0


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


# lost answers


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
    for _ in range(8):
        report = stage.run()
        if len(stage.sent_ids("entry")) == 2 and proven_at is None:
            proven_at = report.at_ms
    assert stage.sent_ids("entry") == [ENTRY, f"{ENTRY}_2"]
    assert proven_at is not None
    assert proven_at - sent_at > stage.config.recv_window_ms + 1000
    first = stage.ledger.orders.by_key[("plain", ENTRY)].order
    assert (first.status, first.code, first.filled_qty) == ("REJECTED", -2013, D(0))


def test_a_duplicate_id_is_asked_about_and_adopted(stage: Stage) -> None:
    stage.exchange.faults = AnswerDuplicate()
    stage.run()
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "UNKNOWN"
    stage.run(3)
    assert stage.ledger.orders.by_key[("plain", ENTRY)].order.status == "NEW"
    assert stage.sent_ids("entry") == [ENTRY]


class AnswerDuplicate:
    """Faults: entries are taken, and answered as if their id was in use already."""

    def on_request(self, request: Request) -> Fault | None:
        """Answer -4116."""
        if isinstance(request, PlaceOrder) and request.role == "entry":
            return Fault(Rejected(-4116, "ClientOrderId is duplicated."), executed=True)
        return None

    def position_lag(self) -> int:
        """Nothing is late."""
        return 0


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


# refusals


def test_a_throttled_entry_spends_its_id_and_waits_its_time(stage: Stage) -> None:
    until = stage.exchange.now_ms() + 5000
    stage.faults.script(lambda _: Fault(Throttled(until, "too many requests")))
    stage.run()
    refused = stage.ledger.orders.by_key[("plain", ENTRY)].order
    assert (refused.status, refused.code) == ("REJECTED", -1003)
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
    stage.run()
    assert stage.alerts.codes == ["cancel_order_refused"]


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


# the disk


def test_no_entry_goes_out_without_its_intent_on_the_disk(stage: Stage) -> None:
    stage.journal.full_for_durable = True
    report = stage.run()
    assert results(report, "entry") == ["held"]
    assert not [r for r in stage.line.requests if isinstance(r, PlaceOrder)]
    assert stage.ledger.intents == {}
    assert "journal_unwritable" in stage.alerts.codes
    stage.journal.full_for_durable = False
    stage.run()
    assert stage.sent_ids("entry") == [ENTRY]


def test_a_full_disk_holds_no_stop_up_and_nothing_is_lost_when_there_is_room_again(stage: Stage) -> None:
    stage.run()
    before = len(stage.kept())
    stage.journal.full = True
    stage.run(3, price=90799)
    assert len(open_stops(stage)) == 1
    assert len(stage.kept()) == before
    assert stage.alerts.codes.count("journal_unwritable") == 3
    assert not stage.engine._recorder.record_ahead({"event": "pass", "at_ms": 0})
    stage.journal.full = False
    stage.run()
    assert stage.folded() == stage.ledger
    assert [event["seq"] for event in stage.kept()] == list(range(1, len(stage.kept()) + 1))
    assert stage.sent_ids("sl") == [STOP]


# looks that fail


def test_without_any_look_there_is_only_a_report(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.line.failure = Unavailable("no route")
    report = stage.run()
    assert report.failure == "the account could not be read (Unavailable: no route)"
    assert (report.account, report.actions, report.state) == (None, (), None)
    assert stage.alerts.codes == ["look_failed"]


def test_an_unreadable_account_is_an_incomplete_view_of_the_last_position(stage: Stage) -> None:
    stage.run()
    stage.run(price=90799)
    stage.line.failure = Unavailable("no route")
    report = stage.run(price=90900)
    assert report.account is not None
    assert not report.account.complete
    assert report.account.position.qty == D("0.011")
    assert report.guard == "guarded"
    assert not report.is_eventful


def test_prices_of_the_last_look_count_for_a_moment_only(stage: Stage) -> None:
    last = stage.run().at_ms
    stage.line.failure = Unavailable("no route")
    at_bound = stage.run(step_ms=5000)
    past_it = stage.run(step_ms=1)
    assert at_bound.account is not None
    assert past_it.account is not None
    assert at_bound.at_ms - last == 5000
    assert at_bound.account.market.bid == D("90849.9")
    assert past_it.account.market.bid is None
    assert past_it.account.market.volatility == at_bound.account.market.volatility


def test_a_resting_entry_outlives_a_look_that_failed(stage: Stage) -> None:
    stage.run()
    stage.line.failure = Unavailable("no route")
    stage.run(3)
    assert [order.client_order_id for order in open_plain(stage)] == [ENTRY]
    assert stage.sent_ids("entry") == [ENTRY]


def test_a_look_refused_for_the_key_is_safe_mode(stage: Stage) -> None:
    stage.line.failure = NotAuthorised(-2015, "no such key")
    assert stage.run().safe_mode == "the look was refused with code -2015: no such key"


# decisions


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


# folding of passes


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
