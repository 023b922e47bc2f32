"""When the rest of an entry goes to market, what it would slip, and what a kept or missing entry looks like."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.config import Config
from capi.core.decision import Decision
from capi.core.entry_plan import EntryPlan, entered_qty, entry_plan
from capi.core.market_entry import (
    MarketEntry,
    chases_are_over,
    chases_used,
    expected_slippage,
    last_attempt_was_market,
    market_entry,
)
from capi.core.orders import Order
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
    trade,
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
    ],
)
def test_when_the_chases_are_over(ages: list[int], over: bool) -> None:
    seen, plan = planned(*(entry(n, age) for n, age in enumerate(ages, 1)))
    assert chases_are_over(seen, plan) is over
    assert chases_used(plan) == len(ages) - 1


def test_orders_of_unknown_age_prove_no_time() -> None:
    ageless = {"created_at_ms": None, "updated_at_ms": None, "status": "CANCELED"}
    seen, plan = planned(*(entry(n, **ageless) for n in (1, 2, 3, 4)))
    assert not chases_are_over(seen, plan)


def test_refused_orders_never_rested() -> None:
    assert going(entry(status="REJECTED", code=-1008)) is None
    seen, plan = planned(entry(1, status="REJECTED"), entry(2, 30_000))
    assert not chases_are_over(seen, plan)
    assert chases_used(plan) == 0


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
        True, "1 orders did not fill it; confidence 0.76, spread 0.011%, expected slippage 1.2004%"
    )


def test_whether_the_last_attempt_took_from_the_book() -> None:
    def took(*orders: Order) -> bool:
        return last_attempt_was_market(planned(*orders)[1].orders)

    assert not last_attempt_was_market(())
    assert took(entry(type="MARKET", price=None))
    assert took(entry(status="EXPIRED"))
    assert took(entry(status="EXPIRED_IN_MATCH"))
    assert not took(entry(type="MARKET", status="EXPIRED"), entry(2))


def test_what_is_missing() -> None:
    part = {"filled_qty": D("0.004")}
    assert planned(entry(status="CANCELED", **part))[1].missing == D("0.007")
    assert planned(entry(status="PARTIALLY_FILLED", **part))[1].missing == 0
    assert planned(entry(status="UNKNOWN"))[1].missing == 0
    held = {"position": "0.005", "trade": trade(qty=D("0.005"), entered=D("0.005"))}
    assert planned(entry(status="CANCELED", **part), **held)[1].missing == D("0.006")
    sold = {"position": "0.002", "trade": trade(qty=D("0.002"), entered=D("0.005"))}
    assert planned(entry(status="CANCELED", **part), **sold)[1].missing == D("0.006")
    assert planned(order("capi_entry_other"), intents=())[1].missing == 0


def test_entered_counts_the_position_only_when_it_is_this_decisions_own() -> None:
    assert entered_qty(view(LONG, account(position="0.5"), (entry(filled_qty=D("0.004")),))) == D("0.5")
    alien = account(position="0.5", trade=trade(decision_id="other"))
    assert entered_qty(view(LONG, alien, (entry(filled_qty=D("0.004")),))) == D("0.004")


OLDER = {"price": D(90710), "quantity": D("0.010")}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"quantity": D("0.011")}, True),
        ({"quantity": D("0.0099")}, True),  # 90 % of 0.011
        ({"quantity": D("0.0098")}, False),
        ({"quantity": D("0.012")}, False),
        ({"price": D(90700)}, True),
        ({"price": D(90900)}, True),
        ({"price": D("90699.9")}, False),
        ({"price": D("90900.1")}, False),
        ({"price": None}, False),
        ({"side": "SELL"}, False),
        ({"type": "MARKET"}, False),
        ({"filled_qty": D("0.001")}, False),
        ({"status": "UNKNOWN"}, False),
    ],
)
def test_an_older_entry_that_serves_is_kept(changes: dict[str, Any], kept: bool) -> None:
    older = order("capi_entry_older", **(OLDER | changes))
    known = (intent("capi_entry_older", decision_id="older"),)
    assert (planned(older, intents=known)[1].resting is not None) is kept


def test_an_older_entry_is_not_kept_at_another_leverage_unknown_to_the_ledger_or_beside_an_own_one() -> None:
    older = order("capi_entry_older", **OLDER)
    known = (intent("capi_entry_older", decision_id="older"),)
    assert planned(older, intents=known, leverage=5)[1].resting is None
    assert planned(older, intents=())[1].resting is None
    assert planned(older, entry(status="CANCELED"), intents=known)[1].resting is None


def test_the_newest_own_entry_that_rests() -> None:
    resting = planned(entry(1), entry(2), entry(3, status="CANCELED"))[1].resting
    assert resting is not None
    assert resting.id.generation == 2


def test_leverage_is_rounded_down_and_capped() -> None:
    assert planned(base=decision(leverage=D("3.9")))[1].leverage == 3
    capped = planned(base=decision(leverage=D(20)))[1]
    assert (capped.leverage, capped.leverage_wished) == (5, D(20))


def test_no_plan_without_a_proposal() -> None:
    assert entry_plan(view(FLAT)) is None
