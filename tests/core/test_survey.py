"""One view, derived once: what a survey tells is what the functions of the same names return."""

from dataclasses import replace
from decimal import getcontext, localcontext
from typing import Any

import pytest

from capi.core.bounds import Bounds
from capi.core.plan import Survey, horizon, plan, summary
from tests.core.test_purity import WORLDS
from tests.worlds import CONFIG, FLAT, LONG, NOW, account, held, order

SL = "capi_sl_20251128T100500Z"


def limits(bounds: Bounds) -> dict[str, Any]:
    """Return what bounds hold: they compare by identity."""
    return {"until_ms": bounds.until_ms, "low": bounds.low, "high": bounds.high}


@pytest.mark.parametrize("collect", [True, False])
@pytest.mark.parametrize("name", WORLDS)
def test_its_parts_are_what_the_functions_return(name: str, collect: bool) -> None:
    survey = Survey(*WORLDS[name], CONFIG, collect=collect)
    assert survey.summary == summary(*WORLDS[name], CONFIG)
    assert survey.actions == plan(*WORLDS[name], CONFIG)
    assert limits(survey.bounds) == limits(horizon(*WORLDS[name], CONFIG))


@pytest.mark.parametrize("name", WORLDS)
def test_bounds_come_from_planning_whoever_asks_first(name: str) -> None:
    survey = Survey(*WORLDS[name], CONFIG, collect=True)
    assert limits(survey.bounds) == limits(horizon(*WORLDS[name], CONFIG))
    assert survey.actions is survey.actions  # planned once


@pytest.mark.parametrize("collect", [True, False])
def test_an_account_that_knows_more_gets_a_survey_of_its_own(collect: bool) -> None:
    """Naked for six seconds, one try refused: only with the time noted is the position left."""
    seen, orders = held(order(SL, status="REJECTED", code=-4045, created_at_ms=NOW - 5000))
    first = Survey(FLAT, seen, orders, CONFIG, collect=collect)
    noted = replace(seen, naked_since_ms=NOW - 6000)
    second = first.with_account(noted)
    assert first.summary.guard == second.summary.guard == "naked"
    assert first.actions == plan(FLAT, seen, orders, CONFIG)
    assert second.actions == plan(FLAT, noted, orders, CONFIG) != first.actions
    assert limits(second.bounds) == limits(horizon(FLAT, noted, orders, CONFIG))


def test_it_tells_whether_flat_is_confirmed() -> None:
    seen = account()
    assert Survey(LONG, seen, (), CONFIG).is_flat_confirmed
    assert not Survey(LONG, replace(seen, complete=False), (), CONFIG).is_flat_confirmed


def test_the_same_account_gets_the_same_survey() -> None:
    survey = Survey(LONG, account(), (), CONFIG)
    assert survey.with_account(survey.account) is survey


def test_the_callers_decimal_context_neither_counts_nor_changes_a_survey() -> None:
    expected = Survey(FLAT, *held(), CONFIG, collect=True)
    with localcontext() as narrow:
        narrow.prec = 3
        survey = Survey(FLAT, *held(), CONFIG, collect=True)
        assert (survey.summary, survey.actions) == (expected.summary, expected.actions)
        assert limits(survey.bounds) == limits(expected.bounds)
        assert getcontext().prec == 3
