"""Whose position it is, at which levels: by the trade, else an intent, else our own protective orders, else nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from capi.core.account import Position
from capi.core.decision import Unusable
from capi.core.holding import holding_of
from tests.core.planning import holding
from tests.worlds import (
    ID,
    INSTRUMENT,
    LONG,
    NOW,
    intent,
    order,
    trade,
    view,
)

D = Decimal


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


def test_a_fill_not_visible_yet_is_held_as_well() -> None:
    filled = order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    got = holding(filled, position=Position(qty=D(0)), intents=(intent(),))
    assert (got.visible, got.direction, got.size, got.explained) == (False, "long", D("0.011"), "intent")
