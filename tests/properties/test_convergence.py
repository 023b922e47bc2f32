"""Invariant 7: obeyed, a plan leaves nothing to do; the order of its inputs changes nothing; it never raises.

The clock stands still while a plan converges: what is left then is left at that instant, and no timer can hide it.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from capi.core.plan import explain, horizon, summary
from tests.properties.obey import is_request, obey
from tests.properties.profiles import examples
from tests.properties.worlds import World, worlds

LOOKS_MAX: Final = 4
FILLS_MAX: Final = 6
"""A market entry and the exits of what it opened: more fills than these in a still market are a loop."""


def looks(world: World, after_ms: int) -> Iterator[tuple[World, World]]:
    """Yield each world and the next, as the plans are obeyed."""
    while True:
        following = obey(world, world.plan(), after_ms=after_ms)
        yield world, following
        world = following


@examples(500)
@given(worlds())
def test_an_obeyed_plan_leaves_nothing_to_do_four_looks_later(world: World) -> None:
    check_convergence(world)


def check_convergence(world: World) -> None:
    """Obeyed at a standing clock, nothing but refusals and alerts is left four looks after the last fill."""
    since_fill, fills = 0, 0
    for before, after in looks(world, 0):
        asked = [action for action in before.plan() if is_request(action)]
        if not asked:
            return
        assert since_fill < LOOKS_MAX, f"still asks after {since_fill} looks: {asked}"
        filled = before.account.position.qty != after.account.position.qty
        since_fill, fills = (0 if filled else since_fill + 1), fills + filled
        assert fills <= FILLS_MAX, f"fills again and again: {asked}"


@examples(400)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_inputs_changes_nothing(world: World, random: Random) -> None:
    orders, intents = list(world.orders), list(world.account.intents)
    random.shuffle(orders)
    random.shuffle(intents)
    shuffled = replace(world, orders=tuple(orders), account=replace(world.account, intents=tuple(intents)))
    assert shuffled.plan() == world.plan()


@examples(400)
@given(worlds())
def test_planning_never_raises_and_changes_nothing(world: World) -> None:
    arguments = (world.decision, world.account, world.orders, world.config)
    assert world.plan() == world.plan()
    horizon(*arguments)
    assert summary(*arguments).state in ("NO_POSITION", "IN_POSITION", "POSITION_CLOSED")
    assert all(one.reason for one in explain(*arguments))
