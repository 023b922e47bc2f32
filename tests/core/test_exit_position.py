"""When a position is left at once, with what, and how often."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import EnterSafeMode
from capi.core.decision import Unusable
from capi.core.orders import Order
from tests.core.planning import alerted, cancelled, of, placed, planned_held
from tests.worlds import FLAT, ID, INSTRUMENT, LONG, MADE, NOW, SHORT, config, decision, market, order, trade

D = Decimal
SL, EXIT = f"capi_sl_{ID}", f"capi_exit_{ID}"
PASSED = market(price="89700")
LOOSE = {"trade": trade(sl=D(80000))}  # the price has not passed it


def failed(status: str, ago_ms: int = 1_000, **changes: Any) -> Order:
    """The last attempt at a stop."""
    at = NOW - ago_ms
    return order(SL, status=status, **({"created_at_ms": at, "updated_at_ms": at} | changes))


def leaves(*orders: Order, **changes: Any) -> bool:
    """Whether the example's long is left."""
    return bool(placed(planned_held(*orders, **changes), "exit"))


def test_a_passed_level_is_left_at_market_with_the_targets_cancelled() -> None:
    actions = planned_held(market=PASSED)
    [out] = placed(actions, "exit")
    assert (out.type, out.side, out.quantity, out.reduce_only, out.rule) == (
        "MARKET",
        "SELL",
        D("0.011"),
        True,
        "stop_passed",
    )
    assert cancelled(actions) == {f"capi_tp1_{ID}", f"capi_tp2_{ID}"}


def test_a_level_is_passed_by_the_price_that_triggers() -> None:
    assert leaves(market=market(price="89800"))
    assert not leaves(market=market(price="89800.1"))
    assert not leaves(market=market(price="89700", mark=D(89900)))
    assert leaves(market=market(price="89700", mark=D(89900)), by=config("protection", trigger_by="last"))
    assert not leaves(market=market(price="89700", mark=None))


def said_passed(ago_ms: int = 0, **changes: Any) -> Order:
    """A stop that the exchange refused because it would have triggered at once."""
    return failed("REJECTED", ago_ms, **({"code": -2021} | changes))


def test_a_level_is_passed_where_the_exchange_says_so_whatever_our_look_shows() -> None:
    [out] = placed(planned_held(said_passed()), "exit")
    assert (out.type, out.quantity, out.reduce_only, out.rule) == ("MARKET", D("0.011"), True, "stop_passed")
    assert "code -2021" in out.reason
    assert leaves(said_passed(code=-4142))
    assert leaves(said_passed(created_at_ms=None, updated_at_ms=None))
    assert not leaves(said_passed(code=-1000))


def test_the_exchanges_word_counts_for_a_second() -> None:
    assert leaves(said_passed(1_000))
    assert not leaves(said_passed(1_001))


def test_the_exchanges_word_on_a_level_that_is_not_in_force_moves_nothing() -> None:
    assert leaves(said_passed(trigger_price=D("89799.9")))
    assert not leaves(said_passed(trigger_price=D("89800.1")))
    assert not leaves(said_passed(trigger_price=None))


def test_the_exchanges_word_is_no_matter_while_something_else_covers_the_position() -> None:
    assert not leaves(replace(said_passed(), client_order_id=f"{SL}_2"))


def test_an_emergency_level_is_wanted_not_in_force() -> None:
    orphan = {"trade": None, "without": ("sl", "tp1", "tp2", "entry")}
    assert not leaves(market=market(price="89700"), **orphan)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"triggered_at_ms": NOW - 1_001}, True),
        ({"triggered_at_ms": NOW - 1_000}, False),
        ({"triggered_at_ms": NOW - 1_001, "status": "FILLED"}, True),
        ({"updated_at_ms": NOW - 1_001}, True),
        ({"updated_at_ms": None, "created_at_ms": None}, True),
    ],
)
def test_a_stop_that_fired_without_effect(changes: dict[str, Any], left: bool) -> None:
    assert leaves(order(SL, **({"status": "TRIGGERED"} | changes))) is left


