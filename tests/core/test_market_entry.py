"""When the rest of an entry goes to market, and what it would slip."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.bounds import Bounds
from capi.core.config import Config
from capi.core.decision import Decision
from capi.core.entry_plan import EntryPlan, entry_plan
from capi.core.market_entry import (
    MarketEntry,
    chases_are_over,
    expected_slippage,
    last_attempt_was_market,
    market_entry,
)
from capi.core.orders import Order
from capi.core.plan import horizon
from capi.core.view import View
from tests.worlds import (
    CONFIG,
    FLAT,
    ID,
    LONG,
    MARKET,
    NOW,
    SHORT,
    account,
    config,
    decision,
    intent,
    market,
    order,
    view,
)

D = Decimal
ENTRY = f"capi_entry_{ID}"


def entry(generation: int = 1, age_ms: int = 60_000, **changes: Any) -> Order:
    """An entry order of the example's decision."""
    name = ENTRY if generation == 1 else f"{ENTRY}_{generation}"
    return order(name, **({"created_at_ms": NOW - age_ms, "updated_at_ms": NOW - age_ms} | changes))


def planned(*orders: Order, base: Decision = LONG, by: Config = CONFIG, **changes: Any) -> tuple[View, EntryPlan]:
    """Return the view and the entry's plan."""
    seen = view(base, account(**({"intents": (intent(),)} | changes)), orders, by)
    plan = entry_plan(seen)
    assert plan is not None
    return seen, plan


def going(*orders: Order, missing: str = "0.011", **changes: Any) -> MarketEntry | None:
    """Return whether the rest of an entry goes to market."""
    seen, plan = planned(*(orders or (entry(),)), **changes)
    return market_entry(seen, plan, D(missing))


@pytest.mark.parametrize(
    ("ages", "over"),
    [
        ([60_000], True),  # never chased, but as long as three chases and the first order would have taken
        ([59_999], False),
        ([59_999, 45_000, 30_000, 15_000], True),  # used up, and the last had its time
        ([59_999, 45_000, 30_000, 14_999], False),
        ([59_999, 45_000, 30_000], False),
        ([60_000, 45_000, 30_000, 1_000], True),  # the last has not had its time, all of them together have
        ([45_000, 35_000, 25_000, 15_000], True),
        ([44_999, 35_000, 25_000, 15_000], False),  # taken down early, by a gate: no time for three chases has gone by
        ([20_000, 19_000, 18_000, 16_000], False),
        ([20_000, 19_000, 18_000, 17_000, 16_000], False),  # nor by one more
        ([44_999, 35_000, 30_000, 25_000, 15_000], False),
        ([45_000, 35_000, 30_000, 25_000, 15_000], True),
        ([90_000, 75_000, 60_000, 45_000, 14_999], False),  # a limit that went up again has its own time first
        ([90_000, 75_000, 60_000, 45_000, 15_000], True),
    ],
)
def test_when_the_chases_are_over(ages: list[int], over: bool) -> None:
    seen, plan = planned(*(entry(n, age) for n, age in enumerate(ages, 1)))
    assert chases_are_over(seen, plan) is over
    assert plan.chases == len(ages) - 1


@pytest.mark.parametrize(("age_ms", "over"), [(999, False), (1_000, True)])
def test_an_order_that_may_be_on_its_way_is_left_alone(age_ms: int, over: bool) -> None:
    seen, plan = planned(entry(), entry(2, age_ms, price=D(90900)))  # an IOC says NEW until it has been matched
    assert chases_are_over(seen, plan) is over


def test_orders_of_unknown_age_prove_no_time() -> None:
    ageless: dict[str, Any] = {"created_at_ms": None, "updated_at_ms": None, "status": "CANCELED"}
    seen, plan = planned(*(entry(n, **ageless) for n in (1, 2, 3, 4)))
    assert not chases_are_over(seen, plan)


def test_refused_orders_never_rested() -> None:
    assert going(entry(status="REJECTED", code=-1008)) is None
    seen, plan = planned(entry(1, status="REJECTED"), entry(2, 30_000))
    assert not chases_are_over(seen, plan)
    assert plan.chases == 0


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, True),
        ({"base": decision(confidence=D("0.75"))}, True),
        ({"base": decision(confidence=D("0.7499"))}, False),
        ({"market": market(price="90900")}, True),
        ({"market": market(price="90900.1")}, False),
        ({"market": market(price="90700")}, True),
        ({"market": market(price="90699.9")}, False),
        ({"market": replace(MARKET, ask=None)}, False),
        ({"market": replace(MARKET, bid=None)}, False),
        ({"market": replace(MARKET, bid=D("90788.65"), ask=D("90811.35"))}, True),  # 0.025 %
        ({"market": replace(MARKET, bid=D("90788.6"), ask=D("90811.4"))}, False),
        ({"by": config("chase", after_seconds=D("15.001"))}, False),
        ({"by": config("entry", market_confidence=D("0.77"))}, False),
    ],
)
def test_conditions_of_a_long(changes: dict[str, Any], due: bool) -> None:
    got = going(**changes)
    assert (got is not None and got.due) is due


