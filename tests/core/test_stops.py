"""What guards a position: which stops count, what a refusal proves, and the five guard states."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.orders import Order
from capi.core.stops import Guard, Stops, fired_deadline_ms, guard_of, stops_of
from tests.worlds import ID, LONG, NOW, account, order, view

D = Decimal
SL = f"capi_sl_{ID}"


def stops(*orders: Order, size: str = "0.011", **changes: Any) -> Stops:
    """Return what guards the example's long."""
    seen = view(LONG, account(position=size, **changes), orders)
    return stops_of(seen, "long", D(size), ID)


def guard(*orders: Order, wanted: str = "89800", complete: bool = True, size: str = "0.011") -> Guard:
    """Return the guard state of the example's long."""
    seen = view(LONG, account(position=size, complete=complete), orders)
    return guard_of(seen, stops_of(seen, "long", D(size), ID), D(wanted))


def quantity_stop(generation: int, quantity: str, level: str, **changes: Any) -> Order:
    """A reduce-only stop by quantity."""
    base = {"close_position": False, "reduce_only": True, "quantity": D(quantity), "trigger_price": D(level)}
    return order(f"{SL}_{generation}", **(base | changes))


def rejected(code: int, ago_ms: int, generation: int = 2) -> Order:
    """A refused attempt."""
    return order(f"{SL}_{generation}", status="REJECTED", code=code, updated_at_ms=NOW - ago_ms)


def test_nothing_held_is_no_guard() -> None:
    assert guard_of(view(), None, None) == "none"


@pytest.mark.parametrize(
    ("orders", "state"),
    [
        ((order(SL),), "guarded"),
        ((order(SL, status="PARTIALLY_FILLED"),), "guarded"),
        ((quantity_stop(2, "0.011", "89800"),), "guarded"),
        ((quantity_stop(2, "0.006", "89800"), quantity_stop(3, "0.005", "89700")), "guarded"),
        ((quantity_stop(2, "0.006", "89800"), quantity_stop(3, "0.004", "89700")), "naked"),
        ((), "naked"),
        ((order(SL, status="CANCELED"),), "naked"),
        ((order(SL, side="BUY"),), "naked"),
        ((order(SL, trigger_price=None),), "naked"),
        ((order(SL, status="UNKNOWN"),), "unknown"),
        ((order("capi_sl_20251128T095000Z"),), "guarded"),  # of another trade, but it would close all of it
        ((rejected(-4130, 59_999),), "guarded"),
        ((rejected(-4130, 60_000),), "naked"),
        ((rejected(-4130, 2_000), rejected(-4045, 1_000, 3)), "naked"),  # the newest refusal counts
        ((rejected(-4045, 1_000),), "naked"),
        ((order(SL), rejected(-4045, 1_000)), "guarded"),
    ],
)
def test_guard_states(orders: tuple[Order, ...], state: Guard) -> None:
    assert guard(*orders) == state


def test_a_refused_move_is_guarded_by_the_previous_stop() -> None:
    assert guard(order(SL), rejected(-2021, 1_000), wanted="90300") == "guarded_by_previous"
    assert guard(order(SL), order(f"{SL}_2", status="UNKNOWN"), wanted="90300") == "guarded"


def test_naked_is_only_said_on_a_complete_view() -> None:
    assert guard(complete=False) == "unknown"


def test_a_proof_by_refusal_is_none_while_a_foreign_one_rests() -> None:
    foreign = order("web_1", kind="algo", type="STOP_MARKET", close_position=True)
    assert stops(rejected(-4130, 1_000)).proven
    assert not stops(rejected(-4130, 1_000), foreign).proven
    assert stops(foreign).foreign_backstop == foreign


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "BUY"},
        {"status": "CANCELED"},
        {"type": "TAKE_PROFIT_MARKET"},
        {"close_position": False, "quantity": D("0.011")},
    ],
)
def test_no_foreign_backstop(changes: dict[str, Any]) -> None:
    base: dict[str, Any] = {"kind": "algo", "type": "STOP_MARKET", "close_position": True}
    assert stops(order("web_1", **(base | changes))).foreign_backstop is None


@pytest.mark.parametrize(("ago_ms", "again"), [(29_999, False), (30_000, True), (59_999, True)])
def test_a_proof_is_asked_for_again_after_30_s(ago_ms: int, again: bool) -> None:
    got = stops(rejected(-4130, ago_ms))
    assert (got.proven, got.ask_again) == (True, again)