@pytest.mark.parametrize(
    ("attempt", "changes", "left"),
    [
        (failed("REJECTED", code=-4045), {"naked_since_ms": NOW - 5_000}, True),
        (failed("REJECTED", code=-4045), {"naked_since_ms": NOW - 4_999}, False),
        (failed("REJECTED", code=-4045), {"naked_since_ms": None}, False),
        (failed("REJECTED", 9_000, code=-4045), {"naked_since_ms": NOW - 8_000}, False),  # not in that time
        (failed("REJECTED", code=-4045), {"naked_since_ms": NOW - 60_000, "acts_since_ms": NOW - 999}, False),
        (failed("REJECTED", code=-4045), {"naked_since_ms": NOW - 60_000, "acts_since_ms": NOW - 1_000}, True),
        (failed("REJECTED", code=-4045), {"naked_since_ms": NOW - 5_000, "acts_since_ms": NOW - 60_000}, True),
        (
            failed("REJECTED", code=-4045, created_at_ms=None, updated_at_ms=None),
            {"naked_since_ms": NOW - 9_000},
            True,  # of unknown age: it counts
        ),
        (failed("UNKNOWN", created_at_ms=None, updated_at_ms=None), {"naked_since_ms": NOW - 9_000}, False),
        (
            failed("CANCELED", created_at_ms=None),
            {"naked_since_ms": NOW - 9_000},
            False,
        ),  # when it was tried is unknown
        (failed("REJECTED", 61_000, code=-4130), {"naked_since_ms": NOW - 70_000}, False),  # a proof, if an old one
        (failed("REJECTED", code=-4130), {"naked_since_ms": NOW - 9_000}, False),  # proves that one rests
        (failed("CANCELED"), {"naked_since_ms": NOW - 9_000}, True),  # taken and gone: no stop came of it
        (failed("EXPIRED"), {"naked_since_ms": NOW - 9_000}, True),
        (failed("CANCELED", 9_000), {"naked_since_ms": NOW - 8_000}, False),
        (failed("NEW"), {"naked_since_ms": NOW - 9_000}, False),
        (failed("UNKNOWN", 2_001), {"naked_since_ms": NOW - 6_000}, True),
        (failed("UNKNOWN", 2_000), {"naked_since_ms": NOW - 6_000}, False),  # could still be accepted
        (failed("UNKNOWN", 2_001), {"naked_since_ms": NOW - 6_000, "by": config(recv_window_ms=3_000)}, False),
        (
            failed("REJECTED", code=-4045),
            {"naked_since_ms": NOW - 5_000, "by": config("protection", naked_seconds_max=D(6))},
            False,
        ),
    ],
)
def test_naked_for_too_long(attempt: Order, changes: dict[str, Any], left: bool) -> None:
    actions = planned_held(attempt, **changes)
    assert bool(placed(actions, "exit")) is left
    assert bool(of(EnterSafeMode, actions)) is left
    assert ("naked_position" in alerted(actions)) is left
    if attempt.status == "REJECTED" and attempt.code == -4045:
        assert placed(actions, "sl")  # it is tried all the same


@pytest.mark.parametrize(
    ("attempt", "fate"),
    [
        (failed("REJECTED", code=-2019), "code -2019"),
        (failed("EXPIRED"), "expired"),
        (failed("UNKNOWN", 2_001), "unknown"),
    ],
)
def test_naked_says_what_became_of_the_attempt(attempt: Order, fate: str) -> None:
    [out] = placed(planned_held(attempt, naked_since_ms=NOW - 6_000), "exit")
    assert out.reason == f"naked for 6000 ms (at most 5 s); {SL} failed: {fate}"


def test_naked_without_any_attempt_is_no_exit() -> None:
    assert not leaves(without=("sl",), naked_since_ms=NOW - 3_600_000)


@pytest.mark.parametrize(
    ("base", "by", "rule"),
    [
        (FLAT, config("protection", on_flat="close"), "on_flat"),
        (FLAT, config("protection", on_opposite="close"), None),
        (decision(SHORT, decision_id="later"), config("protection", on_opposite="close"), "on_opposite"),
        (decision(SHORT, decision_id="later"), config("protection", on_flat="close"), None),
        (LONG, config("protection", on_flat="close", on_opposite="close"), None),
        (Unusable(reason="torn"), config("protection", on_flat="close", on_opposite="close"), None),
        (decision(FLAT, timestamp_ms=NOW - 600_001), config("protection", on_flat="close"), None),
        (decision(FLAT, timestamp_ms=NOW - 600_000), config("protection", on_flat="close"), "on_flat"),
        (decision(FLAT, timestamp_ms=NOW + 5_000), config("protection", on_flat="close"), "on_flat"),
        (decision(FLAT, timestamp_ms=NOW + 5_001), config("protection", on_flat="close"), None),
    ],
)
def test_a_decision_that_wants_out(base: Any, by: Any, rule: str | None) -> None:
    assert [out.rule for out in placed(planned_held(base=base, by=by), "exit")] == ([rule] if rule else [])


