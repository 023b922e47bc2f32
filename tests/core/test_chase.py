"""A resting entry follows the price: when, how far, how often, and where to."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.chase import chase_due, drift_limit, is_chase, next_price, own_touch
from capi.core.decision import Decision
from capi.core.entry_plan import EntryPlan, entry_plan
from capi.core.orders import Order
from capi.core.view import View
from tests.worlds import FLAT, ID, LONG, MARKET, NOW, SHORT, account, config, decision, intent, market, order, view

D = Decimal
ENTRY = f"capi_entry_{ID}"


def planned(base: Decision, orders: tuple[Order, ...], **changes: Any) -> tuple[View, EntryPlan]:
    """Return the view and the entry's plan."""
    seen = view(base, account(intents=(intent(),), **changes), orders)
    plan = entry_plan(seen)
    assert plan is not None
    return seen, plan


def due(resting: Order, price: str = "90850.2", base: Decision = LONG, earlier: tuple[Order, ...] = ()) -> str | None:
    """Return why a resting order should follow a price."""
    seen, plan = planned(base, (*earlier, resting), market=market(price=price))
    return chase_due(seen, plan, resting)


def resting(age_ms: int = 15_000, generation: int = 1, **changes: Any) -> Order:
    """An entry that rests."""
    name = ENTRY if generation == 1 else f"{ENTRY}_{generation}"
    return order(name, **({"created_at_ms": NOW - age_ms} | changes))


@pytest.mark.parametrize(
    ("age_ms", "price", "is_due"),
    [
        (15_000, "90850.2", True),  # the bid is 50.1 above: a quarter of the zone's width is 50
        (15_000, "90850.1", False),
        (14_999, "90850.2", False),
        (15_000, "90900.1", True),  # the bid stands at the zone's edge
        (15_000, "90900.2", False),  # outside: the order stays
        (15_000, "90740.0", False),  # toward the order: it will fill
        (15_000, "90600.0", False),
    ],
)
def test_a_long_follows_the_bid_up(age_ms: int, price: str, is_due: bool) -> None:
    assert (due(resting(age_ms), price) is not None) is is_due


@pytest.mark.parametrize(
    ("price", "is_due"),
    [("90749.9", True), ("90750.0", False), ("90700.0", True), ("90699.9", False), ("90860", False)],
)
def test_a_short_follows_the_ask_down(price: str, is_due: bool) -> None:
    assert (due(resting(side="SELL"), price, SHORT) is not None) is is_due


def test_the_reason_says_how_long_and_how_far() -> None:
    assert due(resting()) == "unfilled at 90800.0 for 15 s, the bid has drifted to 90850.1 (0.0552%)"


def test_what_does_not_rest_as_a_limit_of_known_age_is_not_chased() -> None:
    assert due(resting(type="MARKET")) is None
    assert due(resting(price=None)) is None
    assert due(resting(created_at_ms=None, updated_at_ms=None)) is None


def test_at_most_attempts_max_times() -> None:
    ended = tuple(resting(60_000, n, status="CANCELED") for n in (1, 2, 3))
    assert due(resting(generation=3), earlier=ended[:2]) is not None
    assert due(resting(generation=4), earlier=ended) is None
    refused = (*ended[:2], resting(60_000, 3, status="REJECTED"))
    assert due(resting(generation=4), earlier=refused) is not None


def test_no_chase_without_a_touch_or_a_proposal() -> None:
    seen, plan = planned(LONG, (resting(),), market=replace(MARKET, bid=None))
    assert chase_due(seen, plan, resting()) is None
    assert chase_due(view(FLAT), plan, resting()) is None


def test_the_drift_that_counts() -> None:
    assert drift_limit(view(), D(90800)) == 50
    wide = decision(zone_min=D(89000), zone_max=D(91000), sl=D(88000))
    assert drift_limit(view(wide), D(90000)) == 135
    assert drift_limit(view(wide, by=config("chase", threshold=D("0.001"))), D(90000)) == 90
    assert drift_limit(view(FLAT), D(90000)) == 135


def test_a_drift_is_at_least_a_tick() -> None:
    point = decision(zone_min=D(90800), zone_max=D(90800))
    off = resting(price=D("90799.95"))
    assert due(off, "90800.1", point) is None  # the bid at 90800.0 is half a tick away
    assert due(resting(price=D("90799.9")), "90800.1", point) is not None


def test_own_touch() -> None:
    assert own_touch(view(), "BUY") == ("bid", D("90799.9"))
    assert own_touch(view(), "SELL") == ("ask", D("90800.0"))


def ended(rested_ms: int = 15_000, generation: int = 1, **changes: Any) -> Order:
    """An entry that was cancelled a second ago, after it had rested for so long."""
    at = {"updated_at_ms": NOW - 1_000, "created_at_ms": NOW - 1_000 - rested_ms}
    return resting(generation=generation, **({"status": "CANCELED"} | at | changes))


