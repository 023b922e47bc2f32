"""The horizon: inside it, a world whose plan asked for nothing is still asked for nothing.

Replays skip the passes inside it, so a comparison that it does not know of would be a trade that a replay misses.
"""

from hypothesis import assume, given
from hypothesis import strategies as st

from capi.core.plan import horizon
from tests.properties.dice import Dice
from tests.properties.moves import is_inside, moved
from tests.properties.obey import is_request, obey
from tests.properties.profiles import examples
from tests.properties.worlds import World, draw_world


def quiet(world: World) -> World:
    """Return the world after its plans were obeyed: few drawn worlds are quiet by themselves."""
    for _ in range(6):
        actions = world.plan()
        if not any(map(is_request, actions)):
            break
        world = obey(world, actions, after_ms=1000)
    return world


def draw_move(dice: Dice) -> tuple[World, World]:
    """Draw a world that asks for nothing, and where time and market have moved inside its horizon."""
    before = quiet(draw_world(dice, eager=dice.below(4) == 3))
    bounds = horizon(before.decision, before.account, before.orders, before.config)
    return before, moved(dice, before, bounds)


@st.composite
def moves(draw: st.DrawFn) -> tuple[World, World]:
    """Draw a quiet world and a move inside its horizon."""
    return draw_move(Dice(draw))


@examples(500)
@given(moves())
def test_nothing_is_due_inside_the_horizon(worlds: tuple[World, World]) -> None:
    assume(check_nothing_is_due(*worlds))


def check_nothing_is_due(before: World, after: World) -> bool:
    """A quiet world stays quiet inside its horizon; return whether `after` is such a move of a quiet world."""
    bounds = horizon(before.decision, before.account, before.orders, before.config)
    if after == before or not is_inside(after, bounds) or any(map(is_request, before.plan())):
        return False
    asked = [action for action in after.plan() if is_request(action)]
    assert not asked, f"due inside {bounds.until_ms}, {bounds.low}, {bounds.high}: {asked}"
    return True
