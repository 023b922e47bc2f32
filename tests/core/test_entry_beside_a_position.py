"""An entry goes on beside its own position: only while that is guarded, and while something says what is missing."""

from decimal import Decimal
from typing import Any

import pytest

from capi.core.actions import EnterSafeMode, Refuse
from capi.core.orders import Order
from tests.core.planning import cancelled, of, placed, planned, refused
from tests.worlds import ID, LONG, NOW, intent, market, order, trade

D = Decimal
ENTRY, SL, EXIT = f"capi_entry_{ID}", f"capi_sl_{ID}", f"capi_exit_{ID}"
PART = {"filled_qty": D("0.004"), "created_at_ms": NOW - 30_000, "updated_at_ms": NOW - 14_000}
ENDED = order(ENTRY, status="CANCELED", **PART)
RESTS = order(ENTRY, status="PARTIALLY_FILLED", **PART)


def beside(*orders: Order, **changes: Any) -> list[Any]:
    """Plan with 0.004 of the entry's 0.011 standing."""
    base: dict[str, Any] = {
        "base": LONG,
        "position": "0.004",
        "trade": trade(qty=D("0.004"), entered=D("0.004")),
        "intents": (intent(),),
        "day_trades": 1,
    }
    return planned(*orders, **(base | changes))


def stop(status: str, **changes: Any) -> Order:
    """The position's stop."""
    return order(SL, status=status, **({"created_at_ms": NOW - 500, "updated_at_ms": NOW - 500} | changes))


@pytest.mark.parametrize(
    ("stops", "adds"),
    [
        ((stop("NEW"),), True),
        ((stop("REJECTED", code=-4130),), True),  # one rests: guarded
        ((), False),
        ((stop("REJECTED", code=-2019),), False),
        ((stop("UNKNOWN"),), False),
        ((stop("CANCELED"),), False),
    ],
)
def test_nothing_is_added_before_the_stop_is_confirmed(stops: tuple[Order, ...], adds: bool) -> None:
    actions = beside(ENDED, *stops)
    assert bool(placed(actions, "entry")) is adds
    assert ("write_unconfirmed" in refused(actions)) is not adds
    if not adds:
        said = next(action.reason for action in of(Refuse, actions) if action.rule == "write_unconfirmed")
        assert "the 0.004 that stand" in said


@pytest.mark.parametrize(
    ("stops", "gone"),
    [
        ((stop("REJECTED", code=-2019),), False),  # once is no sign
        ((stop("REJECTED", code=-2019), order(f"{SL}_2", status="REJECTED", code=-2019)), True),
        ((stop("REJECTED", code=-4509), order(f"{SL}_2", status="REJECTED", code=-4509)), False),
        ((stop("REJECTED", code=-4130),), False),
        ((), False),  # the first one goes out with this plan
        ((stop("UNKNOWN"),), False),
        ((stop("NEW"), order(f"{SL}_2", status="REJECTED", code=-2019)), False),  # the move was refused, not the stop
    ],
)
def test_a_refused_stop_takes_the_rest_of_the_entry_down(stops: tuple[Order, ...], gone: bool) -> None:
    assert cancelled(beside(RESTS, *stops)) == ({ENTRY} if gone else set())


@pytest.mark.parametrize("fired", [{"status": "TRIGGERED"}, {"status": "EXPIRED", "triggered_at_ms": NOW - 100}])
def test_a_stop_that_has_triggered_ends_the_entry_for_good(fired: dict[str, Any]) -> None:
    assert placed(beside(ENDED, stop(**fired)), "entry") == []
    assert cancelled(beside(RESTS, stop(**fired))) == {ENTRY}
    assert "spent" in refused(beside(RESTS, stop(**fired)))


def test_what_of_the_entry_does_not_rest_is_not_cancelled() -> None:
    again = order(f"{SL}_2", status="REJECTED", code=-2019)
    assert cancelled(beside(ENDED, stop("REJECTED", code=-2019), again)) == set()


def test_no_entry_stands_in_a_plan_that_enters_safe_mode() -> None:
    fatal = order("capi_tp1_other", status="REJECTED", code=-2015, updated_at_ms=NOW - 100)
    actions = beside(ENDED, stop("NEW"), fatal)
    assert len(of(EnterSafeMode, actions)) == 1
    assert placed(actions, "entry") == []
    assert "safe_mode" in refused(actions)


@pytest.mark.parametrize(
    "changes",
    [
        {"position": "0.006", "trade": trade(qty=D("0.006"), entered=D("0.006"))},
        {"position": "0.010", "trade": trade(qty=D("0.010"), entered=D("0.010"))},
        {"paused": True},
    ],
)
def test_without_a_trace_of_its_entry_it_is_over_and_no_gate_is_asked(changes: dict[str, Any]) -> None:
    actions = beside(stop("NEW"), **({"intents": ()} | changes))
    assert (placed(actions, "entry"), refused(actions)) == ([], set())


def test_the_intent_or_the_order_says_how_much_is_missing() -> None:
    [entry] = placed(beside(ENDED, stop("NEW"), intents=()), "entry")
    assert (entry.client_order_id, entry.quantity) == (f"{ENTRY}_2", D("0.007"))


def test_an_older_entry_beside_it_waits_for_what_says_how_much_is_missing() -> None:
    older = order("capi_entry_older", quantity=D("0.010"), price=D(90790))
    actions = beside(older, stop("NEW"), intents=(intent("capi_entry_older", decision_id="older"),))
    assert placed(actions, "entry") == []


@pytest.mark.parametrize(
    ("sent", "begun"),
    [
        ({"status": "UNKNOWN"}, True),
        ({"status": "NEW"}, True),
        ({"status": "EXPIRED", "filled_qty": D("0.001")}, True),
        ({"status": "CANCELED"}, True),
        ({"status": "REJECTED", "code": -1008}, False),
        ({"status": "REJECTED", "code": -1008, "filled_qty": D("0.001")}, True),
    ],
)
def test_an_exit_that_was_begun_goes_on_until_flat(sent: dict[str, Any], begun: bool) -> None:
    exit_ = order(EXIT, **({"quantity": D("0.004"), "created_at_ms": NOW - 2_000} | sent))
    actions = beside(ENDED, stop("NEW"), exit_)
    assert [out.rule for out in placed(actions, "exit")] == (["exit_position"] if begun else [])
    if begun:
        assert placed(actions, "entry") == []
        assert refused(actions) & {"position", "spent"}


def test_the_exit_of_another_trade_begins_nothing_here() -> None:
    other = order("capi_exit_other", status="FILLED", filled_qty=D("0.011"), created_at_ms=NOW - 2_000)
    assert placed(beside(ENDED, stop("NEW"), other), "exit") == []


def test_every_closed_gate_is_said_while_the_position_is_left() -> None:
    passed = {"market": market(price="89700")}
    assert refused(beside(ENDED, stop("NEW"), paused=True, **passed)) >= {"paused", "stop_passed", "distance"}
