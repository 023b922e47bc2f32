"""Bugs that real engines had, put into this one: each is caught by a seed that passes without it (docs/testing.md)."""

from pathlib import Path
from typing import Final

import pytest

from capi.cli.simulation.run import simulate
from capi.core import sizing
from tests.simulation.seeded_bugs.every import BY_NAME
from tests.simulation.seeded_bugs.plant import Bug, always, bug, planted
from tests.simulation.seeded_bugs.seeds import SEEDS

PAGE: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "testing.md"
SEARCH: Final = "python -m tests.simulation.seeded_bugs.search finds the seeds anew"
TRIED_MAX: Final = 40
"""Where the draws have changed since the table was made, one of the next seeds does as well."""


@pytest.mark.parametrize("name", SEEDS)
def test_the_simulation_catches_it(name: str) -> None:
    assert any(_catches(name, SEEDS[name] + further) for further in range(TRIED_MAX)), f"not caught any more: {SEARCH}"


def _catches(name: str, seed: int) -> bool:
    with planted(BY_NAME[name]):
        caught = simulate(seed).violation
    return caught is not None and simulate(seed).violation is None


def test_there_are_enough_of_them_and_each_stands_on_the_page_with_its_seed() -> None:
    assert len(SEEDS) >= 25
    assert SEEDS.keys() == BY_NAME.keys()
    page = PAGE.read_text()
    for name, seed in SEEDS.items():
        assert f"| `{name}` | {BY_NAME[name].said} | {seed} |" in page


def test_a_bug_is_gone_when_its_block_ends() -> None:
    right = sizing.fixed_quantity
    with planted(bug("a", "b", ("capi.core.sizing:fixed_quantity", always(None)))):
        assert sizing.fixed_quantity is not right
    assert sizing.fixed_quantity is right


def test_it_is_gone_too_when_the_block_raises() -> None:
    right = sizing.fixed_quantity
    with pytest.raises(ZeroDivisionError):
        _broken_with(bug("a", "b", ("capi.core.sizing:fixed_quantity", always(None))))
    assert sizing.fixed_quantity is right


def _broken_with(one: Bug) -> None:
    with planted(one):
        raise ZeroDivisionError
