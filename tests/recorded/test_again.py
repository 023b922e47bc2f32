"""Recorded plans made again: the same from the journal alone, and another wherever the journal was changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capi.adapters.decision_json import parse_decision
from capi.adapters.paper.faults import Fault, ScriptedFaults
from capi.cli.recorded.again import plans_again
from capi.cli.recorded.difference import differences
from capi.cli.recorded.whole import stub
from capi.core.actions import PlaceOrder
from capi.core.decision import Unusable
from capi.core.errors import Rejected, Unavailable
from capi.ports.exchange import Request
from tests.engine.stage import Killed
from tests.engine.test_restart import Dice
from tests.recorded.stage import UP_AND_BACK, Recorded, all_same
from tests.worlds import FLAT, ID, LONG, MADE, SHORT, config, decision


def test_a_whole_trade(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.live()
    assert [event["exit_reason"] for event in stage.named("trade_closed")] == ["sl"]
    plans = stage.again()
    assert all_same(plans)
    assert [again.seq for again in plans] == [event["seq"] for event in stage.named("pass")]
    assert {action["action"] for again in plans for action in again.planned} >= {
        *("place_order", "open_trade", "update_trade", "close_trade", "refuse"),
    }


class FirstStopRefused(ScriptedFaults):
    """The exchange sees no position yet when the first stop comes."""

    def on_request(self, request: Request) -> Fault | None:
        """Refuse the first stop."""
        first = isinstance(request, PlaceOrder) and request.client_order_id == f"capi_sl_{ID}"
        return Fault(Rejected(-4509, "no position")) if first else None


def test_a_pass_that_looks_again_has_two_plans(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.exchange.faults = FirstStopRefused()
    stage.live()
    assert {len(event["rounds"]) for event in stage.named("pass")} == {1, 2}
    assert all_same(stage.again())


def test_the_turns_of_a_run(tmp_path: Path) -> None:
    """Paused and resumed, lost looks, foreign orders, decisions of every kind, another process, the end of a run."""
    stage = Recorded(tmp_path)
    stage.live(UP_AND_BACK[:3])
    stage.decide(Unusable(reason="the decision stops in the middle"))
    stage.run(2)
    stage.engine.pause("a test")
    stage.run(2)
    stage.engine.resume("a test")
    stage.decide(decision(LONG, timestamp_ms=MADE + 1000))  # the same id: told apart
    stage.run(2)
    stage.line.failure = Unavailable("down")
    stage.run(7)
    stage.line.failure = None
    stage.decide(replace(FLAT, decision_id="flat", timestamp_ms=MADE + 2000))
    stage.run(2)
    stage.kill()
    stage.begin()
    stage.run(2)
    stage.decide(replace(SHORT, decision_id="other", timestamp_ms=MADE + 3000))
    stage.run(2)
    stage.engine.wind_down()
    stage.run(2)
    plans = stage.again()
    assert all_same(plans)
    assert {again.recorded[0]["rule"] for again in plans if again.recorded} >= {"unusable", "paused"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_whatever_goes_wrong(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    stage = Recorded(tmp_path_factory.mktemp("bad"))
    dice = Random(seed)
    stage.exchange.faults = Dice(seed, stage)
    for price in UP_AND_BACK:
        stage.line.kill_after = dice.choice((None, None, 1, 2))
        stage.line.failure = dice.choice((None, None, None, Unavailable("down")))
        stage.line.requests.clear()
        try:
            stage.run(price=price)
        except Killed:
            stage.kill()
            stage.begin()
    assert all_same(stage.again())


def changed(stage: Recorded, change: Callable[[dict[str, Any]], None]) -> list[str]:
    """Return the differences of the stop's pass after something was changed in what is recorded of it."""
    events: list[Any] = stage.kept()
    passes = (it for it in events if it["event"] == "pass")
    event = next(it for it in passes if any(action.get("role") == "sl" for action in it["actions"]))
    change(event)
    again = next(again for again in plans_again(events) if again.seq == event["seq"])
    assert not again.is_same
    return differences(again)


