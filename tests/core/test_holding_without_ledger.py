"""A position that the ledger does not know: rebuilt from our protective orders, else guarded at an emergency level."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import LastTrade, Market, Position
from tests.core.planning import holding
from tests.worlds import (
    MARKET,
    NOW,
    config,
    order,
)

D = Decimal
NOTHING_KNOWN = Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=None)
SEEN: dict[str, Any] = {"since_ms": NOW - 5_000}


def test_protective_orders_explain_when_the_ledger_is_lost() -> None:
    got = holding(
        order("capi_sl_x", created_at_ms=NOW - 9000),
        order(
            "capi_sl_x_2", created_at_ms=NOW - 5000, close_position=False, quantity=D("0.011"), trigger_price=D(90300)
        ),
        order("capi_tp1_x", price=D(92000)),
        order("capi_tp2_x", price=D(93000), status="CANCELED"),
        order("capi_tp2_x_2", price=D(93001)),
        order("capi_entry_x", status="FILLED", filled_qty=D("0.02")),
    )
    assert (got.explained, got.decision_id, got.sl) == ("orders", "x", D(90300))
    assert (got.tp1, got.tp2, got.entered) == (D(92000), D(93001), D("0.02"))


def test_protective_orders_of_a_short() -> None:
    got = holding(
        order("capi_sl_x", side="BUY", trigger_price=D(91800), created_at_ms=None, updated_at_ms=None),
        order("capi_sl_x_2", side="BUY", trigger_price=D(91300), close_position=False, quantity=D("0.011")),
        position="-0.011",
    )
    assert (got.explained, got.sl, got.tp1) == ("orders", D(91300), None)


def test_stops_that_do_not_rest_or_are_on_the_wrong_side_explain_nothing() -> None:
    gone = (
        order("capi_sl_x", status="CANCELED"),
        order("capi_sl_y", side="BUY"),
        order("capi_sl_z", trigger_price=None),
    )
    assert holding(*gone).explained == "nothing"


def test_a_stop_that_is_firing_names_trade_and_level() -> None:
    fired = order("capi_sl_x", status="TRIGGERED", triggered_at_ms=NOW - 100, trigger_price=D(89900))
    got = holding(fired)
    assert (got.explained, got.decision_id, got.sl) == ("orders", "x", D(89900))


def test_targets_alone_name_the_trade_and_its_targets_not_its_stop() -> None:
    got = holding(
        order("capi_tp1_x", price=D(92000), created_at_ms=NOW - 9000),
        order("capi_tp2_y", price=D(93000), created_at_ms=NOW - 5000),
        order("capi_tp1_z", status="CANCELED", created_at_ms=NOW - 1000),
        order("capi_tp1_w", side="BUY", created_at_ms=NOW - 1000),
        order("capi_entry_y", status="FILLED", filled_qty=D("0.02")),
    )
    assert (got.explained, got.decision_id, got.tp1, got.tp2) == ("orders", "y", None, D(93000))
    assert (got.sl, got.entered) == (D("89892.0"), D("0.02"))


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "90300"),
        ({"status": "CANCELED"}, "89892.0"),
        ({"side": "BUY"}, "89892.0"),
        ({"trigger_price": None}, "89892.0"),
    ],
)
def test_beside_targets_a_stop_of_unknown_fate_says_where_it_was(changes: dict[str, Any], level: str) -> None:
    denied = order("capi_sl_x", **({"status": "UNKNOWN", "trigger_price": D(90300)} | changes))
    of_another = order("capi_sl_y", status="UNKNOWN", trigger_price=D(90400))
    got = holding(denied, of_another, order("capi_tp1_x", price=D(92000)))
    assert (got.explained, got.decision_id, got.sl) == ("orders", "x", D(level))


def test_targets_say_more_than_a_stop_that_went_out_while_they_were_not_seen() -> None:
    emergency = order("capi_sl_o20251128T100500Z", trigger_price=D("89892.0"), created_at_ms=NOW - 1_000)
    got = holding(emergency, order("capi_tp1_x"), order("capi_tp2_x"))
    assert (got.explained, got.decision_id, got.sl, got.tp1) == ("orders", "x", D("89892.0"), D("92200.0"))


def test_an_orphan_gets_an_emergency_level_from_the_mark_price() -> None:
    got = holding(position=Position(qty=D("0.05"), entry_price=D(90700), **SEEN))
    assert (got.explained, got.decision_id, got.sl) == ("nothing", "o20251128T100555Z", D("89892.0"))
    short = holding(position=Position(qty=D("-0.05"), entry_price=D(90700), **SEEN))
    assert short.sl == D("91708.0")


def test_an_orphans_level_lies_inside_the_liquidation_price() -> None:
    long = Position(qty=D("0.05"), entry_price=D(90700), liquidation_price=D(89800), **SEEN)
    short = Position(qty=D("-0.05"), entry_price=D(90700), liquidation_price=D(91800), **SEEN)
    assert holding(position=long).sl == D("90249.0")
    assert holding(position=short).sl == D("91341.0")
    assert holding(position=replace(long, liquidation_price=D(0))).sl == D("89892.0")
    assert holding(position=replace(short, liquidation_price=D(0))).sl == D("91708.0")


def test_where_the_price_has_passed_that_level_an_orphans_is_half_way_to_the_liquidation_price() -> None:
    long = Position(qty=D("0.05"), entry_price=D(90700), liquidation_price=D(90500), **SEEN)
    short = Position(qty=D("-0.05"), entry_price=D(90700), liquidation_price=D(91100), **SEEN)
    assert holding(position=long).sl == D("90650.0")  # 0.5 % inside is 90952.5, above the mark of 90800
    assert holding(position=short).sl == D("90950.0")
    unpriced = holding(position=long, market=replace(MARKET, mark=None))
    assert unpriced.sl == D("90952.5")


def test_the_emergency_level_falls_back_to_the_middle_and_to_the_entry_price() -> None:
    at = Position(qty=D("0.05"), entry_price=D(90000), **SEEN)
    assert holding(position=at, market=replace(MARKET, mark=None)).sl == D("89892.0")  # 1 % from 90799.95
    assert holding(position=at, market=replace(NOTHING_KNOWN, bid=D(90799))).sl == D("89100.0")


@pytest.mark.parametrize("name", ["last", "bid", "ask"])
def test_the_emergency_level_falls_back_to_any_price(name: str) -> None:
    known: dict[str, Any] = {name: D(90800)}
    assert holding(position=Position(qty=D("0.05"), **SEEN), market=replace(NOTHING_KNOWN, **known)).sl == D("89892.0")


def test_without_any_price_there_is_no_level() -> None:
    got = holding(position=Position(qty=D("0.05"), **SEEN), market=NOTHING_KNOWN)
    assert (got.explained, got.sl, got.wanted) == ("nothing", None, None)


def test_an_orphan_of_unknown_age_is_named_by_the_look() -> None:
    assert holding(position=Position(qty=D("0.05"), entry_price=D(90700))).decision_id == "o20251128T100600Z"


def test_an_orphans_name_fits_into_every_id_of_a_long_prefix() -> None:
    at = Position(qty=D("0.05"), entry_price=D(90700), since_ms=NOW - 4_999)
    name = holding(position=at, by=config(id_prefix="longname")).decision_id
    assert len(f"longname_entry_{name}_9999") <= 36


def test_the_emergency_distance_is_configured() -> None:
    at = Position(qty=D("0.05"), entry_price=D(90700), **SEEN)
    assert holding(position=at, by=config("protection", emergency_stop=D("0.02"))).sl == D("88984.0")


@pytest.mark.parametrize(
    ("side", "sent", "changes", "level"),
    [
        ("long", "89900.0", {}, "89900.0"),  # what went out before the price fell
        ("long", "89800.0", {}, "89892.0"),
        ("long", "89900.0", {"status": "REJECTED"}, "89892.0"),
        ("long", "89900.0", {"status": "CANCELED"}, "89900.0"),  # taken down by hand
        ("long", "89900.0", {"side": "BUY"}, "89892.0"),
        ("long", None, {}, "89892.0"),
        ("short", "91700.0", {"side": "BUY"}, "91700.0"),
        ("short", "91800.0", {"side": "BUY"}, "91708.0"),
        ("long", "90799.9", {}, "90799.9"),
        ("long", "90800.0", {}, "89892.0"),  # the price has passed it: there none would be taken
        ("short", "90800.0", {"side": "BUY"}, "91708.0"),
    ],
)
def test_a_stop_that_went_out_for_an_orphan_keeps_its_level(
    side: str, sent: str | None, changes: dict[str, Any], level: str
) -> None:
    trigger = None if sent is None else D(sent)
    unseen = order("capi_sl_o20251128T100555Z", **({"status": "UNKNOWN", "trigger_price": trigger} | changes))
    qty = D("0.05") if side == "long" else D("-0.05")
    got = holding(unseen, position=Position(qty=qty, entry_price=D(90700), **SEEN))
    assert (got.explained, got.sl) == ("nothing", D(level))


def test_that_level_serves_where_no_price_is_known() -> None:
    unseen = order("capi_sl_o20251128T100555Z", status="UNKNOWN", trigger_price=D("89900.0"))
    got = holding(unseen, position=Position(qty=D("0.05"), entry_price=None, **SEEN), market=NOTHING_KNOWN)
    assert got.sl == D("89900.0")


def test_a_stop_of_a_closed_trade_explains_no_later_position() -> None:
    fired = order("capi_sl_x", status="TRIGGERED", triggered_at_ms=NOW - 9_000, updated_at_ms=NOW - 9_000)
    closed = LastTrade(decision_id="x", side="long", closed_at_ms=NOW - 9_000)
    assert holding(fired, last_trade=closed).explained == "nothing"
    assert holding(fired, last_trade=replace(closed, closed_at_ms=NOW - 9_001)).explained == "orders"
