"""TP1 and TP2: their sizes, when they are resized, and that one that filled is never placed again."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import PlaceOrder
from tests.core.planning import cancelled, of, placed, planned_held, refused
from tests.worlds import ID, INSTRUMENT, LONG, NOW, intent, market, order, trade

D = Decimal
TP1, TP2 = f"capi_tp1_{ID}", f"capi_tp2_{ID}"
BARE = ("tp1", "tp2")


def sizes(actions: list[Any]) -> dict[str, Decimal | None]:
    """Return the quantities of the targets to be placed."""
    return {one.role: one.quantity for one in of(PlaceOrder, actions) if one.role in BARE}


def at(qty: str, since_ms: int = NOW - 60_000) -> Position:
    """A position."""
    return Position(qty=D(qty), entry_price=D(90800), since_ms=since_ms)


def test_both_are_reduce_only_limits_on_the_book() -> None:
    [tp1] = placed(planned_held(without=BARE), "tp1")
    assert (tp1.type, tp1.time_in_force, tp1.reduce_only, tp1.kind) == ("LIMIT", "GTC", True, "plain")
    assert (tp1.side, tp1.price, tp1.quantity) == ("SELL", D(92200), D("0.005"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"tp1": "0.005", "tp2": "0.006"}),
        ({"trade": trade(tp2=None)}, {"tp1": "0.011"}),
        ({"trade": trade(tp1=None)}, {"tp2": "0.011"}),
        ({"trade": trade(tp1=None, tp2=None)}, {}),
        ({"position": at("0.0115"), "trade": trade(qty=D("0.0115"))}, {"tp1": "0.005", "tp2": "0.006"}),
        ({"position": at("0.006"), "trade": trade(tp1_filled=True)}, {"tp2": "0.006"}),
        ({"position": at("0.004")}, {"tp1": "0.004"}),  # never more than the position
        ({"instrument": replace(INSTRUMENT, max_qty=D("0.004"))}, {"tp1": "0.004", "tp2": "0.004"}),
        ({"instrument": replace(INSTRUMENT, max_qty=None)}, {"tp1": "0.005", "tp2": "0.006"}),
        ({"instrument": replace(INSTRUMENT, min_qty=D("0.006"))}, {"tp1": "0.011"}),
        ({"complete": False}, {}),
        ({"market": market(price="89700")}, {}),  # the position is being left
    ],
)
def test_what_is_wanted(changes: dict[str, Any], expected: dict[str, str]) -> None:
    quantities = sizes(planned_held(without=BARE, **changes))
    assert quantities == {role: D(quantity) for role, quantity in expected.items()}


def test_what_tp1_has_filled_is_taken_off() -> None:
    part = order(TP1, status="CANCELED", filled_qty=D("0.002"))
    assert sizes(planned_held(part, without=("tp2",), position=at("0.009"))) == {"tp1": D("0.003"), "tp2": D("0.006")}
    more = order(TP1, status="FILLED", quantity=D("0.007"), filled_qty=D("0.007"))
    assert sizes(planned_held(more, without=("tp2",), position=at("0.004"))) == {"tp2": D("0.004")}


@pytest.mark.parametrize(
    ("tp2", "since_ms", "gone"),
    [
        ({"quantity": D("0.006")}, NOW - 60_000, False),
        ({"quantity": D("0.007")}, NOW - 60_000, True),
        ({"quantity": D("0.004")}, NOW - 60_000, False),  # cut by the exchange for this very position
        ({"quantity": D("0.004"), "created_at_ms": NOW - 5_000}, NOW - 5_000, False),
        ({"quantity": D("0.004"), "created_at_ms": NOW - 5_001}, NOW - 5_000, True),
        ({"quantity": D("0.004")}, None, True),  # 0.009 of 0.011 rests: no position had cut it to that
        ({"quantity": D("0.004"), "created_at_ms": None, "updated_at_ms": None}, NOW - 60_000, True),
        ({"quantity": D("0.008"), "filled_qty": D("0.002")}, NOW - 60_000, False),
    ],
)
def test_a_target_of_wrong_size_is_cancelled_first(tp2: dict[str, Any], since_ms: int | None, gone: bool) -> None:
    position = replace(at("0.011"), since_ms=since_ms)
    actions = planned_held(order(TP2, **tp2), position=position)
    assert cancelled(actions) == ({TP2} if gone else set())
    assert placed(actions, "tp2") == []


def test_of_a_position_of_unknown_age_a_cut_is_proven_by_what_rests() -> None:
    position = replace(at("0.011"), since_ms=None)
    cut = order(TP2, quantity=D("0.004"))  # all that a TP1 of 0.007 leaves of 0.011: that one is wrong, not this
    assert cancelled(planned_held(order(TP1, quantity=D("0.007")), cut, position=position)) == {TP1}
    assert cancelled(planned_held(cut, without=("tp1",), position=position)) == {TP2}


def test_two_live_ones_are_one_too_many() -> None:
    both = (order(TP1, quantity=D("0.002")), order(f"{TP1}_2", quantity=D("0.003")))
    assert cancelled(planned_held(*both)) == {TP1, f"{TP1}_2"}


def test_one_of_unknown_fate_blocks_its_own_and_is_not_cancelled() -> None:
    actions = planned_held(order(TP2, status="UNKNOWN"))
    assert (sizes(actions), cancelled(actions)) == ({}, set())
    larger = planned_held(order(TP2, status="UNKNOWN", quantity=D("0.011")))
    assert (sizes(larger), cancelled(larger)) == ({}, set())


ENTERING: dict[str, Any] = {
    "status": "PARTIALLY_FILLED", "filled_qty": D("0.008"), "created_at_ms": NOW - 9_000,
}  # fmt: skip


def entering(fill_ago_ms: int | None, since_ms: int | None, *targets: Any, **changes: Any) -> list[Any]:
    """Plan while the entry goes on, its last fill some time ago."""
    filled = None if fill_ago_ms is None else NOW - fill_ago_ms
    entry = order(f"capi_entry_{ID}", **(ENTERING | {"updated_at_ms": filled} | changes))
    held: dict[str, Any] = {
        "position": Position(qty=D("0.008"), entry_price=D(90800), since_ms=since_ms),
        "intents": (intent(),),
    }
    known = trade(qty=D("0.008"), entered=D("0.008"))
    return planned_held(entry, *targets, base=LONG, without=() if targets else BARE, trade=known, **held)


SMALL = (order(TP1, quantity=D("0.002")), order(TP2, quantity=D("0.003")))


@pytest.mark.parametrize(
    ("fill_ago_ms", "since_ago_ms", "settled"),
    [(2_000, 2_000, True), (1_999, 2_000, False), (2_000, 1_999, False), (2_000, None, True)],
)
def test_resized_two_seconds_after_the_last_fill(fill_ago_ms: int, since_ago_ms: int | None, settled: bool) -> None:
    since = None if since_ago_ms is None else NOW - since_ago_ms
    assert bool(sizes(entering(fill_ago_ms, since))) is settled


def test_of_an_entry_without_a_fill_the_position_tells() -> None:
    unfilled = {"filled_qty": D(0), "status": "UNKNOWN"}
    assert sizes(entering(5_000, None, **unfilled)) == {"tp1": D("0.004"), "tp2": D("0.004")}
    assert sizes(entering(5_000, NOW - 500, **unfilled)) == {}


def test_too_small_ones_wait_too_large_ones_do_not() -> None:
    assert cancelled(entering(500, NOW - 500, *SMALL)) == set()
    assert cancelled(entering(2_000, NOW - 2_000, *SMALL)) == {TP1, TP2}
    large = (order(TP1, quantity=D("0.005")), order(TP2, quantity=D("0.004")))
    assert cancelled(entering(500, NOW - 500, *large)) == {TP1}


def test_strangers_go() -> None:
    other, wrong = order("capi_tp1_other"), order(f"{TP1}_2", side="BUY", price=D(90000))
    done = order("capi_tp2_other", status="CANCELED")
    assert cancelled(planned_held(other, wrong, done)) == {"capi_tp1_other", f"{TP1}_2"}
    gone = order(TP1, status="CANCELED"), order(TP2, status="CANCELED")
    assert set(sizes(planned_held(*gone))) == {"tp1", "tp2"}
    assert sizes(planned_held(other, *gone)) == {}  # a cancel may be refused: nothing goes up beside it (seed 74692)


@pytest.mark.parametrize(("ago_ms", "open_"), [(59_999, True), (60_000, False)])
def test_a_circuit(ago_ms: int, open_: bool) -> None:
    no = order(TP1, status="REJECTED", code=-4003, updated_at_ms=NOW - ago_ms)
    actions = planned_held(no)
    assert ("circuit" in refused(actions)) is open_
    assert bool(placed(actions, "tp1")) is not open_


def test_no_target_is_placed_beside_a_stop_that_fires() -> None:
    firing = order(f"capi_sl_{ID}", status="TRIGGERED", triggered_at_ms=NOW - 100)
    assert sizes(planned_held(firing, without=BARE)) == {}
    too_large = order(TP2, quantity=D("0.011"))
    assert cancelled(planned_held(firing, too_large)) == {TP2}