def test_what_differs_is_told(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.live(UP_AND_BACK[:6])
    sl = f"place_order capi_sl_{ID} by protect_position"

    def level(event: dict[str, Any]) -> None:
        event["actions"][0]["trigger_price"] = "89800.1"

    def gone(event: dict[str, Any]) -> None:
        event["actions"].append({"action": "refuse", "rule": "spread", "reason": "wide", "result": "recorded"})
        event["rounds"][0]["actions"] += 1

    def new(event: dict[str, Any]) -> None:
        del event["actions"][0]
        event["rounds"][0]["actions"] -= 1

    def guard(event: dict[str, Any]) -> None:
        event["guard"] = "guarded"

    def seen(event: dict[str, Any]) -> None:
        event["rounds"][0]["seen"]["qty"] = "0.010"

    assert changed(stage, level) == [f"~ {sl}: trigger_price 89800.1 -> 89800.0"]
    assert changed(stage, gone) == ["- refuse by spread: reason wide"]
    assert changed(stage, new)[0].startswith(f"+ {sl}: role sl, kind algo, side SELL, type STOP_MARKET, trigger_price")
    assert changed(stage, guard) == ["~ guard: guarded -> naked"]
    assert any("0.010" in line for line in changed(stage, seen))


def test_another_configuration_or_ledger_plans_otherwise(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.live(UP_AND_BACK[:6])
    opened, started, *rest = stage.kept()
    other = {**started["config"], "targets": {**started["config"]["targets"], "tp1_fraction": "0.3"}}
    assert not all_same(list(plans_again([opened, {**started, "config": other}, *rest])))
    forgotten = [stub(event) if event["event"] == "trade_opened" else event for event in stage.kept()]
    assert not all_same(list(plans_again(forgotten)))


def troubles(events: list[Any]) -> set[str | None]:
    return {again.trouble for again in plans_again(events)}


def test_what_cannot_be_planned_again_says_why(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.live(UP_AND_BACK[:4])
    events = stage.kept()

    old: list[Any] = [{key: it for key, it in event.items() if key not in ("rounds", "config")} for event in events]
    assert troubles(old) == {"capi 0.1.0 did not record what its plans were made on"}
    first_pass = next(index for index, event in enumerate(events) if event["event"] == "pass")
    late = [*events[:first_pass], *events[first_pass + 1 :]]
    assert any("not told" in str(why) for why in troubles(late))
    assert troubles(events[first_pass:]) == {"capi unknown did not record what its plans were made on"}

    bare: list[Any] = [{**event, "raw": None} if event["event"] == "decision" else event for event in events]
    assert troubles(bare) == {f"decision {ID} was recorded without its document"}
    newer: list[Any] = [
        {**event, "config": {**event["config"], "speed": 9}} if event["event"] == "run_started" else event
        for event in events
    ]
    assert troubles(newer) == {"this version cannot read the configuration: Config: speed unknown"}


def test_a_decision_is_read_again_as_it_was_then(tmp_path: Path) -> None:
    """Its time may have been the file's, its id a number: what counted then counts again."""
    document = b"""{"action": "long", "decision_id": 12.0, "entry_zone": [90700, 90900], "sl": 89800.0,
        "position_size_usdt": 1e3, "leverage": 3, "confidence": 0.76, "note": [1.5, {"deep": 1e2}],
        "risk_checks": {"daily_dd_ok": true, "weekly_dd_ok": true, "max_trades_per_day_ok": true,
        "session_ok": true}}"""
    stage = Recorded(tmp_path)
    stage.decisions.received = parse_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=MADE)
    stage.live(UP_AND_BACK[:6])
    assert stage.sent_ids("entry") == ["capi_entry_12"]
    assert stage.ledger.trades.open is not None
    assert all_same(stage.again())


def test_a_span_and_a_trade(tmp_path: Path) -> None:
    stage = Recorded(tmp_path, config=config("risk", trades_per_day_max=5))
    stage.live()
    first = len(stage.again())
    stage.decide(replace(SHORT, decision_id="second", timestamp_ms=stage.exchange.now_ms()))
    stage.live((90650, 90850, 90850, 90850))
    plans = stage.again()
    assert [again.seq for again in stage.again(from_ms=plans[first].at_ms)] == [again.seq for again in plans[first:]]
    assert [again.seq for again in stage.again(to_ms=plans[1].at_ms)] == [again.seq for again in plans[:2]]
    of_second = stage.again(trade="second")
    assert of_second
    assert {again.seq for again in of_second} <= {again.seq for again in plans[first:]}
    assert stage.again(trade="nobody") == []
