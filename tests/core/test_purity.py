"""Planning is a function: it changes nothing that it is given, forgets nothing, and does not care for order."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal, getcontext, localcontext
from random import Random
from typing import Any, Final

import pytest

from capi.core.account import Account
from capi.core.decision import Decision, Unusable
from capi.core.orders import Orders
from capi.core.plan import explain, horizon, plan, summary
from tests.worlds import CONFIG, FLAT, ID, LONG, NOW, account, decision, held, intent, market, order, trade

D = Decimal
ENTRY = f"capi_entry_{ID}"
Given = tuple[Decision | Unusable, Account, Orders]

WORLDS: Final[dict[str, Given]] = {
    "flat and idle": (FLAT, account(), ()),
    "entry to place": (LONG, account(), ()),
    "many entries": (
        LONG,
        account(intents=(intent("capi_entry_a", decision_id="a"), intent(), intent(f"{ENTRY}_2"))),
        (order(ENTRY), order(f"{ENTRY}_2", status="CANCELED"), order("capi_entry_a"), order("web_1", side="BUY")),
    ),
    "guarded": (FLAT, *held()),
    "to be tightened": (decision(sl=D(90300)), *held(market=market(price="91000"))),
    "to be left": (
        FLAT,
        *held(
            order(f"capi_exit_{ID}", status="EXPIRED", filled_qty=D("0.001")),
            order(f"capi_exit_{ID}_2", status="REJECTED", code=-2022),
            order(f"capi_tp1_{ID}_2"),
            market=market(price="89000"),
        ),
    ),
    "stops of every kind": (
        FLAT,
        *held(
            order(f"capi_sl_{ID}_2", close_position=False, quantity=D("0.011"), trigger_price=D(90000)),
            order(f"capi_sl_{ID}_3", close_position=False, quantity=D("0.011"), trigger_price=D(90000)),
            order(f"capi_sl_{ID}_4", status="REJECTED", code=-4130),
            order("capi_sl_other", side="BUY"),
            order("web_1", kind="algo", type="STOP_MARKET", close_position=True),
        ),
    ),
    "settled": (
        Unusable(reason="torn"),
        account(trade=trade()),
        (
            order(f"capi_sl_{ID}"),
            order(f"capi_tp2_{ID}"),
            order(f"capi_tp1_{ID}", status="FILLED", filled_qty=D("0.011")),
        ),
    ),
    "orphan": (LONG, account(position="-0.3", intents=(intent("capi_entry_a"), intent("capi_entry_b"))), ()),
}


@pytest.mark.parametrize("name", WORLDS)
def test_its_arguments_stay_as_they_were(name: str) -> None:
    given = WORLDS[name]
    before = deepcopy((*given, CONFIG))
    for look in (plan, horizon, summary, explain):
        look(*given, CONFIG)
    assert (*given, CONFIG) == before


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_view_gets_the_same_plan(name: str) -> None:
    first = plan(*WORLDS[name], CONFIG)
    for other in WORLDS.values():
        plan(*other, CONFIG)
    assert plan(*WORLDS[name], CONFIG) == first


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_its_inputs_does_not_matter(name: str, seed: int) -> None:
    base, seen, orders = WORLDS[name]
    dice = Random(seed)
    shuffled = tuple(dice.sample(orders, len(orders)))
    intents = tuple(dice.sample(seen.intents, len(seen.intents)))
    assert plan(base, replace(seen, intents=intents), shuffled, CONFIG) == plan(base, seen, orders, CONFIG)


@pytest.mark.parametrize("name", WORLDS)
def test_the_callers_decimal_context_neither_counts_nor_changes(name: str) -> None:
    expected = plan(*WORLDS[name], CONFIG)
    with localcontext() as narrow:
        narrow.prec = 3
        assert plan(*WORLDS[name], CONFIG) == expected
        assert getcontext().prec == 3


@pytest.mark.parametrize("name", WORLDS)
def test_looking_at_the_horizon_changes_no_plan(name: str) -> None:
    expected = plan(*WORLDS[name], CONFIG)
    horizon(*WORLDS[name], CONFIG)
    explain(*WORLDS[name], CONFIG)
    assert plan(*WORLDS[name], CONFIG) == expected


def test_the_planner_has_no_clock_but_the_accounts() -> None:
    resting: dict[str, Any] = {"intents": (intent(),), "dead_man_until_ms": NOW + 50_000}
    young = account(**resting)
    orders = (order(ENTRY),)
    weak = decision(confidence=D("0.5"))
    assert plan(weak, young, orders, CONFIG) == []
    moved = replace(young, now_ms=NOW + 15_000, market=market(price="90850.2"))
    assert plan(weak, moved, orders, CONFIG) != []