def next_of(*orders: Order, base: Decision = LONG, **changes: Any) -> Decimal:
    """Return where the next limit rests."""
    seen, plan = planned(base, orders, **changes)
    return next_price(seen, plan)


def test_the_first_limit_rests_in_the_middle_whatever_the_book() -> None:
    assert next_of(market=market(price="90880")) == D("90800.0")
    assert next_of(resting(status="REJECTED"), market=market(price="90880")) == D("90800.0")
    assert next_of(resting(type="MARKET", price=None, status="EXPIRED")) == D("90800.0")


def test_later_ones_rest_at_the_touch_inside_the_zone() -> None:
    gone = ended(price=D("90790.0"))
    assert next_of(gone, market=market(price="90880")) == D("90879.9")
    assert next_of(gone, market=market(price="90900.1")) == D("90900.0")
    assert next_of(gone, market=market(price="90900.2")) == D("90790.0")
    assert next_of(gone, market=market(price="90699")) == D("90790.0")
    assert next_of(gone, market=replace(MARKET, bid=None)) == D("90790.0")
    sold = ended(side="SELL", price=D("90810.0"))
    assert next_of(sold, base=SHORT, market=market(price="90750.05")) == D("90750.1")


@pytest.mark.parametrize(
    ("gone", "price"),
    [
        (ended(15_000), "90879.9"),
        (ended(14_999), "90790"),  # a gate, a pause or a person took it down: that is no chase
        (ended(1), "90790"),
        (ended(0), "90879.9"),  # one time for both ends is not known to be early
        (ended(4_000, updated_at_ms=None), "90879.9"),
        (ended(4_000, created_at_ms=None), "90879.9"),
        (ended(4_000, status="UNKNOWN"), "90790"),
        (ended(4_000, status="NEW"), "90879.9"),
    ],
)
def test_one_that_ended_before_its_time_keeps_its_price(gone: Order, price: str) -> None:
    gone = replace(gone, price=D(90790))
    seen, plan = planned(LONG, (gone,), market=market(price="90880"))
    assert (next_price(seen, plan), is_chase(seen, plan)) == (D(price), price != "90790")


def test_a_limit_beyond_the_last_chase_keeps_the_last_price() -> None:
    up = market(price="90880")
    rested = [ended(generation=n, price=D(90790 + n)) for n in (1, 2, 3, 4)]
    assert next_of(*rested[:3], market=up) == D("90879.9")
    assert next_of(*rested, market=up) == D(90794)


@pytest.mark.parametrize("status", ["EXPIRED", "EXPIRED_IN_MATCH"])
def test_the_edge_that_an_ioc_took_up_to_is_no_price_to_rest_at(status: str) -> None:
    rested, taking = ended(price=D(90790)), ended(50, generation=2, status=status, price=D(90900))
    assert next_of(rested, taking, market=market(price="90880")) == D(90790)
    assert next_of(taking) == D("90800.0")


def test_nothing_is_chased_before_an_order_has_rested() -> None:
    for orders in ((), (ended(status="REJECTED"),)):
        assert not is_chase(*planned(LONG, orders))


def test_without_a_proposal_the_levels_price_holds() -> None:
    _, plan = planned(LONG, (resting(status="CANCELED", price=D("90790.0")),))
    assert next_price(view(FLAT), plan) == D("90800.0")


OLDER = "capi_entry_20251128T100000Z"


def price_after_an_older_one(market_at: str, **changes: Any) -> Decimal:
    """Return where the decision's first entry goes after an older decision's was cancelled."""
    times = {"created_at_ms": NOW - 20_000, "updated_at_ms": NOW - 100}
    cancelled = order(OLDER, **({"status": "CANCELED"} | times | changes))
    known = account(intents=(intent(OLDER, decision_id="20251128T100000Z"),), market=market(price=market_at))
    seen = view(LONG, known, (cancelled,))
    plan = entry_plan(seen)
    assert plan is not None
    return next_price(seen, plan)


def test_an_older_decisions_entry_that_served_is_followed_to_the_touch() -> None:
    assert price_after_an_older_one("90870") == D("90869.9")
    assert price_after_an_older_one("90950") == D("90800.0")  # the touch has left the zone


@pytest.mark.parametrize(
    "changes",
    [
        {"price": D("90600")},  # it did not serve
        {"updated_at_ms": NOW - 15_000},  # too long ago
        {"created_at_ms": NOW - 5_000},  # taken down early: not to follow anything
        {"updated_at_ms": None},
        {"status": "EXPIRED"},
    ],
)
def test_one_that_ended_otherwise_is_not_followed(changes: dict[str, Any]) -> None:
    assert price_after_an_older_one("90870", **changes) == D("90800.0")
