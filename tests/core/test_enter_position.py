"""The decision's entry in one look: what is placed, taken down, set or waited for, and what is said of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import Refuse, SetLeverage, SetMarginMode
from tests.core.planning import alerted, cancelled, of, placed, planned, planned_held, refused
from tests.worlds import (
    FLAT,
    ID,
    INSTRUMENT,
    LONG,
    MARKET,
    NOW,
    SHORT,
    config,
    decision,
    intent,
    market,
    order,
    trade,
)

D = Decimal
ENTRY = f"capi_entry_{ID}"
KNOWN: dict[str, Any] = {"intents": (intent(),), "dead_man_until_ms": NOW + 50_000}


def gone(generation: int = 1, age_ms: int = 15_000, **changes: Any) -> Any:
    """An entry order that has ended, or with another status."""
    name = ENTRY if generation == 1 else f"{ENTRY}_{generation}"
    base = {"status": "CANCELED", "created_at_ms": NOW - age_ms, "updated_at_ms": NOW}
    return order(name, **(base | changes))


def test_the_first_limit_carries_its_intent() -> None:
    [entry] = placed(planned(base=LONG), "entry")
    assert entry.key == ("plain", ENTRY)
    assert (entry.type, entry.time_in_force, entry.price, entry.quantity) == ("LIMIT", "GTC", D(90800), D("0.011"))
    assert (entry.sl, entry.tp1, entry.tp2, entry.intended_qty) == (D(89800), D(92200), D(93500), D("0.011"))
    assert (entry.rule, entry.decision_id, entry.reduce_only) == ("enter_position", ID, False)


def test_what_was_cut_is_said_beside_the_order() -> None:
    [entry] = placed(planned(base=LONG, by=config("risk", risk_per_trade_max=D("0.001"))), "entry")
    assert entry.quantity == D("0.010")
    assert "0.011 cut to 0.010" in entry.reason


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


def test_a_lowered_leverage_is_said_beside_the_entry_too() -> None:
    [entry] = placed(planned(base=decision(leverage=D(20)), leverage=5), "entry")
    assert "leverage 20 lowered to 5" in entry.reason
    [entry] = placed(planned(base=LONG), "entry")
    assert "lowered" not in entry.reason


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


def test_market_cancels_now_and_takes_later() -> None:
    first = planned(order(ENTRY, created_at_ms=NOW - 60_000), base=LONG, **KNOWN)
    assert cancelled(first) == {ENTRY}
    [then] = placed(planned(gone(age_ms=60_000), base=LONG, **KNOWN), "entry")
    assert (then.type, then.price, then.time_in_force, then.rule) == ("MARKET", None, None, "market_entry")


@pytest.mark.parametrize(("base", "price"), [(LONG, "90900.0"), (SHORT, "90700.0")])
def test_ioc_takes_up_to_the_zones_edge(base: Any, price: str) -> None:
    side = base.proposal.side
    sent = gone(age_ms=60_000, side=side)
    [entry] = placed(
        planned(sent, base=base, intents=(intent(side=side),), by=config("entry", market_type="ioc")), "entry"
    )
    assert (entry.type, entry.time_in_force, entry.price) == ("LIMIT", "IOC", D(price))


def test_a_market_order_is_cut_to_its_maximum() -> None:
    small = replace(INSTRUMENT, market_max_qty=D("0.0045"))
    [entry] = placed(planned(gone(age_ms=60_000), base=LONG, instrument=small, intents=(intent(),)), "entry")
    assert entry.quantity == D("0.004")
    unbounded = replace(INSTRUMENT, market_max_qty=None)
    [whole] = placed(planned(gone(age_ms=60_000), base=LONG, instrument=unbounded, intents=(intent(),)), "entry")
    assert whole.quantity == D("0.011")


def test_an_ioc_is_cut_to_the_maximum_of_a_limit() -> None:
    small = replace(INSTRUMENT, max_qty=D("0.0045"), market_max_qty=D("0.002"))
    ioc = config("entry", market_type="ioc")
    [entry] = placed(planned(gone(age_ms=60_000), base=LONG, instrument=small, intents=(intent(),), by=ioc), "entry")
    assert (entry.time_in_force, entry.quantity) == ("IOC", D("0.004"))


def test_no_order_goes_out_that_the_maxima_leave_nothing_of() -> None:
    none = replace(INSTRUMENT, market_max_qty=D("0.0005"))
    assert placed(planned(gone(age_ms=60_000), base=LONG, instrument=none, intents=(intent(),)), "entry") == []
    none = replace(INSTRUMENT, max_qty=D("0.0005"))
    assert placed(planned(base=LONG, instrument=none, intents=(intent(decision_id=ID),)), "entry") == []
    fixed = gone(filled_qty=D("0.002"))
    actions = planned(
        fixed, order(f"capi_sl_{ID}"), base=LONG, instrument=none, position="0.002", intents=(intent(),),
        trade=trade(qty=D("0.002"), entered=D("0.002")),
    )  # fmt: skip
    assert placed(actions, "entry") == []


def test_an_unbounded_maximum_cuts_nothing() -> None:
    [entry] = placed(planned(base=LONG, instrument=replace(INSTRUMENT, max_qty=None)), "entry")
    assert entry.quantity == D("0.011")


def test_a_part_just_taken_from_the_book_is_waited_for() -> None:
    def left(age_ms: int) -> Any:
        taken = gone(2, age_ms, type="MARKET", price=None, status="EXPIRED", filled_qty=D("0.004"))
        held: dict[str, Any] = {
            "position": "0.004",
            "trade": trade(qty=D("0.004"), entered=D("0.004")),
            "day_trades": 1,
        }
        return planned(gone(age_ms=90_000), taken, order(f"capi_sl_{ID}"), base=LONG, intents=(intent(),), **held)

    assert "market_entry" in refused(left(14_999))
    assert placed(left(14_999), "entry") == []
    [rest] = placed(left(15_000), "entry")
    assert (rest.type, rest.quantity) == ("MARKET", D("0.007"))


def test_a_taking_order_of_unknown_age_is_not_waited_for() -> None:
    ageless = gone(2, type="MARKET", price=None, status="EXPIRED", created_at_ms=None, updated_at_ms=None)
    assert placed(planned(gone(age_ms=90_000), ageless, base=LONG, intents=(intent(),)), "entry")


def test_a_thin_book_is_said_and_the_limit_goes_on() -> None:
    thin = replace(MARKET, bid=D(90790), ask_qty=D("0.0001"))
    waiting = planned(order(ENTRY, created_at_ms=NOW - 60_000), base=LONG, market=thin, **KNOWN)
    assert (alerted(waiting), cancelled(waiting)) == (["slippage_too_high"], set())
    placing = planned(gone(age_ms=60_000), base=LONG, market=thin, intents=(intent(),))
    assert alerted(placing) == ["slippage_too_high"]
    assert [entry.type for entry in placed(placing, "entry")] == ["LIMIT"]


def test_a_circuit_is_said() -> None:
    actions = planned(gone(status="REJECTED", code=-4003), base=LONG)
    assert placed(actions, "entry") == []
    assert "-4003" in next(action.reason for action in of(Refuse, actions) if action.rule == "circuit")


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
