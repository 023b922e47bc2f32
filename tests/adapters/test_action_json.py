"""Actions as JSON: every kind, with all of its keys and nothing else."""

import json
from decimal import Decimal
from typing import Any, get_args

import pytest

from capi.adapters.action_json import action_to_json
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

D = Decimal
SAID = {"rule": "a_rule", "reason": "because 1 < 2"}
ENTRY = PlaceOrder(
    client_order_id="capi_entry_d",
    role="entry",
    kind="plain",
    side="BUY",
    type="LIMIT",
    quantity=D("1E+1"),
    price=D("90800.0"),
    time_in_force="GTC",
    decision_id="d",
    sl=D("89800.0"),
    tp2=D("93500.0"),
    intended_qty=D(11),
    rule="a_rule",
    reason="because 1 < 2",
)
STOP = PlaceOrder(
    client_order_id="capi_sl_d",
    role="sl",
    kind="algo",
    side="SELL",
    type="STOP_MARKET",
    quantity=None,
    trigger_price=D("89800.0"),
    trigger_by="mark",
    close_position=True,
    decision_id="d",
    rule="a_rule",
    reason="because 1 < 2",
)
CASES: list[tuple[Action, dict[str, Any]]] = [
    (
        ENTRY,
        {
            "action": "place_order",
            "client_order_id": "capi_entry_d",
            "role": "entry",
            "kind": "plain",
            "side": "BUY",
            "type": "LIMIT",
            "quantity": "10",
            "price": "90800.0",
            "trigger_price": None,
            "trigger_by": None,
            "reduce_only": False,
            "close_position": False,
            "time_in_force": "GTC",
            "sl": "89800.0",
            "tp1": None,
            "tp2": "93500.0",
        },
    ),
    (
        STOP,
        {
            "action": "place_order",
            "client_order_id": "capi_sl_d",
            "role": "sl",
            "kind": "algo",
            "side": "SELL",
            "type": "STOP_MARKET",
            "quantity": None,
            "price": None,
            "trigger_price": "89800.0",
            "trigger_by": "mark",
            "reduce_only": False,
            "close_position": True,
            "time_in_force": None,
        },
    ),
    (
        CancelOrder(client_order_id="capi_tp1_d", kind="plain", rule="a_rule", reason="because 1 < 2"),
        {"action": "cancel_order", "client_order_id": "capi_tp1_d", "kind": "plain"},
    ),
    (
        SetLeverage(leverage=3, rule="a_rule", reason="because 1 < 2"),
        {"action": "set_leverage", "leverage": 3},
    ),
    (
        SetMarginMode(margin_mode="isolated", rule="a_rule", reason="because 1 < 2"),
        {"action": "set_margin_mode", "margin_mode": "isolated"},
    ),
    (
        ArmDeadMan(seconds=60, rule="a_rule", reason="because 1 < 2"),
        {"action": "arm_dead_man", "seconds": 60},
    ),
    (
        OpenTrade(
            decision_id="d",
            side="long",
            qty=D("0.010"),
            entry_price=None,
            sl=D("89800.0"),
            tp1=D("92200.0"),
            tp2=None,
            volatility=D("0.001"),
            rule="a_rule",
            reason="because 1 < 2",
        ),
        {
            "action": "open_trade",
            "decision_id": "d",
            "side": "long",
            "qty": "0.010",
            "entry_price": None,
            "sl": "89800.0",
            "tp1": "92200.0",
            "tp2": None,
            "volatility": "0.001",
        },
    ),
    (
        AdoptPosition(
            decision_id="d",
            side="short",
            qty=D("0.010"),
            entry_price=D("90800.0"),
            sl=D("91708.0"),
            tp1=None,
            tp2=None,
            rule="a_rule",
            reason="because 1 < 2",
        ),
        {
            "action": "adopt_position",
            "decision_id": "d",
            "side": "short",
            "qty": "0.010",
            "entry_price": "90800.0",
            "sl": "91708.0",
            "tp1": None,
            "tp2": None,
        },
    ),
    (
        UpdateTrade(
            decision_id="d",
            qty=D("0.005"),
            entered=D("0.010"),
            entry_price=D("90800.0"),
            sl=D("90900.1"),
            tp1_filled=True,
            rule="a_rule",
            reason="because 1 < 2",
        ),
        {
            "action": "update_trade",
            "decision_id": "d",
            "qty": "0.005",
            "entered": "0.010",
            "entry_price": "90800.0",
            "sl": "90900.1",
            "tp1_filled": True,
        },
    ),
    (
        CloseTrade(decision_id="d", side="long", exit_reason="sl", rule="a_rule", reason="because 1 < 2"),
        {"action": "close_trade", "decision_id": "d", "side": "long", "exit_reason": "sl"},
    ),
    (EnterSafeMode(rule="a_rule", reason="because 1 < 2"), {"action": "enter_safe_mode"}),
    (
        Alert(level="CRITICAL", code="missing_stop", rule="a_rule", reason="because 1 < 2"),
        {"action": "alert", "level": "CRITICAL", "code": "missing_stop"},
    ),
    (Refuse(rule="a_rule", reason="because 1 < 2"), {"action": "refuse"}),
]


@pytest.mark.parametrize(("action", "own"), CASES, ids=lambda case: type(case).__name__)
def test_an_action_has_all_keys_of_its_kind(action: Action, own: dict[str, Any]) -> None:
    document = action_to_json(action)
    assert document == {**own, **SAID}
    assert next(iter(document)) == "action"
    assert json.loads(json.dumps(document)) == document


def test_every_kind_of_action_is_tested() -> None:
    assert {type(action) for action, _ in CASES} == set(get_args(Action))
