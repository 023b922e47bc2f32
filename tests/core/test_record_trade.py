"""The ledger's trade follows the position: opened, adopted, updated, closed with its reason, and never too early."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import LastTrade, Position
from capi.core.actions import AdoptPosition, CloseTrade, OpenTrade, UpdateTrade
from tests.core.planning import alerted, of, planned, planned_held
from tests.worlds import FLAT, ID, LONG, MARKET, NOW, config, intent, market, order, trade

D = Decimal
ENTRY, SL = f"capi_entry_{ID}", f"capi_sl_{ID}"
FILLED = order(ENTRY, status="FILLED", filled_qty=D("0.011"), created_at_ms=NOW - 60_000, updated_at_ms=NOW - 5_000)
GONE = {"status": "FILLED", "filled_qty": D("0.011"), "updated_at_ms": NOW - 100}


def flat(ago_ms: int) -> Position:
    """No position since then."""
    return Position(qty=D(0), since_ms=NOW - ago_ms)


def test_opened_at_the_intents_levels() -> None:
    [opened] = of(OpenTrade, planned(FILLED, position="0.011", intents=(intent(sl=D(89900)),)))
    assert (opened.decision_id, opened.side, opened.qty, opened.entry_price) == (ID, "long", D("0.011"), D(90800))
    assert (opened.sl, opened.tp1, opened.tp2, opened.volatility) == (D(89900), D(92200), D(93500), D("0.001"))


@pytest.mark.parametrize(
    ("filled", "position", "told"), [("0.011", "0.5", True), ("0.011", "0.011", False), ("0", "0.011", False)]
)
def test_what_the_entry_has_not_filled_is_told(filled: str, position: str, told: bool) -> None:
    entry = order(ENTRY, filled_qty=D(filled), created_at_ms=NOW - 60_000)
    actions = planned(entry, position=position, intents=(intent(),))
    assert ("position_exceeds_entry" in alerted(actions)) is told
    assert len(of(OpenTrade, actions)) == 1


def test_not_adopted_while_the_view_is_incomplete() -> None:
    for orders in ((), (order(SL),)):
        actions = planned(*orders, position="0.011", complete=False)
        assert of(AdoptPosition, actions) == []
        assert "orphan_position" not in alerted(actions)


def test_adopted_from_its_protective_orders() -> None:
    actions = planned(order(SL), order(f"capi_tp2_{ID}"), position="0.011")
    [adopted] = of(AdoptPosition, actions)
    assert (adopted.decision_id, adopted.sl, adopted.tp1, adopted.tp2) == (ID, D(89800), None, D(93500))
    assert alerted(actions) == ["orphan_position"]


def test_adopted_as_an_emergency() -> None:
    at = Position(qty=D("-0.01"), entry_price=None, since_ms=NOW)
    [adopted] = of(AdoptPosition, planned(position=at))
    assert (adopted.decision_id, adopted.side, adopted.qty) == ("o20251128T100600Z", "short", D("0.01"))
    assert (adopted.sl, adopted.entry_price) == (D("91708.0"), None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"position": "0.008"}, "quantity 0.011 to 0.008"),
        ({"trade": trade(qty=D("0.008"), entered=D("0.008"))}, "entered 0.008 to 0.011"),
        ({"trade": trade(entry_price=D(90700))}, "entry price 90700 to 90800"),
        ({"trade": trade(entry_price=None)}, "entry price unknown to 90800"),
        ({"trade": trade(sl=D(89000))}, "stop 89000 to 89800"),
        ({"position": Position(qty=D("0.011"), since_ms=NOW - 60_000)}, None),  # an unknown price replaces none
    ],
)
def test_updated_by_what_the_exchange_says(changes: dict[str, Any], said: str | None) -> None:
    updates = of(UpdateTrade, planned_held(**changes))
    assert [said in update.reason for update in updates] == ([True] if said else []) if said else updates == []


def test_tp1_is_recorded_once() -> None:
    done = order(f"capi_tp1_{ID}", status="FILLED", filled_qty=D("0.005"))
    changes: dict[str, Any] = {"position": "0.006", "market": market(price="92210.0")}
    [update] = of(UpdateTrade, planned_held(done, **changes))
    assert (update.tp1_filled, update.qty, update.sl) == (True, D("0.006"), D("90863.7"))
    known = trade(qty=D("0.006"), sl=D("90863.7"), tp1_filled=True)
    assert of(UpdateTrade, planned_held(done, trade=known, **changes)) == []


def test_that_tp1_has_filled_is_recorded_though_nothing_else_is_new() -> None:
    hit = order(f"capi_tp1_{ID}", status="FILLED", filled_qty=D("0.005"))
    stays = config("protection", breakeven_after_tp1=False)
    [update] = of(UpdateTrade, planned_held(hit, by=stays, position="0.011"))
    assert (update.tp1_filled, update.qty, update.sl, update.reason) == (True, D("0.011"), D(89800), "TP1 has filled")


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ((order(SL, kind="plain", **GONE),), "sl"),
        ((order(SL, status="TRIGGERED", triggered_at_ms=NOW - 100),), "sl"),
        ((order(f"capi_tp1_{ID}", **GONE),), "tp1"),
        ((order(f"capi_tp2_{ID}", **GONE),), "tp2"),
        ((order(f"capi_exit_{ID}", **GONE),), "exit"),
        ((order(f"capi_tp1_{ID}", **(GONE | {"updated_at_ms": NOW - 9})), order(f"capi_exit_{ID}", **GONE)), "tp1"),
        ((order(f"capi_tp1_{ID}", **(GONE | {"updated_at_ms": None})), order(f"capi_exit_{ID}", **GONE)), "exit"),
        ((order("capi_exit_other", **GONE),), "manual"),
        ((), "manual"),
        ((order("autoclose-1", **GONE), order(f"capi_exit_{ID}", **GONE)), "liquidation"),
        ((order("adl_autoclose", **GONE),), "liquidation"),
        ((order("web_1", **GONE),), "manual"),
    ],
)
def test_closed_with_its_reason(orders: tuple[Any, ...], reason: str) -> None:
    [closed] = of(CloseTrade, planned(FILLED, *orders, position=flat(2_000), trade=trade()))
    assert (closed.decision_id, closed.side, closed.exit_reason) == (ID, "long", reason)
    assert "flat is confirmed" in closed.reason


def test_closed_by_the_operator_who_wanted_it_flat() -> None:
    [closed] = of(
        CloseTrade,
        planned(FILLED, order(f"capi_exit_{ID}", **GONE), position=flat(2_000), trade=trade(), flatten="holiday"),
    )
    assert closed.exit_reason == "flatten"


@pytest.mark.parametrize(
    ("changes", "closes"),
    [
        ({"position": flat(1_999)}, False),
        ({"position": flat(2_000)}, True),
        ({"position": flat(60_000), "complete": False}, False),
    ],
)
def test_not_before_flat_is_confirmed(changes: dict[str, Any], closes: bool) -> None:
    assert bool(of(CloseTrade, planned(FILLED, trade=trade(), **changes))) is closes


def test_a_position_that_has_turned_ends_one_trade_and_begins_another() -> None:
    turned: dict[str, Any] = {"position": "-0.05", "trade": trade()}
    actions = planned(order(SL), **turned)
    [closed] = of(CloseTrade, actions)
    [adopted] = of(AdoptPosition, actions)
    assert (closed.side, closed.exit_reason, adopted.side) == ("long", "manual", "short")
    assert "turned to short" in closed.reason
    blind = planned(order(SL), complete=False, **turned)
    assert of(CloseTrade, blind) == []
    assert of(AdoptPosition, blind) == []


def unrecorded(*orders: Any, **changes: Any) -> list[Any]:
    """Plan flat, for a second, with an intent in the ledger and no trade."""
    out = order(SL, kind="plain", **GONE)
    base: dict[str, Any] = {"position": flat(1_000), "intents": (intent(),)}
    return planned(*(orders or (FILLED, out)), **(base | changes))


def test_a_trade_that_ended_between_two_looks_is_recorded_whole() -> None:
    actions = unrecorded()
    [opened], [closed] = of(OpenTrade, actions), of(CloseTrade, actions)
    assert (opened.qty, opened.entry_price, opened.sl) == (D("0.011"), None, D(89800))
    assert closed.exit_reason == "sl"


@pytest.mark.parametrize(
    "changes",
    [
        {"last_trade": LastTrade(decision_id=ID, side="long", closed_at_ms=NOW - 50)},
        {"intents": ()},
        {"intents": (intent(), intent(f"{ENTRY}_2")), "base": LONG, "trade": trade()},
        {"complete": False},
    ],
)
def test_it_is_not_recorded_twice_nor_without_its_intent(changes: dict[str, Any]) -> None:
    assert of(OpenTrade, unrecorded(**changes)) == []


def test_nor_while_more_of_it_may_come() -> None:
    out = order(SL, kind="plain", **GONE)
    assert of(OpenTrade, unrecorded(FILLED, out, order(f"{ENTRY}_2"))) == []
    assert of(OpenTrade, unrecorded(FILLED, out, order(f"{ENTRY}_2", status="UNKNOWN"))) == []


def test_nor_when_nothing_filled() -> None:
    assert of(OpenTrade, unrecorded(order(ENTRY, status="CANCELED"), position=flat(9_000))) == []
    other = order("capi_entry_other", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 9_000)
    assert of(OpenTrade, unrecorded(other, position=flat(9_000))) == []


def test_nor_of_an_entry_that_only_the_decision_explains() -> None:
    known = (intent("capi_entry_other", decision_id="other"),)
    assert of(OpenTrade, unrecorded(FILLED, position=flat(9_000), intents=known, base=LONG)) == []


def test_of_a_short() -> None:
    sold = replace(FILLED, side="SELL")
    bought = order(SL, kind="plain", side="BUY", **GONE)
    actions = unrecorded(sold, bought, intents=(intent(side="SELL", sl=D(91800)),), market=MARKET, base=FLAT)
    assert [opened.side for opened in of(OpenTrade, actions)] == ["short"]
