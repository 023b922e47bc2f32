"""The decision's entry in one look: what is placed, taken down, set or waited for, and what is said of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import CancelOrder, Refuse, SetLeverage, SetMarginMode
from tests.core.planning import cancelled, gone, of, placed, planned, planned_held, refused
from tests.worlds import (
    FLAT,
    ID,
    INSTRUMENT,
    LONG,
    MARKET,
    NOW,
    decision,
    intent,
    market,
    order,
    trade,
)

D = Decimal
ENTRY = f"capi_entry_{ID}"
KNOWN: dict[str, Any] = {"intents": (intent(),), "dead_man_until_ms": NOW + 50_000}


def test_every_closed_gate_is_said() -> None:
    assert refused(planned(base=LONG, paused=True, equity=None)) == {
        "paused",
        "drawdown_day",
        "drawdown_week",
        "equity",
    }


def test_a_gate_that_cancels_takes_every_resting_entry_down() -> None:
    actions = planned(order(ENTRY), order("capi_entry_older"), base=LONG, paused=True, **KNOWN)
    assert cancelled(actions) == {ENTRY, "capi_entry_older"}


def test_what_does_not_rest_is_not_cancelled() -> None:
    assert cancelled(planned(order(ENTRY, status="UNKNOWN"), base=LONG, paused=True, **KNOWN)) == set()


def test_a_gate_that_only_blocks_leaves_it() -> None:
    wide = replace(MARKET, ask=D(90900))
    actions = planned(order(ENTRY), base=LONG, market=wide, **KNOWN)
    assert (refused(actions), cancelled(actions)) == ({"spread"}, set())


def test_older_entries_and_surplus_ones_go_first_and_nothing_is_placed() -> None:
    actions = planned(order(f"{ENTRY}_2"), order(ENTRY), order("capi_entry_older"), base=LONG, **KNOWN)
    assert cancelled(actions) == {ENTRY, "capi_entry_older"}
    assert placed(actions, "entry") == []


def test_why_an_older_entry_does_not_serve_is_said_with_its_stop_and_leverage() -> None:
    older, looser = order("capi_entry_older"), intent("capi_entry_older", decision_id="older", sl=D(70000))
    known: dict[str, Any] = {"dead_man_until_ms": NOW + 50_000, "intents": (looser,)}
    [gone_] = of(CancelOrder, planned(older, base=LONG, **known))
    assert "BUY 0.011 at 90800.0, stop 70000, 3x does not serve decision" in gone_.reason
    assert "BUY 0.011 at 90800.0, stop 89800.0, 3x" in gone_.reason
    [stray] = of(CancelOrder, planned(older, base=LONG, **(known | {"intents": (), "leverage": None})))
    assert "stop unknown, leverage unknown does not" in stray.reason


@pytest.mark.parametrize("filled", ["0", "0.011"])
def test_an_order_that_somebody_made_larger_than_was_intended_goes(filled: str) -> None:
    larger = order(ENTRY, quantity=D("0.022"), filled_qty=D(filled))
    stands = Position(qty=D(filled), entry_price=D(90800), since_ms=NOW - 500)
    actions = planned(larger, order(f"capi_sl_{ID}"), base=LONG, position=stands, intents=(intent(),))
    assert cancelled(actions) >= {ENTRY}


def test_what_could_overfill_goes() -> None:
    grown = Position(qty=D("0.004"), entry_price=D(90800), since_ms=NOW - 500)
    known = trade(qty=grown.qty, entered=grown.qty)
    actions = planned(order(ENTRY), order(f"capi_sl_{ID}"), base=LONG, position=grown, trade=known, intents=(intent(),))
    assert cancelled(actions) == {ENTRY}


@pytest.mark.parametrize(
    ("seen", "leverage", "mode"),
    [
        ({"leverage": 2}, [3], []),
        ({"leverage": None}, [3], []),
        ({"margin_mode": "cross"}, [], ["isolated"]),
        ({"leverage": 1, "margin_mode": None}, [3], ["isolated"]),
        ({"leverage": 2, "complete": False}, [], []),
        ({"leverage": 2, "intents": (intent(),)}, [], []),
        ({"leverage": 2, "paused": True}, [], []),
    ],
)
def test_settings_come_before_the_entry(seen: dict[str, Any], leverage: list[int], mode: list[str]) -> None:
    actions = planned(base=LONG, **seen)
    assert [action.leverage for action in of(SetLeverage, actions)] == leverage
    assert [action.margin_mode for action in of(SetMarginMode, actions)] == mode
    assert placed(actions, "entry") == []


def test_a_lowered_leverage_is_said() -> None:
    [lowered] = of(SetLeverage, planned(base=decision(leverage=D(20))))
    assert lowered.leverage == 5
    assert "20 lowered to the cap of 5" in lowered.reason
    [asked] = of(SetLeverage, planned(base=decision(leverage=D(2))))
    assert "lowered" not in asked.reason


def test_settings_are_not_touched_in_a_position_or_beside_an_entry() -> None:
    part = {"qty": D("0.004"), "entered": D("0.004")}
    held: dict[str, Any] = {"position": "0.004", "trade": trade(**part), "leverage": 2}
    entering = order(ENTRY, status="PARTIALLY_FILLED", filled_qty=D("0.004"))
    assert of(SetLeverage, planned(entering, order(f"capi_sl_{ID}"), base=LONG, intents=(intent(),), **held)) == []
    assert of(SetLeverage, planned(order(ENTRY), base=LONG, leverage=2, **KNOWN)) == []


def test_a_chase_cancels_now_and_places_later() -> None:
    drifted = {"market": market(price="90850.2"), "base": decision(confidence=D("0.5")), **KNOWN}
    first = planned(order(ENTRY, created_at_ms=NOW - 15_000), **drifted)
    assert (cancelled(first), placed(first, "entry")) == ({ENTRY}, [])
    [then] = placed(planned(gone(), **drifted), "entry")
    assert (then.client_order_id, then.price, then.rule) == (f"{ENTRY}_2", D("90850.1"), "chase_entry")


def test_after_a_refused_first_limit_the_next_one_chases_nothing() -> None:
    [then] = placed(planned(gone(status="REJECTED", code=-1008), base=LONG), "entry")
    assert (then.client_order_id, then.rule) == (f"{ENTRY}_2", "enter_position")


def test_a_circuit_is_said() -> None:
    actions = planned(gone(status="REJECTED", code=-4003), base=LONG)
    assert placed(actions, "entry") == []
    assert "-4003" in next(action.reason for action in of(Refuse, actions) if action.rule == "circuit")


@pytest.mark.parametrize(
    ("rested_ms", "ago_ms", "waits"),
    [((900, 900), 14_999, True), ((900, 900), 15_000, False), ((900,), 900, False), ((15_000, 900), 900, False)],
)
def test_one_that_is_taken_down_again_and_again_waits(rested_ms: tuple[int, ...], ago_ms: int, waits: bool) -> None:
    """Somebody cancels it: the first time it goes up again at once, from the second on chase.after_seconds later."""
    down = [
        order(
            ENTRY if number == 0 else f"{ENTRY}_{number + 1}",
            status="CANCELED",
            created_at_ms=NOW - ago_ms - (len(rested_ms) - 1 - number) * 20_000,
            updated_at_ms=NOW - ago_ms - (len(rested_ms) - 1 - number) * 20_000 + rested,
        )
        for number, rested in enumerate(rested_ms)
    ]
    actions = planned(*down, base=LONG, intents=(intent(),))
    assert (refused(actions) == {"circuit"}) is waits
    assert len(placed(actions, "entry")) == (0 if waits else 1)


def test_one_that_was_taken_down_to_go_to_market_is_followed_by_that_order_at_once() -> None:
    """Its time was over after 60 s, its last limit 10 s old: the cancel is confirmed, and nothing is waited for."""
    down = [
        order(ENTRY, status="CANCELED", created_at_ms=NOW - 62_000, updated_at_ms=NOW - 59_000),
        order(f"{ENTRY}_2", status="CANCELED", created_at_ms=NOW - 10_000, updated_at_ms=NOW - 500),
    ]
    [entry] = placed(planned(*down, base=replace(LONG, timestamp_ms=NOW - 100_000), intents=(intent(),)), "entry")
    assert (entry.type, entry.quantity) == ("MARKET", D("0.011"))


def test_parts_that_have_filled_were_not_taken_down() -> None:
    """An entry beyond the maximum of one order goes out in parts, each as soon as the one before it has filled."""
    part, small = D("0.004"), replace(INSTRUMENT, max_qty=D("0.004"))
    filled = [
        order(
            ENTRY if number == 1 else f"{ENTRY}_{number}",
            status="FILLED",
            quantity=part,
            filled_qty=part,
            created_at_ms=NOW - 9_000 + number * 2_000,
            updated_at_ms=NOW - 8_000 + number * 2_000,
        )
        for number in (1, 2)
    ]
    seen: dict[str, Any] = {"position": "0.008", "trade": trade(qty=D("0.008"), entered=D("0.008")), "day_trades": 1}
    guarded = order(f"capi_sl_{ID}")
    actions = planned(*filled, guarded, base=LONG, intents=(intent(),), instrument=small, **seen)
    assert [one.quantity for one in placed(actions, "entry")] == [D("0.003")]


def test_a_rest_below_the_minimum_is_not_ordered() -> None:
    part = gone(filled_qty=D("0.0105"))
    held: dict[str, Any] = {"position": "0.0105", "trade": trade(qty=D("0.0105"), entered=D("0.0105")), "day_trades": 1}
    actions = planned(part, order(f"capi_sl_{ID}"), base=LONG, intents=(intent(),), **held)
    assert (placed(actions, "entry"), refused(actions)) == ([], {"below_minimum"})
    assert "the missing 0.0005" in next(action.reason for action in of(Refuse, actions))


def test_a_rest_beside_a_kept_older_entry_is_not_ordered() -> None:
    older = order("capi_entry_older", quantity=D("0.010"), price=D(90790))
    known: dict[str, Any] = {"intents": (intent("capi_entry_older", decision_id="older", quantity=D("0.010")),)}
    actions = planned(older, base=LONG, dead_man_until_ms=NOW + 50_000, **known)
    assert actions == []


def test_nothing_is_asked_once_the_entry_has_all_it_is_to_have() -> None:
    assert planned_held(base=LONG, paused=True, equity=None) == []


def test_a_flat_decision_places_nothing() -> None:
    assert placed(planned(base=FLAT), "entry") == []
