"""Every incident of the catalogue, each under its own name: played, or proved by a test that is there."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from capi.cli.scenario.command import play, read_folder
from capi.cli.scenario.model import Scenario

ROOT: Final = Path(__file__).resolve().parents[2]
SCENARIOS: Final = read_folder(ROOT / "fixtures" / "scenarios")
CATALOGUE: Final = 108
"""Lines of the catalogue."""
OWN_FROM: Final = 201
"""What capi's own proofs found in it."""


def _test_of(scenario: Scenario) -> Callable[[], None]:
    def test() -> None:
        played = play(scenario)
        if played is not None:
            told = [f"{one.asked}: {one.found}" for one in played.held if not one.held] + played.broken
            assert played.all_held, f"{scenario.why} But: {'; '.join(told)}"
        for node in scenario.proved_by:
            path, _, name = node.partition("::")
            assert name in _functions(ROOT / path), f"{node} is not there"

    test.__name__, test.__doc__ = scenario.name, scenario.title
    return test


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


globals().update({scenario.name: _test_of(scenario) for scenario in SCENARIOS})


def test_every_line_of_the_catalogue_has_its_scenario() -> None:
    numbers = [scenario.number for scenario in SCENARIOS if scenario.number < OWN_FROM]
    assert numbers == list(range(1, CATALOGUE + 1))


def test_no_two_scenarios_have_one_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


def test_most_are_played() -> None:
    assert sum(scenario.play is not None for scenario in SCENARIOS) >= 85
