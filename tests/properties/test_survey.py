"""A survey derives a view once; what it tells is what the functions of the same names return."""

from dataclasses import replace

from hypothesis import given

from capi.core.plan import Survey, horizon, summary
from tests.core.test_survey import limits
from tests.properties.dice import SeededDice
from tests.properties.profiles import examples, tries
from tests.properties.worlds import World, draw_world, worlds
from tests.worlds import NOW


@examples(200)
@given(worlds())
def test_a_survey_tells_what_the_functions_return(world: World) -> None:
    check_survey(world)


def test_every_seed_is_surveyed_as_it_is_planned() -> None:
    for seed in range(tries(2000)):
        try:
            check_survey(draw_world(SeededDice(seed), eager=seed % 4 == 3))
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def check_survey(world: World) -> None:
    """A survey is as the functions say, with bounds collected or not, and with an account that knows more."""
    given_ = (world.decision, world.account, world.orders, world.config)
    bounds = limits(horizon(*given_))
    noted = replace(world, account=replace(world.account, naked_since_ms=NOW - 6000))
    for collect in (True, False):
        survey = Survey(*given_, collect=collect)
        assert survey.summary == summary(*given_)
        assert survey.actions == world.plan()
        assert limits(survey.bounds) == bounds
        assert survey.with_account(noted.account).actions == noted.plan()