@pytest.mark.parametrize(("since_ms", "again"), [(NOW - 999, True), (NOW - 1_000, False), (None, False)])
def test_a_proof_from_before_the_position_changed_is_asked_for_again(since_ms: int | None, again: bool) -> None:
    """It may have been flat in between, and a closePosition stop goes with its position (seed 822182)."""
    position = Position(qty=D("0.011"), entry_price=D(90800), since_ms=since_ms)
    seen = view(LONG, account(position=position), (rejected(-4130, 1_000),))
    got = stops_of(seen, "long", D("0.011"), ID)
    assert (got.proven, got.ask_again) == (True, again)


@pytest.mark.parametrize(("since_ms", "again"), [(NOW - 999, True), (NOW - 1_000, False), (None, False)])
def test_a_proof_from_before_the_start_is_asked_for_again(since_ms: int | None, again: bool) -> None:
    """Nobody watched in between: the owner may have taken the stop down (seeds 50164, 50390)."""
    got = stops_of(view(LONG, account(acts_since_ms=since_ms), (rejected(-4130, 1_000),)), "long", D("0.011"), ID)
    assert (got.proven, got.ask_again) == (True, again)


def test_a_proof_without_a_time_is_believed_and_asked_about_again() -> None:
    timeless = order(f"{SL}_2", status="REJECTED", code=-4130, created_at_ms=None, updated_at_ms=None)
    assert (stops(timeless).proven, stops(timeless).ask_again) == (True, True)


@pytest.mark.parametrize(
    ("changes", "proven"),
    [
        ({"status": "CANCELED", "updated_at_ms": NOW - 500}, False),
        ({"status": "EXPIRED", "updated_at_ms": NOW - 1_000}, False),
        ({"status": "CANCELED", "updated_at_ms": NOW - 1_001}, True),  # it ended before: another one was meant
        ({"status": "EXPIRED", "updated_at_ms": NOW - 500, "code": -2013}, True),  # denied, which proves nothing
        ({"status": "CANCELED", "updated_at_ms": None}, True),
        ({"status": "CANCELED", "updated_at_ms": NOW - 500, "side": "BUY"}, True),
        ({"status": "UNKNOWN", "updated_at_ms": NOW - 500}, True),
        ({"status": "REJECTED", "updated_at_ms": NOW - 500, "code": -4509}, False),  # the newest refusal counts
    ],
)
def test_a_proof_ends_with_the_stop_that_it_told_of(changes: dict[str, Any], proven: bool) -> None:
    generation = "_3" if changes["status"] == "REJECTED" else ""
    assert stops(rejected(-4130, 1_000), order(f"{SL}{generation}", **changes)).proven == proven


@pytest.mark.parametrize("status", ["UNKNOWN", "EXPIRED"])
@pytest.mark.parametrize(
    ("changes", "proven"),
    [
        ({"not_found_since_ms": NOW - 999}, False),  # shown after the refusal, and denied since: it may be gone
        ({"not_found_since_ms": NOW - 1_000}, True),  # the refusal answered that doubt
        ({"not_found_since_ms": NOW - 999, "side": "BUY"}, True),
        ({"not_found_since_ms": NOW - 999, "close_position": False, "quantity": D("0.011")}, True),
        ({"not_found_since_ms": None}, True),
    ],
)
def test_a_proof_is_older_than_a_doubt_that_came_after_it(status: str, changes: dict[str, Any], proven: bool) -> None:
    """Forgotten twice by the exchange, and taken down by hand the second time (seed 30246)."""
    denied = order(SL, status=status, code=-2013 if status == "EXPIRED" else None, **changes)
    assert stops(rejected(-4130, 1_000), denied).proven == proven


def test_a_proof_without_a_time_is_not_held_against_a_doubt() -> None:
    timeless = order(f"{SL}_2", status="REJECTED", code=-4130, created_at_ms=None, updated_at_ms=None)
    assert stops(timeless, order(SL, status="UNKNOWN", not_found_since_ms=NOW)).proven


@pytest.mark.parametrize(
    ("generation", "changes", "proven"),
    [
        (3, {}, False),  # it went out because the one that was told of was foreign: that one may be gone by now
        (1, {}, True),
        (3, {"status": "UNKNOWN"}, True),
        (3, {"status": "CANCELED"}, False),
        (3, {"status": "REJECTED", "code": -4045}, False),  # the newest refusal counts
    ],
)
def test_a_proof_ends_when_a_stop_by_quantity_was_taken(generation: int, changes: dict[str, Any], proven: bool) -> None:
    assert stops(rejected(-4130, 1_000), quantity_stop(generation, "0.006", "89800", **changes)).proven == proven


