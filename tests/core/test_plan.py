"""The plan as a whole: its order, what never stands side by side in it, its summary, explanation and horizon."""

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import (
    Action,
    AdoptPosition,
    Alert,
    ArmDeadMan,
    CancelOrder,
    CloseTrade,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    Refuse,
    SetLeverage,
    SetMarginMode,
    UpdateTrade,
)
from capi.core.gates import GATES
from capi.core.plan import RULES, explain, horizon, plan, summary
from tests.core.planning import cancelled, of, placed, planned, planned_held, refused
from tests.worlds import (
    CONFIG,
    FLAT,
    ID,
    INSTRUMENT,
    LONG,
    MARKET,
    NOW,
    account,
    config,
    decision,
    held,
    intent,
    market,
    order,
    trade,
)

D = Decimal
ENTRY, SL = f"capi_entry_{ID}", f"capi_sl_{ID}"


def phase(action: Action) -> int:
    """Return the place of an action in the order of execution, by the design's words."""
    if isinstance(action, PlaceOrder):
        return {"sl": 0, "exit": 3, "tp1": 5, "tp2": 5, "entry": 8}[action.role]
    if isinstance(action, CancelOrder):
        return 2 if "_sl_" in action.client_order_id else 1
    if isinstance(action, OpenTrade | AdoptPosition | UpdateTrade | CloseTrade | EnterSafeMode):
        return 4
    return 6 if isinstance(action, SetLeverage | SetMarginMode | ArmDeadMan) else 7


BUSY: list[list[Action]] = [
    planned_held(order(SL, status="REJECTED", code=-4045), naked_since_ms=NOW - 6_000),
    planned_held(order("capi_tp1_x"), order("web_1"), base=decision(sl=D(90300)), without=("tp2",)),
    planned(order(SL), order(f"capi_tp1_{ID}"), trade=trade()),
    planned(order(SL), position="-0.05", trade=trade(), dead_man_until_ms=NOW + 9_000),
    planned(base=LONG, leverage=1, margin_mode="cross", dead_man_until_ms=NOW + 9_000),
    planned(base=LONG, market=replace(MARKET, bid=D(90700)), dead_man_until_ms=NOW + 9_000, paused=True),
]


@pytest.mark.parametrize("actions", BUSY)
def test_stops_cancels_exits_records_targets_settings_words_entries(actions: list[Action]) -> None:
    assert len(actions) > 1
    assert [phase(action) for action in actions] == sorted(phase(action) for action in actions)


def test_cancel_and_new_entry_never_stand_in_one_plan() -> None:
    actions = planned(order("web_1", side="BUY", price=D(90000)), base=LONG)
    assert (cancelled(actions), placed(actions, "entry")) == ({"web_1"}, [])
    assert refused(actions) == {"write_unconfirmed"}


def test_an_order_that_is_seen_twice_is_cancelled_once() -> None:
    seen = order(ENTRY)
    actions = planned(seen, replace(seen, updated_at_ms=NOW), base=FLAT, intents=(intent(),))
    assert [action.client_order_id for action in actions if isinstance(action, CancelOrder)] == [ENTRY]


def test_a_dead_man_switch_is_not_armed_for_what_is_being_cancelled() -> None:
    drifted = order(ENTRY, created_at_ms=NOW - 15_000)
    actions = planned(drifted, base=LONG, market=market(price="90850.2"), intents=(intent(),))
    assert cancelled(actions) == {ENTRY}
    assert not any(isinstance(action, ArmDeadMan) for action in actions)


def test_a_dead_man_switch_is_armed_beside_the_cancel_of_another_order() -> None:
    actions = planned(order(ENTRY), order("web_1", kind="algo", type="STOP_MARKET"), base=LONG, intents=(intent(),))
    assert cancelled(actions) == {"web_1"}
    assert [action.seconds for action in actions if isinstance(action, ArmDeadMan)] == [60]


@pytest.mark.parametrize(
    ("changes", "state", "guard"),
    [
        ({}, "NO_POSITION", "none"),
        ({"position": "0.011"}, "IN_POSITION", "naked"),
        ({"position": "0.011", "complete": False}, "IN_POSITION", "unknown"),
        ({"trade": trade()}, "POSITION_CLOSED", "none"),
    ],
)
def test_summary(changes: dict[str, Any], state: str, guard: str) -> None:
    stands = summary(FLAT, account(**changes), (), CONFIG)
    assert (stands.state, stands.guard) == (state, guard)