def test_a_second_is_counted_from_sending_not_from_arriving() -> None:
    late = order(EXIT, status="EXPIRED", created_at_ms=NOW - 980, updated_at_ms=NOW - 980, sent_at_ms=NOW - 1_000)
    [again] = placed(planned_held(late, market=PASSED), "exit")
    assert again.client_order_id == f"{EXIT}_2"
    assert not leaves(replace(late, sent_at_ms=None), market=PASSED)


@pytest.mark.parametrize(("ago_ms", "again"), [(999, False), (1_000, True)])
def test_the_next_generation_at_most_once_a_second(ago_ms: int, again: bool) -> None:
    sent = order(EXIT, status="UNKNOWN", created_at_ms=None, updated_at_ms=None, sent_at_ms=NOW - ago_ms)
    outs = placed(planned_held(sent, market=PASSED), "exit")
    assert [out.client_order_id for out in outs] == ([f"{EXIT}_2"] if again else [])


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ({"status": "REJECTED", "code": -4131}, "LIMIT"),
        ({"status": "REJECTED", "code": -4118}, "LIMIT"),  # somebody else's order is in the way
        ({"status": "REJECTED", "code": -2022}, "MARKET"),
        ({"status": "EXPIRED", "filled_qty": D("0.004")}, "LIMIT"),
        ({"status": "EXPIRED_IN_MATCH"}, "LIMIT"),
        ({"status": "CANCELED"}, "LIMIT"),
        ({"status": "FILLED", "filled_qty": D("0.004")}, "MARKET"),
        ({"status": "EXPIRED", "type": "LIMIT"}, "MARKET"),  # it alternates
    ],
)
def test_after_a_market_order_that_fell_short_a_limit_inside_the_band(last: dict[str, Any], kind: str) -> None:
    [out] = placed(planned_held(order(EXIT, **last), market=PASSED), "exit")
    assert (out.type, out.price, out.time_in_force) == (
        (kind, D("85215.0"), "IOC") if kind == "LIMIT" else (kind, None, None)
    )


def test_without_a_mark_price_there_is_no_band_and_it_goes_at_market_again() -> None:
    last = order(EXIT, status="REJECTED", code=-4131)
    actions = planned_held(last, base=FLAT, by=config("protection", on_flat="close"), market=market(mark=None))
    [out] = placed(actions, "exit")
    assert (out.type, out.price) == ("MARKET", None)


def test_a_shorts_limit_buys_at_the_upper_edge() -> None:
    short = trade(side="short", sl=D(91800), tp1=D(89400), tp2=D(88100))
    last = order(EXIT, side="BUY", status="REJECTED", code=-4131)
    actions = planned_held(
        last, position="-0.011", trade=short, market=market(price="91800.1"), without=("sl", "tp1", "tp2")
    )
    [out] = placed(actions, "exit")
    assert (out.side, out.price) == ("BUY", D("96390.1"))


def test_the_bands_lower_edge_is_a_tick_at_least() -> None:
    wide = replace(INSTRUMENT, price_band_down=D(1))
    last = order(EXIT, status="REJECTED", code=-4131)
    [out] = placed(planned_held(last, market=PASSED, instrument=wide), "exit")
    assert out.price == D("0.1")


def test_dust_is_only_said() -> None:
    tiny = Position(qty=D("0.0004"), entry_price=D(90800), since_ms=NOW - 60_000)
    actions = planned_held(position=tiny, market=PASSED, trade=trade(qty=tiny.qty, entered=tiny.qty))
    assert placed(actions, "exit") == []
    assert "dust_position" in alerted(actions)


def test_a_large_position_is_left_in_parts_under_their_own_generations() -> None:
    large = Position(qty=D(250), entry_price=D(90800), since_ms=NOW - 60_000)
    outs = placed(planned_held(position=large, market=PASSED, trade=trade(qty=large.qty, entered=large.qty)), "exit")
    assert [(out.client_order_id, out.quantity) for out in outs] == [
        (EXIT, D(120)),
        (f"{EXIT}_2", D(120)),
        (f"{EXIT}_3", D(10)),
    ]


def test_no_exit_while_nothing_stands() -> None:
    assert not leaves(position=Position(qty=D(0), since_ms=MADE), market=PASSED)


def test_the_operator_wants_out_whatever_the_decision_says() -> None:
    [out] = placed(planned_held(flatten="going on holiday"), "exit")
    assert (out.rule, out.reduce_only) == ("flatten", True)
    assert out.reason == "the operator wants 0.011 closed: going on holiday"


def test_the_operator_waits_for_nothing_graver() -> None:
    """A passed level is told as such: it is why the position is left now."""
    [out] = placed(planned_held(flatten="going on holiday", market=PASSED), "exit")
    assert out.rule == "stop_passed"
