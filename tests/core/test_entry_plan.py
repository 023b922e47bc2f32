"""What the decision's entry is: what is filled and missing, which order of it rests, which older one serves it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Account
from capi.core.bounds import Bounds
from capi.core.config import Config
from capi.core.decision import Decision
from capi.core.entry_plan import EntryPlan, entered_qty, entry_plan
from capi.core.orders import Order
from capi.core.view import View
from tests.worlds import ACCOUNT, CONFIG, FLAT, ID, LONG, NOW, account, config, decision, intent, order, trade, view

D = Decimal
ENTRY = f"capi_entry_{ID}"


def entry(generation: int = 1, **changes: Any) -> Order:
    """An entry order of the example's decision."""
    name = ENTRY if generation == 1 else f"{ENTRY}_{generation}"
    return order(name, **({"created_at_ms": NOW - 60_000, "updated_at_ms": NOW - 60_000} | changes))


def planned(*orders: Order, base: Decision = LONG, **changes: Any) -> EntryPlan:
    """Return the entry's plan."""
    plan = entry_plan(view(base, account(**({"intents": (intent(),)} | changes)), orders))
    assert plan is not None
    return plan


def test_what_is_missing() -> None:
    part: dict[str, Any] = {"filled_qty": D("0.004")}
    assert planned(entry(status="CANCELED", **part)).missing == D("0.007")
    assert planned(entry(status="PARTIALLY_FILLED", **part)).missing == 0
    assert planned(entry(status="UNKNOWN")).missing == 0
    held: dict[str, Any] = {"position": "0.005", "trade": trade(qty=D("0.005"), entered=D("0.005"))}
    assert planned(entry(status="CANCELED", **part), **held).missing == D("0.006")
    sold: dict[str, Any] = {"position": "0.002", "trade": trade(qty=D("0.002"), entered=D("0.005"))}
    assert planned(entry(status="CANCELED", **part), **sold).missing == D("0.006")
    assert planned(order("capi_entry_other"), intents=()).missing == 0


def test_entered_counts_the_position_only_when_it_is_this_decisions_own() -> None:
    assert entered_qty(view(LONG, account(position="0.5"), (entry(filled_qty=D("0.004")),))) == D("0.5")
    alien = account(position="0.5", trade=trade(decision_id="other"))
    assert entered_qty(view(LONG, alien, (entry(filled_qty=D("0.004")),))) == D("0.004")


OLDER = {"price": D(90710), "quantity": D("0.010")}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"quantity": D("0.011")}, True),
        ({"quantity": D("0.0099")}, True),  # 90 % of 0.011
        ({"quantity": D("0.0098")}, False),
        ({"quantity": D("0.012")}, False),
        ({"price": D(90700)}, True),
        ({"price": D(90900)}, True),
        ({"price": D("90699.9")}, False),
        ({"price": D("90900.1")}, False),
        ({"price": None}, False),
        ({"side": "SELL"}, False),
        ({"type": "MARKET"}, False),
        ({"filled_qty": D("0.001")}, False),
        ({"status": "UNKNOWN"}, False),
    ],
)
def test_an_older_entry_that_serves_is_kept(changes: dict[str, Any], kept: bool) -> None:
    older = order("capi_entry_older", **(OLDER | changes))
    known = (intent("capi_entry_older", decision_id="older"),)
    assert (planned(older, intents=known).resting is not None) is kept


def test_an_older_entry_is_not_kept_at_another_leverage_unknown_to_the_ledger_or_beside_an_own_one() -> None:
    older = order("capi_entry_older", **OLDER)
    known = (intent("capi_entry_older", decision_id="older"),)
    assert planned(older, intents=known, leverage=5).resting is None
    assert planned(older, intents=()).resting is None
    assert planned(older, entry(status="CANCELED"), intents=known).resting is None


def test_an_older_entry_is_kept_while_the_leverage_is_unknown() -> None:
    known = (intent("capi_entry_older", decision_id="older"),)
    assert planned(order("capi_entry_older", **OLDER), intents=known, leverage=None).resting is not None


