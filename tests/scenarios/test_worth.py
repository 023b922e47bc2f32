"""A scenario that cannot fail is worthless: each fails on an engine that lacks what keeps users from harm."""

from functools import cache
from typing import Final

import pytest

from capi.adapters.fields import InputError
from capi.cli.scenario.command import play
from capi.cli.scenario.model import Scenario
from tests.scenarios.mutants import MUTANTS
from tests.scenarios.test_catalogue import SCENARIOS

PLAYED: Final = [scenario for scenario in SCENARIOS if scenario.play is not None]
CAUGHT: Final = (
    (1, "stays naked"),
    (2, "has no safe mode"),
    (3, "never leaves a passed level"),
    (4, "distrusts the exchange"),
    (6, "places no target"),
    (7, "cancels before it places"),
    (9, "never exits"),
    (14, "tells no refusal"),
    (16, "has no gates"),
    (23, "knows no codes"),
    (29, "takes unknown for no"),
    (30, "believes in flat"),
    (41, "breaks even without fees"),
    (48, "knows no codes"),
    (51, "records nothing"),
    (53, "sweeps nothing"),
    (56, "sweeps nothing"),
    (58, "keeps targets at an exit"),
    (61, "believes every echo"),
    (68, "splits everything"),
    (74, "breaks even without fees"),
    (76, "chases at once"),
    (78, "has no circuit"),
    (96, "believes every file"),
    (97, "believes every file"),
    (100, "has no gates"),
)
"""What a scenario is about, taken away: the scenario says so."""


@cache
def by_number(number: int) -> Scenario:
    """Return a scenario."""
    return next(scenario for scenario in SCENARIOS if scenario.number == number)


def fails(scenario: Scenario, mutant: str) -> bool:
    """Return whether a scenario fails on a wrong engine; one in which a person finds nothing to act on does too."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[mutant](patch)
        try:
            played = play(scenario)
        except InputError:
            return True
        return played is not None and not played.all_held


@pytest.mark.parametrize(("number", "mutant"), CAUGHT)
def test_it_catches_the_engine_that_lacks_what_it_is_about(number: int, mutant: str) -> None:
    assert fails(by_number(number), mutant)


@pytest.mark.parametrize("scenario", PLAYED, ids=lambda scenario: str(scenario.number))
def test_each_catches_some_wrong_engine(scenario: Scenario) -> None:
    assert any(fails(scenario, mutant) for mutant in ("sends nothing", "has no gates", "sweeps nothing"))


def test_every_wrong_engine_is_caught() -> None:
    caught = {mutant for _, mutant in CAUGHT} | {"sends nothing"}
    rest = set(MUTANTS) - caught
    assert rest == {"places no stop", "forgets orders", "forgets trades", "forgets the day"}
    assert all(fails(by_number(27), mutant) for mutant in rest)
