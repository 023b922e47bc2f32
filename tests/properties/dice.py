"""What worlds are drawn with: picks from few values, each pick one cheap draw that shrinks to its first value.

Worlds are made of a healthy scene and a few changes, so that most gates are open and a failure shrinks to the changes
that matter.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
U = TypeVar("U")
RARE: Final = 8
"""One of so many picks is a rare one."""


@lru_cache(maxsize=512)
def _index(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


class Dice:
    """Draws through Hypothesis; strategies are made once (making them costs more than drawing)."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        """Draw with the function that a composite strategy is given."""
        self._draw: Final = draw

    def below(self, count: int) -> int:
        """Return 0 to count − 1."""
        return int(self._draw(_index(count)))

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values; write a likelier one twice."""
        return values[self.below(len(values))]

    def usually(self, value: T, others: Sequence[U]) -> T | U:
        """Return the value, or, seldom, one of the others."""
        return self.pick(others) if self.rarely() else value

    def rarely(self) -> bool:
        """Return True seldom."""
        return self.below(RARE) == RARE - 1


class SeededDice(Dice):
    """Draws from a seed: many times faster, without shrinking; `draw_world(SeededDice(7))` is always the same world."""

    def __init__(self, seed: int) -> None:
        """Draw what the seed says."""
        self._random: Final = Random(seed)

    def below(self, count: int) -> int:
        """Return 0 to count − 1."""
        return self._random.randrange(count)
