"""The prices of an entry: each rounded in its own direction, missing targets derived, never on the wrong side."""

from dataclasses import replace
from decimal import Decimal

import pytest

from capi.core.decision import Proposal
from capi.core.entry_levels import EntryLevels, entry_levels
from tests.worlds import CONFIG, INSTRUMENT, LONG, SHORT, decision

D = Decimal


def levels(proposal: Proposal | None) -> EntryLevels:
    """Return the levels of a proposal under the example's instrument and targets."""
    assert proposal is not None
    return entry_levels(proposal, INSTRUMENT, CONFIG.targets)


def test_a_long_is_rounded_passive_tight_and_early() -> None:
    odd = decision(zone_max=D("90900.1"), sl=D("89800.01"), tp1=D("92200.09"), tp2=D("93500.09"))
    got = levels(odd.proposal)
    assert (got.side, got.price, got.sl) == ("BUY", D("90800.0"), D("89800.1"))
    assert (got.tp1, got.tp2, got.risk) == (D("92200.0"), D("93500.0"), D("1000.04"))


def test_a_short_is_its_mirror() -> None:
    odd = decision(SHORT, zone_max=D("90900.1"), sl=D("91799.99"), tp1=D("89400.01"), tp2=D("88100.01"))
    got = levels(odd.proposal)
    assert (got.side, got.price, got.sl) == ("SELL", D("90800.1"), D("91799.9"))
    assert (got.tp1, got.tp2) == (D("89400.1"), D("88100.1"))


@pytest.mark.parametrize(
    ("tp1", "tp2", "expected"),
    [
        (None, None, ("92300.0", "93800.0")),  # 1.5 and 3 times R of 1000
        ("92200", None, ("92200.0", "93800.0")),
        (None, "93500", ("92300.0", "93500.0")),
        ("94000", None, ("94000.0", "94000.0")),  # derived TP2 would lie before the given TP1
        (None, "92000", ("92000.0", "92000.0")),  # derived TP1 would lie beyond the given TP2
    ],
)
def test_missing_targets_of_a_long(tp1: str | None, tp2: str | None, expected: tuple[str, str]) -> None:
    got = levels(decision(tp1=tp1 and D(tp1), tp2=tp2 and D(tp2)).proposal)
    assert (got.tp1, got.tp2) == (D(expected[0]), D(expected[1]))


def test_missing_targets_of_a_short() -> None:
    got = levels(decision(SHORT, tp1=None, tp2=None).proposal)
    assert (got.tp1, got.tp2) == (D("89300.0"), D("87800.0"))


def test_a_shorts_derived_target_is_never_below_a_tick() -> None:
    wide = decision(SHORT, zone_min=D(100), zone_max=D(100), sl=D(150), tp1=None, tp2=None)
    got = levels(wide.proposal)
    assert (got.tp1, got.tp2) == (D("25.0"), D("0.1"))


def test_multiples_of_r_come_from_the_configuration() -> None:
    targets = replace(CONFIG.targets, tp1_r=D(1), tp2_r=D(2))
    proposal = decision(LONG, tp1=None, tp2=None).proposal
    assert proposal is not None
    got = entry_levels(proposal, INSTRUMENT, targets)
    assert (got.tp1, got.tp2) == (D("91800.0"), D("92800.0"))