@pytest.mark.parametrize(
    ("price", "due"), [("90900.1", True), ("90900.2", False), ("90700.1", True), ("90700.0", False)]
)
def test_a_shorts_bid_must_stand_in_the_zone(price: str, due: bool) -> None:
    got = going(entry(side="SELL"), base=SHORT, market=market(price=price), intents=(intent(side="SELL"),))
    assert (got is not None and got.due) is due


def test_nothing_goes_to_market_before_a_limit_was_tried_or_without_a_proposal() -> None:
    seen, plan = planned(intents=())
    assert market_entry(seen, plan, D("0.011")) is None
    assert market_entry(view(FLAT), plan, D("0.011")) is None


def test_the_reason_carries_what_was_compared() -> None:
    got = going()
    assert got is not None
    assert all(number in got.reason for number in ("1 ", "0.76", "0.0001%", "0%"))


@pytest.mark.parametrize(
    ("depth", "missing", "slippage"),
    [
        ("5", "5", "0"),  # the touch takes it
        ("5", "5.001", None),
        ("0.0055", "0.011", None),  # one further level of a tick
        ("0", "0.011", "unknown"),
    ],
)
def test_expected_slippage_of_a_long(depth: str, missing: str, slippage: str | None) -> None:
    seen, _ = planned(market=replace(MARKET, ask_qty=D(depth)))
    got = expected_slippage(seen, D(missing))
    if slippage == "unknown":
        assert got is None
    elif slippage is not None:
        assert got == D(slippage)
    else:
        assert got == (D(missing) / D(depth) - 1) * D("0.1") / D(90800)


def test_a_wide_book_slips_by_its_spreads() -> None:
    book = replace(MARKET, bid=D(90790), ask=D(90800), bid_qty=D(1), ask_qty=D(2))
    assert expected_slippage(planned(market=book)[0], D(6)) == D(20) / D(90800)
    assert expected_slippage(planned(base=SHORT, market=book)[0], D(3)) == D(20) / D(90790)


@pytest.mark.parametrize("gap", [{"bid": None}, {"ask": None}, {"ask_qty": None}])
def test_slippage_in_an_unknown_book_is_unknown(gap: dict[str, None]) -> None:
    assert expected_slippage(planned(market=replace(MARKET, **gap))[0], D(1)) is None


def test_a_thin_book_waits_and_says_so() -> None:
    thin = replace(MARKET, bid=D(90790), ask_qty=D("0.0001"))
    got = going(market=thin)
    assert got is not None
    assert (got.due, got.waits) == (False, True)
    assert "1.2004%" in got.reason
    blind = going(market=replace(MARKET, ask_qty=None))
    assert blind is not None
    assert "unknown" in blind.reason
    assert going(market=thin, by=config("entry", slippage_max=D("0.013"))) == MarketEntry(
        True, "not filled by 1 so far; confidence 0.76, spread 0.011%, expected slippage 1.2004%"
    )


def test_beyond_the_touch_every_change_of_the_book_counts() -> None:
    def bounds(**book: Decimal | None) -> Bounds:
        return horizon(LONG, account(intents=(intent(),), market=replace(MARKET, **book)), (entry(),), CONFIG)

    waits = bounds(bid=D("90799.9"), ask=D("90817.9"), ask_qty=D("0.0001"))
    assert waits.low["ask_qty"] == waits.high["ask_qty"] == D("0.0001")
    assert waits.low["ask"] == waits.high["ask"] == D("90817.9")
    assert waits.low["bid"] == waits.high["bid"] == D("90799.9")
    goes = bounds()
    assert goes.low["ask_qty"] == D("0.011")  # less at the touch, and the slippage must be looked at
    assert "ask_qty" not in goes.high


def test_whether_the_last_attempt_took_from_the_book() -> None:
    def took(*orders: Order) -> bool:
        return last_attempt_was_market(planned(*orders)[1].orders)

    assert not last_attempt_was_market([])
    assert took(entry(type="MARKET", price=None))
    assert took(entry(status="EXPIRED"))
    assert took(entry(status="EXPIRED_IN_MATCH"))
    assert not took(entry(type="MARKET", status="EXPIRED"), entry(2))
