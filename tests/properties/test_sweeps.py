"""Sweeps over many seeded worlds, every invariant at once: for what is too rare for the tests that can shrink.

A failure names its seed: `draw_world(SeededDice(seed), eager=seed % 4 == 3)` is the world again.
"""

from typing import Final

from tests.properties.dice import SeededDice
from tests.properties.profiles import tries
from tests.properties.test_convergence import check_convergence
from tests.properties.test_horizon import check_nothing_is_due, draw_move
from tests.properties.test_invariants import CHECKS
from tests.properties.worlds import World, draw_world

MOVED_MIN: Final = 0.5
"""At least this share of the drawn moves has to say something: a quiet world, moved inside its horizon."""


def world_of(seed: int) -> World:
    """Return the world of a seed; every fourth one is close to an entry."""
    return draw_world(SeededDice(seed), eager=seed % 4 == 3)


def test_every_seed_keeps_every_invariant() -> None:
    for seed in range(tries(8000)):
        world = world_of(seed)
        actions = world.plan()
        for check in CHECKS:
            try:
                check(world, actions)
            except AssertionError as broken:
                raise AssertionError(f"seed {seed}, {check.__name__}: {broken}") from broken


def test_every_seed_converges() -> None:
    for seed in range(tries(4000)):
        try:
            check_convergence(world_of(seed))
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def test_every_seed_is_quiet_inside_its_horizon() -> None:
    seeds, told = tries(5000), 0
    for seed in range(seeds):
        try:
            told += check_nothing_is_due(*draw_move(SeededDice(seed)))
        except AssertionError as broken:
            raise AssertionError(f"draw_move(SeededDice({seed})): {broken}") from broken
    assert told > seeds * MOVED_MIN, f"only {told} of {seeds} moves were inside a horizon"
