"""Facts that follow from the view: what is flat for certain, what is own, what may still fill, what comes next."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.bounds import Bounds
from capi.core.decision import Unusable
from capi.core.lazy import lazy
from capi.core.view import FLAT_SETTLES_MS, View
from tests.worlds import CONFIG, FLAT, ID, LONG, MARKET, NOW, SHORT, account, decision, intent, order, trade, view

D = Decimal
ENTRY, SL = f"capi_entry_{ID}", f"capi_sl_{ID}"


def flat(*orders: Any, ago_ms: int | None = 60_000, **changes: Any) -> View:
    """A flat view; `ago_ms`: since when it is flat."""
    at = Position(qty=D(0), since_ms=None if ago_ms is None else NOW - ago_ms)
    return view(LONG, account(position=at, **changes), orders)


@pytest.mark.parametrize(("ago_ms", "confirmed"), [(1_999, False), (2_000, True), (None, True)])
def test_flat_is_confirmed_after_two_seconds(ago_ms: int | None, confirmed: bool) -> None:
    assert flat(ago_ms=ago_ms).flat_confirmed is confirmed


def test_flat_is_not_confirmed_on_an_incomplete_view_or_while_a_position_stands() -> None:
    assert not flat(complete=False).flat_confirmed
    assert not view(LONG, account(position="0.011")).flat_confirmed


def test_flat_counts_from_the_last_entry_fill() -> None:
    filled = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 1_999)
    assert not flat(filled, intents=(intent(),)).flat_confirmed
    assert flat(replace(filled, updated_at_ms=NOW - 2_000), intents=(intent(),)).flat_confirmed


@pytest.mark.parametrize(
    ("exit_qty", "exit_ago_ms", "confirmed"),
    [("0.011", 100, True), ("0.010", 100, False), ("0.011", 500, True), ("0.011", 501, False)],
)
def test_exit_fills_newer_than_the_entry_confirm_flat_at_once(exit_qty: str, exit_ago_ms: int, confirmed: bool) -> None:
    entry = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 500)
    child = order(SL, kind="plain", status="FILLED", filled_qty=D(exit_qty), updated_at_ms=NOW - exit_ago_ms)
    assert flat(entry, child, ago_ms=50, intents=(intent(),)).flat_confirmed is confirmed
    assert flat(entry, child, ago_ms=50, trade=trade()).flat_confirmed is confirmed


def test_a_flat_that_exits_explain_waits_for_no_time() -> None:
    child = order(SL, kind="plain", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    at = account(position=Position(qty=D(0), since_ms=NOW - 50), trade=trade())
    explained, waiting = Bounds(NOW), Bounds(NOW)
    assert View(LONG, at, (child,), CONFIG, explained).flat_confirmed
    assert explained.until_ms is None
    assert not View(LONG, at, (), CONFIG, waiting).flat_confirmed
    assert waiting.until_ms == NOW - 50 + FLAT_SETTLES_MS


def test_an_exit_order_that_filled_nothing_confirms_nothing() -> None:
    entry = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 500)
    early = order(SL, kind="plain", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 501)
    unfilled = order(f"capi_tp1_{ID}", status="CANCELED", updated_at_ms=NOW - 100)
    assert not flat(entry, early, unfilled, ago_ms=50, trade=trade()).flat_confirmed


def test_exit_fills_explain_a_trade_whose_entry_orders_are_no_longer_seen() -> None:
    child = order(SL, kind="plain", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    assert flat(child, ago_ms=50, trade=trade()).flat_confirmed
    assert not flat(child, ago_ms=50).flat_confirmed


def test_an_algo_and_its_child_are_one_exit() -> None:
    both = {"status": "FILLED", "filled_qty": D("0.006"), "updated_at_ms": NOW - 100}
    seen = flat(order(SL, **both), order(SL, kind="plain", **both), trade=trade(), ago_ms=50)
    assert seen.exit_filled_qty(ID) == D("0.006")
    assert not seen.flat_confirmed


def test_a_fill_that_the_position_does_not_show() -> None:
    filled = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    assert flat(filled, intents=(intent(),)).unseen_fill == ("long", D("0.011"))
    assert flat(filled, trade=trade()).unseen_fill is None
    assert flat(replace(filled, updated_at_ms=NOW - 2_000), intents=(intent(),)).unseen_fill is None
    assert flat().unseen_fill is None
    assert view(LONG, account(position="0.011"), (filled,)).unseen_fill is None


def test_a_fill_that_exits_have_taken_back_is_not_pending() -> None:
    filled = order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    out = order(f"capi_tp1_{ID}", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 200)
    assert flat(filled, out, intents=(intent(),)).unseen_fill is None


def test_a_short_intents_fill_is_a_short() -> None:
    filled = order(ENTRY, side="SELL", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    assert flat(filled, intents=(intent(side="SELL"),)).unseen_fill == ("short", D("0.011"))


def test_own_position_is_that_of_this_decisions_trade_or_intent() -> None:
    held = account(position="0.011", trade=trade())
    assert view(LONG, held).own_position
    assert not view(decision(decision_id="other"), held).own_position
    assert not view(SHORT, held).own_position
    assert not view(FLAT, held).own_position
    bought = order(ENTRY, status="FILLED", filled_qty=D("0.011"))
    assert view(LONG, account(position="0.011", intents=(intent(),)), (bought,)).own_position
    assert not view(LONG, account(position="0.011")).own_position


@pytest.mark.parametrize(
    ("base", "market", "expected"),
    [
        (LONG, MARKET, "0.001"),
        (decision(volatility=D("0.02")), MARKET, "0.02"),
        (decision(volatility=D("0.02"), atr=D(9)), MARKET, "0.02"),
        (decision(atr=D("907.9995")), MARKET, "0.01"),
        (decision(atr=D(908)), replace(MARKET, bid=None), None),
        (LONG, replace(MARKET, volatility=None), None),
    ],
)
def test_volatility_is_the_decisions_own_where_it_brings_one(base: Any, market: Any, expected: str | None) -> None:
    assert view(base, account(market=market)).volatility == (None if expected is None else D(expected))


def test_an_unusable_decision_brings_no_volatility() -> None:
    assert view(Unusable(reason="torn")).volatility == D("0.001")


def test_next_generation_is_past_every_order_and_intent() -> None:
    orders = (order(ENTRY), order(f"{ENTRY}_7", status="REJECTED"), order("capi_entry_other_9"))
    seen = view(LONG, account(intents=(intent(f"{ENTRY}_4"), intent("foreign"))), orders)
    assert seen.next_generation("entry", ID) == 8
    assert seen.next_generation("sl", ID) == 1
    assert view(LONG, account(intents=(intent(f"{ENTRY}_4"),))).next_generation("entry", ID) == 5


def test_orders_are_told_apart_by_role_and_world() -> None:
    named = ["entry", "sl", "tp1", "tp2", "exit"]
    orders = [order(f"capi_{role}_{ID}") for role in named] + [order(SL, kind="plain"), order("web_1")]
    seen = view(LONG, account(), tuple(orders))
    assert [len(seen.entries), len(seen.stops), len(seen.stop_children)] == [1, 1, 1]
    assert [len(seen.targets), len(seen.exits), len(seen.foreign)] == [2, 1, 1]


@pytest.mark.parametrize("turned", [False, True])
def test_an_order_that_is_listed_twice_is_one_the_one_that_has_come_farthest(turned: bool) -> None:
    seen = order(f"capi_entry_{ID}", filled_qty=D("0.004"), status="PARTIALLY_FILLED", updated_at_ms=NOW - 500)
    stale = replace(seen, filled_qty=D(0), status="NEW", updated_at_ms=NOW - 900)
    older = replace(seen, updated_at_ms=None)
    algo = order(f"capi_sl_{ID}")
    child = replace(algo, kind="plain")
    listed = (seen, stale, older, algo, child)
    got = view(LONG, account(), listed[::-1] if turned else listed)
    assert [own.order for own in got.entries] == [seen]
    assert got.entry_filled_qty(ID) == D("0.004")
    assert ([own.order for own in got.stops], [own.order for own in got.stop_children]) == ([algo], [child])


def test_of_an_order_that_is_listed_in_two_versions_the_order_of_the_list_chooses_none() -> None:
    one, other = (order(f"capi_tp2_{ID}", quantity=D(qty), updated_at_ms=None) for qty in ("0.006", "0.011"))
    assert view(LONG, account(), (one, other)).targets == view(LONG, account(), (other, one)).targets


def test_mid_and_spread_are_unknown_with_either_side_of_the_book() -> None:
    assert (view().mid, view().spread is None) == (D("90799.95"), False)
    for gap in ({"bid": None}, {"ask": None}):
        seen = view(LONG, account(market=replace(MARKET, **gap)))
        assert (seen.mid, seen.spread) == (None, None)


def test_whether_a_level_is_passed_is_unknown_without_a_price() -> None:
    blind = view(LONG, account(market=replace(MARKET, mark=None)))
    assert blind.has_passed("long", D(1)) is None
    assert [view().has_passed("long", D(level)) for level in ("90799.9", "90800", "90800.1")] == [False, True, True]
    assert [view().has_passed("short", D(level)) for level in ("90799.9", "90800", "90800.1")] == [True, True, False]


def test_an_order_is_as_old_as_is_known() -> None:
    times = {"created_at_ms": None, "sent_at_ms": None, "updated_at_ms": None}
    assert order(ENTRY, **times).born_at_ms is None
    assert order(ENTRY, **(times | {"updated_at_ms": 3})).born_at_ms == 3
    assert order(ENTRY, **(times | {"updated_at_ms": 3, "sent_at_ms": 2})).born_at_ms == 2
    assert order(ENTRY, **(times | {"updated_at_ms": 3, "sent_at_ms": 2, "created_at_ms": 1})).born_at_ms == 1


def test_an_orders_identity_is_its_world_and_its_id() -> None:
    assert order(SL).key == ("algo", SL) != order(SL, kind="plain").key


def test_a_lazy_value_is_computed_once() -> None:
    class Counted:
        asked = 0

        @lazy
        def value(self) -> int:
            """A value."""
            self.asked += 1
            return 7

    counted = Counted()
    assert (counted.value, counted.value, counted.asked) == (7, 7, 1)
    assert isinstance(Counted.value, lazy)
    assert Counted.value.__doc__ == "A value."


def test_a_view_keeps_its_attributes_where_they_are_cheap() -> None:
    """At most 29, lazy ones included: with a 30th CPython gives the instance a dictionary of its own."""
    seen = view()
    for name in dir(View):
        if isinstance(getattr(View, name), lazy):
            getattr(seen, name)
    assert len(vars(seen)) <= 29
