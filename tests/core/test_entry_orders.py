"""The orders of an entry: limit, market and IOC, within the maxima, and what is waited for between them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.core.planning import alerted, cancelled, gone, placed, planned, refused
from tests.worlds import ID, INSTRUMENT, LONG, MARKET, NOW, SHORT, config, decision, intent, order, trade

D = Decimal
ENTRY = f"capi_entry_{ID}"
KNOWN: dict[str, Any] = {"intents": (intent(),), "dead_man_until_ms": NOW + 50_000}


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


def test_a_lowered_leverage_is_said_beside_the_entry_too() -> None:
    [entry] = placed(planned(base=decision(leverage=D(20)), leverage=5), "entry")
    assert "leverage 20 lowered to 5" in entry.reason
    [entry] = placed(planned(base=LONG), "entry")
    assert "lowered" not in entry.reason


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