def test_a_backstop_goes_out_again_once_the_foreign_one_is_gone() -> None:
    left = rejected(-4130, 1_000), quantity_stop(3, "0.006", "89800")  # and the position has grown since
    assert guard(*left) == "naked"
    assert stops(*left, rejected(-4130, 500, generation=4)).proven


@pytest.mark.parametrize(("ended_ago_ms", "proven"), [(1_500, False), (2_000, False), (2_001, True)])
def test_a_stop_that_ended_while_the_refusal_was_on_its_way_may_be_the_one_it_told_of(
    ended_ago_ms: int, proven: bool
) -> None:
    refusal = replace(rejected(-4130, 1_000), sent_at_ms=NOW - 2_000)
    assert stops(refusal, order(SL, status="CANCELED", updated_at_ms=NOW - ended_ago_ms)).proven == proven


def test_the_tightest_backstop_counts_and_the_newest_of_equals() -> None:
    assert (
        stops(order(SL), order(f"{SL}_2", trigger_price=D(90000))).backstop
        == stops(order(f"{SL}_2", trigger_price=D(90000))).backstop
    )
    newest = stops(order(SL), order(f"{SL}_2")).backstop
    assert newest is not None
    assert newest.id.generation == 2


def test_of_a_short_lower_is_tighter() -> None:
    tight, loose = order(f"{SL}_2", side="BUY", trigger_price=D(91000)), order(SL, side="BUY", trigger_price=D(91800))
    got = stops_of(view(LONG, account(position="-0.011"), (tight, loose)), "short", D("0.011"), ID)
    assert got.backstop is not None
    assert got.backstop.order == tight
    assert got.covering_level == D(91000)
    assert got.is_tighter(D(90000), D(91000))


def test_the_covering_level_is_that_of_stops_that_close_all_of_it() -> None:
    assert stops().covering_level is None
    assert stops(quantity_stop(2, "0.010", "90300")).covering_level is None
    assert stops(order(SL), quantity_stop(2, "0.010", "90300")).covering_level == D(89800)
    assert stops(order(SL), quantity_stop(2, "0.011", "90300")).covering_level == D(90300)


def test_a_partly_filled_stop_covers_what_is_left_of_it() -> None:
    assert stops(quantity_stop(2, "0.011", "90300", filled_qty=D("0.001"))).covering_level is None


def test_a_stop_that_fires_guards_for_a_second() -> None:
    def fired(ago_ms: int, **changes: Any) -> Order:
        return order(SL, **({"status": "TRIGGERED", "triggered_at_ms": NOW - ago_ms} | changes))

    assert guard(fired(1_000)) == "guarded"
    assert guard(fired(1_001)) == "naked"
    assert guard(fired(1_001), quantity_stop(2, "0.011", "89000")) == "guarded"
    assert guard(fired(5_000, status="FILLED")) == "naked"


def test_when_a_stop_fired_is_as_well_known_as_the_orders_say() -> None:
    seen = view(LONG, account(position="0.011"))

    def deadline(**changes: Any) -> int:
        fired = stops(order(SL, status="TRIGGERED", **changes)).fired
        assert fired is not None
        return fired_deadline_ms(seen, fired)

    assert deadline(triggered_at_ms=NOW - 500) == NOW + 501
    assert deadline(updated_at_ms=NOW - 300) == NOW + 701
    assert deadline(updated_at_ms=None, created_at_ms=None) == NOW


def test_the_latest_of_several_that_fired() -> None:
    first = order(SL, status="FILLED", triggered_at_ms=NOW - 5000)
    latest = order(f"{SL}_2", status="TRIGGERED", triggered_at_ms=NOW - 10)
    fired = stops(first, latest).fired
    assert fired is not None
    assert fired.order == latest


def test_of_several_that_fired_the_latest_counts() -> None:
    late = order(SL, status="TRIGGERED", triggered_at_ms=NOW - 100)
    early = order(f"{SL}_2", status="TRIGGERED", triggered_at_ms=NOW - 900)
    fired = stops(late, early).fired
    assert fired is not None
    assert fired.order == late
