"""status.json says what is the case after a pass."""

from dataclasses import replace

from capi.core.decision import Unusable
from capi.core.errors import NotAuthorised, Unavailable
from tests.engine.stage import D
from tests.reading.stage import ShownStage
from tests.worlds import ID, LONG


def test_a_first_pass_without_a_position(stage: ShownStage) -> None:
    stage.run()
    shown = stage.shown
    assert shown["schema"] == "capi.status/1"
    assert (shown["environment"], shown["symbol"]) == ("paper", "BTCUSDT")
    assert shown["last_pass"]["number"] == 1
    assert shown["last_pass"]["seconds"] == 0.0123
    assert (shown["state"], shown["guard"]) == ("NO_POSITION", "none")
    assert shown["position"]["qty"] == "0"
    assert shown["position"]["entry_price"] is None
    assert shown["trade"] is None
    assert shown["stops"] == shown["targets"] == []
    assert shown["day"] == {"start_equity": "10000.00000000", "drawdown_percent": "0.000", "trades": 0}


def test_the_decision_with_its_age_and_what_keeps_it_out(stage: ShownStage) -> None:
    stage.run()
    decision = stage.shown["decision"]
    assert (decision["decision_id"], decision["action"]) == (ID, "long")
    assert D(decision["age_seconds"]) == D(stage.exchange.now_ms() - LONG.timestamp_ms) / 1000
    assert (decision["usable"], decision["why_not"]) == (True, None)
    assert [one["rule"] for one in stage.shown["refusals"]] == ["write_unconfirmed"]


def test_a_stale_decision_is_not_usable_and_says_why(stage: ShownStage) -> None:
    stage.decisions.give(replace(LONG, timestamp_ms=LONG.timestamp_ms - 3_600_000))
    stage.run()
    assert stage.shown["decision"]["usable"] is False
    assert "600" in stage.shown["decision"]["why_not"]


def test_an_unusable_decision_says_why(stage: ShownStage) -> None:
    stage.decisions.give(Unusable(reason="sl is missing"))
    stage.run()
    decision = stage.shown["decision"]
    assert (decision["usable"], decision["why_not"]) == (False, "sl is missing")
    assert decision["action"] is None


def test_a_position_with_stop_targets_distances_and_profit(stage: ShownStage) -> None:
    stage.enter()
    shown = stage.shown
    assert (shown["state"], shown["guard"], shown["naked_since"]) == ("IN_POSITION", "guarded", None)
    assert shown["position"]["qty"] == "0.011"
    assert shown["position"]["unrealised_pnl"] == "1.09945"  # (90 899.95 − 90 800) × 0.011
    [stop] = shown["stops"]
    assert (stop["level"], stop["quantity"], stop["distance_bps"]) == ("89800.0", None, "121.0")
    assert [one["role"] for one in shown["targets"]] == ["tp1", "tp2"]
    assert shown["targets"][0]["distance_bps"] == "143.0"
    assert shown["orders"] == {"open": 3, "unknown": 0, "foreign": 0}
    assert (shown["trade"]["decision_id"], shown["trade"]["sl"]) == (ID, "89800.0")
    assert shown["day"]["trades"] == 1


def test_the_guard_is_that_after_the_pass_in_which_the_stop_was_taken(stage: ShownStage) -> None:
    for price in (90850, 90850, 90850, 90850):
        stage.run(price=price)
    report = stage.run(price=90799)
    assert report.guard == "naked"  # the view that the pass began with
    assert stage.shown["guard"] == "guarded"
    assert stage.shown["stops"]


def test_a_refused_stop_is_shown_naked_since_when(stage: ShownStage) -> None:
    for price in (90850, 90850, 90850, 90850):
        stage.run(price=price)
    for _ in range(12):
        stage.faults.refuse_next(-2021)
    stage.run(price=90799)
    assert stage.shown["guard"] == "naked"
    assert stage.shown["naked_since"] is not None
    assert stage.shown["stops"] == []


def test_a_failed_look_leaves_the_position_unknown_at_first_and_then_as_last_seen(stage: ShownStage) -> None:
    stage.line.failure = Unavailable("no route")
    stage.run()
    shown = stage.shown
    assert shown["position"]["qty"] is None  # unknown, not flat
    assert shown["state"] is None
    assert shown["account"]["equity"] is None
    assert "no route" in shown["last_pass"]["failure"]
    stage.line.failure = None
    stage.enter()
    stage.line.failure = Unavailable("no route")
    stage.run()
    assert stage.shown["last_pass"]["complete"] is False
    assert stage.shown["last_pass"]["gaps"]
    assert stage.shown["stops"]  # the ledger knows them


def test_alerts_are_shown_by_code_with_their_number_and_handed_on(stage: ShownStage) -> None:
    stage.line.failure = Unavailable("no route")
    stage.run(3)
    [told] = stage.shown["alerts"]
    assert (told["level"], told["code"], told["times"]) == ("ERROR", "look_failed", 3)
    assert stage.heard.codes == ["look_failed"] * 3


def test_safe_mode_and_pause_are_shown(stage: ShownStage) -> None:
    stage.engine.pause("by hand")
    stage.run()
    assert stage.shown["paused"] is True
    stage.line.failure = NotAuthorised(-2015, "no such key")
    stage.run()
    assert "-2015" in stage.shown["safe_mode"]


def test_the_end_of_a_run_is_shown(stage: ShownStage) -> None:
    stage.enter()
    stage.board.ended("interrupted", stage.exchange.now_ms())
    assert stage.shown["ended"] == "interrupted"
    assert stage.shown["position"]["qty"] == "0.011"
