"""Whose position it is, at which levels: by the trade, else an intent, else our own protective orders, else nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Market, Position
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.holding import Holding, holding_of
from capi.core.orders import Order
from tests.worlds import (
    CONFIG,
    FLAT,
    ID,
    INSTRUMENT,
    LONG,
    MARKET,
    NOW,
    account,
    config,
    intent,
    order,
    trade,
    view,
)

D = Decimal
NOTHING_KNOWN = Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=None)
SEEN: dict[str, Any] = {"since_ms": NOW - 5_000}


def holding(
    *orders: Order, base: Decision | Unusable = FLAT, by: Config = CONFIG, position: Any = "0.011", **changes: Any
) -> Holding:
    """Return what is held in a changed example world."""
    got = holding_of(view(base, account(position=position, **changes), orders, by))
    assert got is not None
    return got


def test_flat_with_nothing_pending_holds_nothing() -> None:
    assert holding_of(view()) is None


def test_a_recorded_trade_explains() -> None:
    got = holding(trade=trade(sl=D(90000)))
    assert (got.explained, got.decision_id, got.sl, got.tp1, got.tp2) == ("trade", ID, D(90000), D(92200), D(93500))


def test_entered_is_the_largest_quantity_known() -> None:
    filled = order(f"capi_entry_{ID}", status="CANCELED", filled_qty=D("0.009"))
    assert holding(filled, position="0.004", trade=trade(qty=D("0.004"), entered=D("0.005"))).entered == D("0.009")
    assert holding(position="0.008", trade=trade(qty=D("0.004"), entered=D("0.005"))).entered == D("0.008")
    assert holding(position="0.001", trade=trade(qty=D("0.007"), entered=D("0.005"))).entered == D("0.007")


def test_a_trade_of_the_other_side_explains_nothing() -> None:
    assert holding(position="-0.011", trade=trade()).explained == "nothing"


def test_an_intent_explains_with_its_own_levels() -> None:
    got = holding(order(f"capi_entry_{ID}", filled_qty=D("0.004")), intents=(intent(sl=D(89900)),), position="0.003")
    assert (got.explained, got.decision_id, got.sl, got.entered) == ("intent", ID, D(89900), D("0.004"))


def test_the_intent_that_has_filled_most_explains() -> None:
    ids = ("capi_entry_a", "capi_entry_b", "capi_entry_c")
    intents = tuple(intent(one, decision_id=one[-1]) for one in ids)
    orders = [order(one, status="CANCELED", filled_qty=D(f"0.00{n}")) for one, n in zip(ids, (1, 3, 2), strict=True)]
    assert holding(*orders, intents=intents).decision_id == "b"


def test_an_intent_of_the_other_side_or_that_cannot_have_filled_explains_nothing() -> None:
    ended = order(f"capi_entry_{ID}", status="CANCELED")
    assert holding(ended, intents=(intent(),)).explained == "nothing"
    assert holding(intents=(intent(side="SELL"),)).explained == "nothing"


def test_an_intent_of_unknown_fate_or_still_resting_explains() -> None:
    assert holding(intents=(intent(),)).explained == "intent"
    assert holding(order(f"capi_entry_{ID}", status="UNKNOWN"), intents=(intent(),)).explained == "intent"
    assert holding(order(f"capi_entry_{ID}"), intents=(intent(),)).explained == "intent"


def test_an_entry_of_the_current_decision_without_an_intent_is_explained_by_the_decision() -> None:
    stray = order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"))
    got = holding(stray, base=LONG)
    assert (got.explained, got.decision_id, got.sl, got.tp1) == ("intent", ID, D(89800), D(92200))


def test_a_stray_entry_of_the_other_side_is_not_the_decisions() -> None:
    stray = order(f"capi_entry_{ID}", side="SELL", status="FILLED", filled_qty=D("0.011"))
    assert holding(stray, base=LONG, position="-0.011").explained == "nothing"


def test_a_stray_entry_of_another_decision_explains_nothing() -> None:
    stray = order("capi_entry_other", status="FILLED", filled_qty=D("0.011"))
    assert holding(stray, base=LONG).explained == "nothing"
    assert holding(stray, base=Unusable(reason="torn")).explained == "nothing"


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
    ("filled", "recorded", "hit"),
    [
        (["0.005"], False, True),
        (["0.002"], False, False),  # of an early, smaller size: not all of 0.005
        (["0.002", "0.003"], False, True),
        (["0.002", "0.002"], False, False),
        (["0.007"], False, True),
        ([], False, False),
        ([], True, True),
    ],
)
def test_tp1_is_hit_when_all_of_its_quantity_has_filled(filled: list[str], recorded: bool, hit: bool) -> None:
    orders = [
        order(f"capi_tp1_{ID}_{n}", status="FILLED", quantity=D(part), filled_qty=D(part))
        for n, part in enumerate(filled, 2)
    ]
    got = holding(*orders, order("capi_tp1_other", filled_qty=D("0.005")), trade=trade(tp1_filled=recorded))
    assert (got.tp1_whole, got.tp1_hit) == (D("0.005"), hit)


def test_without_a_target_nothing_is_hit() -> None:
    assert holding(trade=trade(tp1=None)).tp1_whole == 0
    assert not holding(trade=trade(tp1=None)).tp1_hit
    assert holding(trade=trade(tp2=None)).tp1_whole == D("0.011")


def test_recorded_levels_go_on_todays_tick() -> None:
    off = {"sl": D("89800.05"), "tp1": D("92200.03"), "tp2": D("93500.07")}
    got = holding(trade=trade(**off))
    assert (got.sl, got.tp1, got.tp2) == (D("89800.1"), D("92200.0"), D("93500.0"))
    short = holding(position="-0.011", trade=trade(side="short", **off))
    assert (short.sl, short.tp1, short.tp2) == (D("89800.0"), D("92200.1"), D("93500.1"))
    coarse = replace(INSTRUMENT, tick_size=D(100_000))
    assert holding(trade=trade(**off), instrument=coarse).tp1 == D(100_000)  # a tick at least


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


def test_the_emergency_level_falls_back_to_the_middle_and_to_the_entry_price() -> None:
    at = Position(qty=D("0.05"), entry_price=D(90000), **SEEN)
    assert holding(position=at, market=replace(MARKET, mark=None)).sl == D("89892.0")  # 1 % from 90799.95
    assert holding(position=at, market=replace(NOTHING_KNOWN, bid=D(90799))).sl == D("89100.0")


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


def test_a_fill_not_visible_yet_is_held_as_well() -> None:
    filled = order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    got = holding(filled, position=Position(qty=D(0)), intents=(intent(),))
    assert (got.visible, got.direction, got.size, got.explained) == (False, "long", D("0.011"), "intent")
