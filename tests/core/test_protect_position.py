"""Protection in one look: what is sent for each thing that can be wrong with a stop, and what is left alone."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.orders import Order
from tests.core.planning import alerted, cancelled, placed, planned, planned_held
from tests.worlds import FLAT, ID, INSTRUMENT, LONG, NOW, config, decision, intent, market, order, trade

D = Decimal
SL = f"capi_sl_{ID}"
WEB = order("web_stop", kind="algo", type="STOP_MARKET", trigger_price=D(89000), close_position=True)
TIGHTER = decision(sl=D(90300))


def ratchet(generation: int, level: str = "90300", quantity: str = "0.011", **changes: Any) -> Order:
    """A quantity stop."""
    base = {"close_position": False, "reduce_only": True, "quantity": D(quantity), "trigger_price": D(level)}
    return order(f"{SL}_{generation}", **(base | changes))


def attempt(generation: int, status: str, ago_ms: int = 1_000, **changes: Any) -> Order:
    """An attempt that did not come to rest."""
    name = SL if generation == 1 else f"{SL}_{generation}"
    at = NOW - ago_ms
    return order(name, status=status, **({"created_at_ms": at, "updated_at_ms": at} | changes))


def test_flat_needs_no_stop() -> None:
    assert placed(planned(), "sl") == []


def test_the_backstop_closes_whatever_the_position_becomes() -> None:
    [stop] = placed(planned_held(without=("sl",)), "sl")
    assert (stop.kind, stop.type, stop.close_position, stop.quantity, stop.reduce_only) == (
        "algo",
        "STOP_MARKET",
        True,
        None,
        False,
    )
    assert (stop.side, stop.trigger_price, stop.trigger_by) == ("SELL", D(89800), "mark")
    [by_last] = placed(planned_held(without=("sl",), by=config("protection", trigger_by="last")), "sl")
    assert by_last.trigger_by == "last"


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "FILLED"])
def test_a_lost_stop_of_a_known_trade_is_restored_with_an_alert(status: str) -> None:
    actions = planned_held(attempt(1, status))
    assert [stop.client_order_id for stop in placed(actions, "sl")] == [f"{SL}_2"]
    assert "missing_stop" in alerted(actions)


@pytest.mark.parametrize(
    ("orders", "changes"),
    [
        ((attempt(1, "REJECTED", code=-4045),), {}),  # the retry of a refused one
        ((attempt(1, "UNKNOWN"),), {}),
        ((ratchet(2),), {"trade": trade(sl=D(90300))}),  # covered by quantity
        ((), {"complete": False}),
        ((), {"trade": None, "intents": (intent(),)}),  # the first of a trade
    ],
)
def test_no_alert_where_no_stop_was_lost(orders: tuple[Order, ...], changes: dict[str, Any]) -> None:
    assert "missing_stop" not in alerted(planned_held(*orders, without=() if orders else ("sl",), **changes))


@pytest.mark.parametrize(
    ("orders", "complete", "told"),
    [
        ((attempt(1, "REJECTED", code=-4045),), False, True),
        ((attempt(1, "REJECTED", code=-4045),), True, False),  # what rests is seen: it is naked, and that is told
        ((attempt(1, "REJECTED", code=-4130),), False, False),  # another one rests
        ((attempt(1, "UNKNOWN"),), False, False),
        ((), False, False),
        ((attempt(1, "REJECTED", code=-4045), ratchet(2)), False, False),  # covered
    ],
)
def test_a_refusal_where_nothing_can_be_read_is_told(orders: tuple[Order, ...], complete: bool, told: bool) -> None:
    actions = planned_held(*orders, without=() if orders else ("sl",), complete=complete)
    assert ("stop_unsure" in alerted(actions)) is told


@pytest.mark.parametrize("code", [-4130, -4045])
def test_a_stop_that_is_taken_away_after_another_was_refused_is_missed(code: int) -> None:
    refused = attempt(2, "REJECTED", code=code)
    assert "missing_stop" in alerted(planned_held(attempt(1, "CANCELED", 999), refused))
    assert "missing_stop" not in alerted(planned_held(attempt(1, "CANCELED", 1_000), refused))
    ageless = attempt(2, "REJECTED", code=code, created_at_ms=None, updated_at_ms=None)
    assert "missing_stop" in alerted(planned_held(attempt(1, "CANCELED", 999), ageless))
    assert "missing_stop" not in alerted(planned_held(attempt(1, "CANCELED", updated_at_ms=None), refused))


def left(filled: str = "0.011", ago_ms: int = 500) -> Order:
    """An exit of the trade that has filled."""
    at = NOW - ago_ms
    sold: dict[str, Any] = {"status": "FILLED", "quantity": D("0.011"), "filled_qty": D(filled), "updated_at_ms": at}
    return order(f"capi_exit_{ID}", type="MARKET", **sold)


def test_no_alert_where_the_exit_has_filled_and_the_position_is_shown_late() -> None:
    gone = attempt(1, "EXPIRED")
    late = planned_held(gone, left())
    assert "missing_stop" not in alerted(late)
    assert placed(late, "sl"), "what is shown is guarded all the same"
    assert "missing_stop" not in alerted(planned_held(gone, left(ago_ms=1_999)))
    assert "missing_stop" in alerted(planned_held(gone, left(ago_ms=2_000)))
    assert "missing_stop" in alerted(planned_held(gone, left("0.010")))


def test_after_a_refusal_for_no_position_the_trigger_goes_by_quantity_then_as_backstop() -> None:
    refusal = attempt(1, "REJECTED", code=-4509)
    [first] = placed(planned_held(refusal), "sl")
    assert (first.quantity, first.reduce_only, first.close_position) == (D("0.011"), True, False)
    [second] = placed(planned_held(refusal, ratchet(2, "89800")), "sl")
    assert (second.client_order_id, second.close_position) == (f"{SL}_3", True)
    again = attempt(3, "REJECTED", code=-4509)
    [third] = placed(planned_held(refusal, ratchet(2, "89800"), again), "sl")
    assert (third.client_order_id, third.close_position) == (f"{SL}_4", True)


def test_beside_a_foreign_backstop_ours_goes_by_quantity_once() -> None:
    actions = planned_held(WEB, attempt(1, "REJECTED", code=-4130))
    assert [(stop.quantity, stop.close_position) for stop in placed(actions, "sl")] == [(D("0.011"), False)]
    assert "web_stop" not in cancelled(actions)
    settled = planned_held(WEB, attempt(1, "REJECTED", code=-4130), ratchet(2, "89800"))
    assert placed(settled, "sl") == []
    assert cancelled(settled) == {"web_stop"}


def test_a_refusal_because_of_a_foreign_backstop_proves_nothing_once_that_is_gone() -> None:
    """The one that rested was seen, ours went by quantity, and both are gone (seed 502759)."""
    refused, by_quantity = attempt(1, "REJECTED", code=-4130), ratchet(2, "89800")
    [backstop] = placed(planned_held(refused, by_quantity), "sl")
    assert (backstop.client_order_id, backstop.close_position) == (f"{SL}_3", True)
    [missed] = placed(planned_held(refused, replace(by_quantity, status="CANCELED")), "sl")
    assert (missed.client_order_id, missed.close_position) == (f"{SL}_3", True)
    asked_again = attempt(3, "REJECTED", code=-4130)
    assert placed(planned_held(refused, by_quantity, asked_again), "sl") == []  # then it is believed


def test_a_move_goes_out_beside_the_backstop() -> None:
    actions = planned_held(base=TIGHTER)
    [move] = placed(actions, "sl")
    assert (move.client_order_id, move.trigger_price, move.quantity) == (f"{SL}_2", D(90300), D("0.011"))
    assert cancelled(actions) == set()


@pytest.mark.parametrize(("ago_ms", "again"), [(29_999, False), (30_000, True)])
def test_a_refused_move_is_tried_again_after_30_s(ago_ms: int, again: bool) -> None:
    moved: dict[str, Any] = {"trade": trade(sl=D(90300))}
    refusal = attempt(2, "REJECTED", ago_ms, code=-4045, close_position=False, trigger_price=D(90300))
    assert bool(placed(planned_held(refusal, **moved), "sl")) is again


def test_a_refused_move_of_unknown_age_is_tried_again() -> None:
    timeless = attempt(2, "REJECTED", code=-4045, created_at_ms=None, updated_at_ms=None)
    assert placed(planned_held(timeless, trade=trade(sl=D(90300))), "sl")


def test_beside_a_proven_backstop_a_tighter_level_still_goes_out() -> None:
    proof = attempt(2, "REJECTED", code=-4130)
    assert placed(planned_held(proof, attempt(1, "UNKNOWN", 31_000), trade=trade()), "sl") == []
    [move] = placed(planned_held(proof, attempt(1, "UNKNOWN", 31_000), base=TIGHTER), "sl")
    assert (move.client_order_id, move.close_position, move.trigger_price) == (f"{SL}_3", False, D(90300))


@pytest.mark.parametrize(
    ("orders", "gone"),
    [
        ((ratchet(2, "90300"), ratchet(3, "90500")), {f"{SL}_2"}),
        ((ratchet(2, "90300"), ratchet(3, "90300")), {f"{SL}_2"}),  # the newer of equals stays
        ((ratchet(2, "89800"),), {f"{SL}_2"}),  # the backstop is as tight
        ((ratchet(2, "89700"),), {f"{SL}_2"}),
        ((ratchet(2, "90300"),), set()),
        ((ratchet(2, "90500", "0.005"), ratchet(3, "90300")), set()),  # tighter, though it covers a part only
        ((ratchet(2, "90200", "0.005"), ratchet(3, "90300")), {f"{SL}_2"}),
        ((order(f"capi_sl_{ID}_2", trigger_price=D(89900)),), {SL}),  # two backstops: the tighter one stays
    ],
)
def test_what_a_resting_stop_replaces(orders: tuple[Order, ...], gone: set[str]) -> None:
    tightest = max(one.trigger_price for one in orders if one.trigger_price is not None)
    moved: dict[str, Any] = {"trade": trade(sl=max(tightest, D(89800)))}
    assert cancelled(planned_held(*orders, **moved)) == gone
    assert cancelled(planned_held(*orders, complete=False, **moved)) == set()


def test_without_a_backstop_the_looser_quantity_stop_goes() -> None:
    lost = attempt(1, "CANCELED")
    actions = planned_held(lost, ratchet(2, "90300"), ratchet(3, "90500"), trade=trade(sl=D(90500)))
    assert cancelled(actions) == {f"{SL}_2"}
    assert [(stop.close_position, stop.trigger_price) for stop in placed(actions, "sl")] == [(True, D(90500))]
    assert cancelled(planned_held(lost, ratchet(2, "90300", "0.005"), trade=trade(sl=D(90300)))) == set()


def test_a_position_beyond_the_market_maximum_is_stopped_in_parts() -> None:
    small = replace(INSTRUMENT, market_max_qty=D("0.004"))
    stops = placed(planned_held(base=TIGHTER, instrument=small), "sl")
    assert [stop.quantity for stop in stops] == [D("0.004"), D("0.004"), D("0.003")]
    assert [stop.client_order_id for stop in stops] == [f"{SL}_2", f"{SL}_3", f"{SL}_4"]


def test_a_fill_that_is_not_visible_yet_is_stopped() -> None:
    filled = order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    [stop] = placed(planned(filled, base=LONG, intents=(intent(),)), "sl")
    assert "not visible yet" in stop.reason


def test_no_stop_is_sent_where_the_price_has_passed_it_or_one_has_fired() -> None:
    assert placed(planned_held(without=("sl",), market=market(price="89800")), "sl") == []
    assert placed(planned_held(attempt(1, "TRIGGERED", 500, triggered_at_ms=NOW - 500)), "sl") == []


def test_dust_is_said_where_only_a_quantity_stop_could_help() -> None:
    tiny = Position(qty=D("0.0004"), entry_price=D(90800), since_ms=NOW - 60_000)
    actions = planned_held(
        WEB, position=tiny, without=("sl", "tp1", "tp2"), trade=trade(qty=tiny.qty, entered=tiny.qty)
    )
    assert "dust_position" in alerted(actions)
    assert placed(actions, "sl") == []


def test_an_orphan_without_any_price_is_an_alert() -> None:
    blind = market(bid=None, ask=None, mark=None, last=None)
    actions = planned(position=Position(qty=D(1)), market=blind, base=FLAT)
    assert alerted(actions) == ["no_stop_level", "safe_mode"]


@pytest.mark.parametrize(
    ("exit_order", "price", "restored"),
    [
        (None, "90800", False),  # the exit goes out with this plan
        ({"status": "REJECTED", "code": -1008}, "90800", True),
        ({"status": "EXPIRED", "filled_qty": D("0.004")}, "90800", True),
        ({"status": "FILLED", "filled_qty": D("0.011")}, "90800", False),  # the position is shown late
        ({"status": "REJECTED", "code": -1008}, "89800", False),  # it would be refused
    ],
)
def test_a_stop_that_fired_in_vain_is_restored_while_the_exits_fail_too(
    exit_order: dict[str, Any] | None, price: str, restored: bool
) -> None:
    fired = attempt(1, "TRIGGERED", 5_000, triggered_at_ms=NOW - 5_000)
    left = () if exit_order is None else (order(f"capi_exit_{ID}", **({"updated_at_ms": NOW - 1_000} | exit_order)),)
    actions = planned_held(fired, *left, market=market(price=price))
    assert [one.client_order_id for one in placed(actions, "sl")] == ([f"{SL}_2"] if restored else [])


def test_while_it_is_firing_the_exit_that_went_before_it_restores_nothing() -> None:
    fired = attempt(1, "TRIGGERED", 500, triggered_at_ms=NOW - 500)
    assert placed(planned_held(fired, order(f"capi_exit_{ID}", status="REJECTED", code=-1008)), "sl") == []


def test_a_stop_that_a_refusal_told_of_is_asked_about_without_alarm() -> None:
    told = attempt(1, "REJECTED", 31_000, code=-4130)
    actions = planned_held(told, complete=False)
    assert [one.client_order_id for one in placed(actions, "sl")] == [f"{SL}_2"]
    assert "stop_unsure" not in alerted(actions)
    assert "stop_unsure" in alerted(planned_held(attempt(1, "REJECTED", 31_000, code=-1008), complete=False))
