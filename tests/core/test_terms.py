"""What follows from decision, instrument and configuration is remembered, and no plan depends on that."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest

from capi.core.decision import Decision, Unusable
from capi.core.terms import derive_terms, terms_of
from capi.core.units import EXACT
from tests.worlds import CONFIG, FLAT, INSTRUMENT, LONG, MADE, SHORT, config, decision

D = Decimal


def test_the_same_objects_have_the_same_terms() -> None:
    assert terms_of(LONG, INSTRUMENT, CONFIG) is terms_of(LONG, INSTRUMENT, CONFIG)


@pytest.mark.parametrize("other", [decision(sl=D(89900)), SHORT, FLAT, Unusable(reason="torn")])
def test_another_decision_has_terms_of_its_own(other: Decision | Unusable) -> None:
    before = terms_of(LONG, INSTRUMENT, CONFIG)
    got = terms_of(other, INSTRUMENT, CONFIG)
    assert got != before
    with localcontext(EXACT):
        assert got == derive_terms(other, INSTRUMENT, CONFIG)
    assert terms_of(LONG, INSTRUMENT, CONFIG) == before


def test_another_instrument_or_configuration_has_terms_of_its_own() -> None:
    coarse, hasty = replace(INSTRUMENT, tick_size=D(100)), config("chase", after_seconds=D("2.5"))
    base = decision(sl=D(89850))
    found = [terms_of(base, *others) for others in ((INSTRUMENT, CONFIG), (coarse, CONFIG), (coarse, hasty))]
    assert [one.entry.levels.sl for one in found if one.entry] == [D("89850.0"), D(89900), D(89900)]
    assert [one.chase_after_ms for one in found] == [15_000, 15_000, 2500]


def test_equal_objects_have_equal_terms() -> None:
    first = terms_of(LONG, INSTRUMENT, CONFIG)
    assert terms_of(deepcopy(LONG), deepcopy(INSTRUMENT), deepcopy(CONFIG)) == first


def test_what_is_remembered_does_not_depend_on_the_decimal_context_of_who_asked_first() -> None:
    odd: dict[str, Any] = {"zone_min": D("90700.1"), "leverage": D(3)}
    with localcontext() as narrow:
        narrow.prec = 5
        rough = terms_of(decision(**odd), INSTRUMENT, CONFIG)
    assert rough == terms_of(decision(**odd), INSTRUMENT, CONFIG)


def test_a_decision_counts_from_five_seconds_before_its_time_until_it_is_too_old() -> None:
    terms = terms_of(LONG, INSTRUMENT, CONFIG)
    assert (terms.valid_from_ms, terms.stale_at_ms) == (MADE - 5000, MADE + 600_001)
    torn = terms_of(Unusable(reason="torn"), INSTRUMENT, CONFIG)
    assert (torn.valid_from_ms, torn.stale_at_ms, torn.entry, torn.unusable) == (None, None, None, "torn")