def test_the_newest_own_entry_that_rests() -> None:
    resting = planned(entry(1), entry(2), entry(3, status="CANCELED")).resting
    assert resting is not None
    assert resting.id.generation == 2


def test_leverage_is_rounded_down_and_capped() -> None:
    assert planned(base=decision(leverage=D("3.9"))).terms.leverage == 3
    capped = planned(base=decision(leverage=D(20)))
    assert (capped.terms.leverage, capped.terms.leverage_wished) == (5, D(20))


def test_no_plan_without_a_proposal() -> None:
    assert entry_plan(view(FLAT)) is None


def test_orders_stand_by_generation_not_by_name() -> None:
    plan = planned(entry(10, status="CANCELED"), entry(2, status="CANCELED"), entry(9, status="REJECTED"))
    assert [own.id.generation for own in plan.orders] == [2, 9, 10]
    assert [own.id.generation for own in plan.rested] == [2, 10]


def kept_older(by: Config = CONFIG, seen: Account = ACCOUNT, bounds: Bounds | None = None, **changes: Any) -> bool:
    """Return whether an older decision's resting entry is kept, its intent changed."""
    known = intent("capi_entry_older", decision_id="older", **changes)
    asked = View(LONG, replace(seen, intents=(known,)), (order("capi_entry_older", **OLDER),), by, bounds)
    plan = entry_plan(asked)
    assert plan is not None
    return plan.resting is not None


def test_an_older_entry_is_kept_only_when_the_loss_at_its_own_stop_is_borne() -> None:
    loss = OLDER["quantity"] * (OLDER["price"] - D(89000))
    just_borne = config("risk", risk_per_trade_max=loss / 10_000)
    too_much = config("risk", risk_per_trade_max=(loss - D("0.01")) / 10_000)
    assert kept_older(just_borne, sl=D(89000))
    assert not kept_older(too_much, sl=D(89000))
    assert kept_older(too_much, replace(ACCOUNT, equity=None), sl=D(89000))  # unknown: its own gate is closed
    assert not kept_older(config("risk", risk_per_trade_max=D(0)), sl=D(89000))


def test_the_equity_that_bears_an_older_entry_bounds_the_horizon() -> None:
    bounds = Bounds(NOW)
    assert kept_older(config("risk", daily_drawdown_max=D(1)), bounds=bounds, sl=D(71000))
    assert bounds.low["equity"] == OLDER["quantity"] * (OLDER["price"] - D(71000)) / D("0.02")


def test_an_older_entry_just_cancelled_is_followed_whatever_else_has_ended() -> None:
    gone = OLDER | {"status": "CANCELED", "created_at_ms": NOW - 60_000, "updated_at_ms": NOW - 1_000}
    filled = order("capi_entry_old", **(OLDER | {"status": "FILLED", "updated_at_ms": NOW - 90_000}))
    known = (intent("capi_entry_older", decision_id="older"),)
    follows = planned(filled, order("capi_entry_older", **gone), intents=known).follows
    assert follows is not None
    assert follows.order.client_order_id == "capi_entry_older"


def test_what_several_orders_have_filled_or_may_fill_adds_up() -> None:
    gone = (entry(1, status="CANCELED", filled_qty=D("0.004")), entry(2, status="CANCELED", filled_qty=D("0.003")))
    assert planned(*gone).missing == D("0.004")
    assert planned(entry(1, status="UNKNOWN", quantity=D("0.004")), entry(2, quantity=D("0.003"))).missing == D("0.004")


def test_fills_count_in_full_where_position_and_record_lag_behind_them() -> None:
    behind = account(position="0.002", trade=trade(qty=D("0.002"), entered=D("0.002")))
    assert entered_qty(view(LONG, behind, (entry(filled_qty=D("0.004")),))) == D("0.004")


def test_two_orders_stand_by_generation_as_well() -> None:
    plan = planned(entry(10, status="CANCELED"), entry(2, status="CANCELED"))
    assert [own.id.generation for own in plan.orders] == [2, 10]