def test_summary_of_a_guarded_position_of_one_without_any_level_and_of_a_fill_not_visible() -> None:
    assert summary(FLAT, *held(), CONFIG).guard == "guarded"
    blind = account(position=Position(qty=D(1)), market=market(bid=None, ask=None, mark=None, last=None))
    assert summary(FLAT, blind, (), CONFIG).guard == "naked"
    filled = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 9)
    assert summary(LONG, account(intents=(intent(),)), (filled,), CONFIG).guard == "none"


def test_explanation_says_of_every_gate_and_rule_what_it_made_of_the_view() -> None:
    said = explain(LONG, account(paused=True), (), CONFIG)
    assert [one.name for one in said if one.kind == "gate"] == [gate.name for gate in GATES]
    assert [one.name for one in said if one.kind == "rule"] == [rule.__name__ for rule in RULES]
    outcomes = {one.name: one for one in said}
    assert (outcomes["paused"].outcome, outcomes["paused"].reason) == ("closed", "entries are paused by the operator")
    assert (outcomes["spread"].outcome, outcomes["spread"].reason) == ("held", "open")
    assert outcomes["enter_position"].outcome == "acted"
    assert (outcomes["protect_position"].outcome, outcomes["protect_position"].reason) == ("silent", "nothing to do")


def test_the_horizon_of_a_resting_entry_bounds_time_and_touch() -> None:
    resting = order(ENTRY, created_at_ms=NOW - 5_000)
    known = account(intents=(intent(),), dead_man_until_ms=NOW + 50_000)
    bounds = horizon(LONG, known, (resting,), CONFIG)
    assert bounds.until_ms == NOW + 10_000  # when a chase could be due
    later = horizon(LONG, replace(known, now_ms=NOW + 10_000), (resting,), CONFIG)
    assert later.high["bid"] == D(90850)
    assert later.until_ms == NOW + 20_000  # half of the dead-man switch


def test_the_horizon_of_a_guarded_position_bounds_the_trigger_price() -> None:
    bounds = horizon(FLAT, *held(), CONFIG)
    assert bounds.low["mark"] == D("89800.0")
    by_last = horizon(FLAT, *held(), config("protection", trigger_by="last"))
    assert by_last.low["last"] == D("89800.0")


def test_inside_the_horizon_nothing_changes_and_past_it_something_may() -> None:
    guarded, orders = held()
    for mark, quiet in (("89800.1", True), ("89800.0", False)):
        moved = replace(guarded, market=replace(MARKET, mark=D(mark)))
        assert bool(placed(plan(FLAT, moved, orders, CONFIG), "exit")) is not quiet


def test_refusals_alone_are_nothing_to_do() -> None:
    assert all(isinstance(action, Refuse | Alert) for action in planned(base=FLAT))


def test_an_order_to_be_placed_has_the_identity_it_will_have_and_one_to_be_cancelled_its_own() -> None:
    [entry] = placed(planned(base=LONG), "entry")
    assert entry.key == ("plain", ENTRY)
    [stop] = placed(planned_held(without=("sl",)), "sl")
    assert stop.key == ("algo", SL)
    [cancel] = of(CancelOrder, planned(order(SL)))
    assert cancel.key == ("algo", SL)


def test_an_explanation_gives_every_reason_of_a_rule() -> None:
    told = {one.name: one for one in explain(LONG, account(paused=True, equity=None), (), CONFIG)}
    closed = [told[name].reason for name in ("paused", "drawdown_day", "drawdown_week", "equity")]
    assert told["enter_position"].reason == "; ".join(closed)


def test_whatever_the_callers_precision_the_words_and_the_guard_are_exact() -> None:
    stop = order("capi_sl_x", close_position=False, reduce_only=True, quantity=D("12.340"))
    short_of_it = account(position="12.345", trade=trade(decision_id="x"))
    small = account(instrument=replace(INSTRUMENT, min_notional=D(999)))
    exactly, planned_exactly = explain(LONG, small, (), CONFIG), plan(LONG, account(), (), CONFIG)
    with localcontext(prec=3):
        assert plan(LONG, account(), (), CONFIG) == planned_exactly
        assert summary(FLAT, short_of_it, (stop,), CONFIG).guard == "naked"
        assert explain(LONG, small, (), CONFIG) == exactly
