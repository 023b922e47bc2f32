"""The wanted stop level: every candidate that tightens it, every reason that it does not move, and never looser."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from tests.core.planning import priced, wanted
from tests.worlds import CONFIG, FLAT, ID, LONG, NOW, SHORT, config, decision, intent, market, order, trade

D = Decimal
ON_VOLATILITY = config("protection", tighten_on_volatility=True)
UP = market(price="92210.0")


def test_nothing_tightens_it() -> None:
    got = wanted()
    assert (got.level, got.in_force, got.alerts) == (D(89800), D(89800), ())


def test_what_rests_tighter_is_in_force() -> None:
    rests = order(f"capi_sl_{ID}_2", close_position=False, quantity=D("0.011"), trigger_price=D(90300))
    got = wanted(rests)
    assert (got.level, got.in_force) == (D(90300), D(90300))


@given(st.integers(88000, 92000), st.lists(st.integers(88000, 90700), max_size=3), st.booleans())
def test_it_is_never_looser_than_what_is_in_force(asked: int, resting: list[int], breakeven: bool) -> None:
    rests = [
        order(f"capi_sl_{ID}_{n}", close_position=False, quantity=D("0.011"), trigger_price=D(level))
        for n, level in enumerate(resting, 2)
    ]
    got = wanted(*rests, base=decision(sl=D(asked)), trade=trade(tp1_filled=breakeven))
    assert got.level >= got.in_force == max(89800, *resting, 0)


@pytest.mark.parametrize(
    ("base", "by", "level"),
    [
        (decision(sl=D(90300)), CONFIG, "90300"),
        (decision(sl=D("90300.01")), CONFIG, "90300.1"),
        (decision(sl=D("89844.8")), CONFIG, "89800"),  # less than 0.05 % of 89800
        (decision(sl=D("89844.9")), CONFIG, "89844.9"),
        (decision(sl=D(89000)), CONFIG, "89800"),
        (decision(sl=D(90300)), config("protection", follow_decision="never"), "89800"),
        (decision(decision_id="later", sl=D(90300)), CONFIG, "89800"),
        (decision(decision_id="later", sl=D(90300)), config("protection", follow_decision="same_side"), "90300"),
        (decision(SHORT, sl=D(90300)), config("protection", follow_decision="same_side"), "89800"),
        (decision(timestamp_ms=NOW - 600_001, sl=D(90300)), CONFIG, "89800"),
        (decision(timestamp_ms=NOW - 600_000, sl=D(90300)), CONFIG, "90300"),
        (decision(timestamp_ms=NOW + 5_001, sl=D(90300)), CONFIG, "89800"),
        (decision(timestamp_ms=NOW + 5_000, sl=D(90300)), CONFIG, "90300"),
        (FLAT, CONFIG, "89800"),
        (Unusable(reason="torn", decision_id=ID), CONFIG, "89800"),
    ],
)
def test_the_decisions_stop(base: Decision | Unusable, by: Config, level: str) -> None:
    assert wanted(base=base, by=by).level == D(level)


def test_no_decision_moves_the_stop_of_a_trade_that_is_not_recorded() -> None:
    assert wanted(base=decision(sl=D(90300)), trade=None, intents=(intent(),)).level == D(89800)


@pytest.mark.parametrize(
    ("tp1", "changes", "level"),
    [
        ("FILLED", {}, "90863.7"),
        ("NEW", {"trade": trade(tp1_filled=True)}, "90863.7"),
        ("PARTIALLY_FILLED", {}, "89800"),
        ("CANCELED", {}, "89800"),
        ("FILLED", {"position": priced(None), "trade": trade(entry_price=None)}, "89800"),
        ("FILLED", {"position": priced(None), "trade": trade(entry_price=D(90900))}, "90963.8"),
    ],
)
def test_break_even_after_tp1(tp1: Any, changes: dict[str, Any], level: str) -> None:
    done = order(f"capi_tp1_{ID}", status=tp1, filled_qty=D("0.005") if tp1 == "FILLED" else D(0))
    assert wanted(done, market=UP, **changes).level == D(level)


def test_break_even_can_be_switched_off() -> None:
    off = config("protection", breakeven_after_tp1=False)
    assert wanted(by=off, market=UP, trade=trade(tp1_filled=True)).level == D(89800)


def test_break_even_of_a_short_lies_below_its_entry() -> None:
    done = trade(side="short", sl=D(91800), tp1_filled=True)
    assert wanted(short=True, trade=done, market=market(price="89390.0")).level == D("90736.3")


def test_a_level_that_the_price_has_passed_is_skipped_with_a_warning() -> None:
    got = wanted(market=market(price="90863.7"), trade=trade(tp1_filled=True))
    assert got.level == D(89800)
    assert [(alert.level, alert.code) for alert in got.alerts] == [("WARNING", "tighten_skipped")]
    assert "90863.7" in got.alerts[0].reason


@pytest.mark.parametrize("by", ["mark", "last"])
def test_nothing_is_tightened_while_the_price_that_triggers_is_unknown(by: str) -> None:
    blind = replace(market(), **{by: None})
    got = wanted(base=decision(sl=D(90650)), market=blind, by=config("protection", trigger_by=by))
    assert got.level == D(89800)
    assert [(alert.level, alert.code) for alert in got.alerts] == [("WARNING", "tighten_skipped")]
    assert f"the {by} price is unknown" in got.alerts[0].reason


def test_the_tightest_candidate_wins_whatever_their_order() -> None:
    both: dict[str, Any] = {"position": priced(liquidation="89600"), "base": decision(sl=D(90300))}
    assert wanted(**both).level == D(90300)
    assert wanted(**(both | {"base": decision(sl=D(90000))})).level == D("90048.0")


def test_triggers_by_the_last_price_are_passed_by_the_last_price() -> None:
    by_last = config("protection", trigger_by="last")
    fallen = replace(market(), last=D(90300))
    assert wanted(base=decision(sl=D(90300)), by=by_last, market=fallen).level == D(89800)
    assert wanted(base=decision(sl=D(90300)), market=fallen).level == D(90300)
    assert wanted(base=LONG, by=by_last, market=replace(market(), last=None)).level == D(89800)
