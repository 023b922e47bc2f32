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


@st.composite
def quiet_worlds_and_moves(draw: st.DrawFn) -> tuple[World, World]:
    """Draw a world that asks for nothing, and where time and market have moved inside its horizon."""
    dice = Dice(draw)
    before = quiet(draw_world(dice))
    bounds = horizon(before.decision, before.account, before.orders, before.config)
    return before, moved(dice, before, bounds)


@examples(1000)
@given(quiet_worlds_and_moves())
def test_nothing_is_due_inside_the_horizon(worlds: tuple[World, World]) -> None:
    before, after = worlds
    assume(not any(map(is_request, before.plan())) and after != before)
    bounds = horizon(before.decision, before.account, before.orders, before.config)
    assume(is_inside(after, bounds))
    asked = [action for action in after.plan() if is_request(action)]
    assert not asked, f"due inside {bounds.until_ms}, {bounds.low}, {bounds.high}: {asked}"
