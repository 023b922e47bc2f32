"""Bugs put into the running engine on purpose, and taken out again: is the simulation's judge awake?"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from capi.core.value import value

Wrong = Callable[[Any], Any]
"""Returns the wrong version of what stands at a place, given the right one."""


@value
class Bug:
    """`places`: where it stands, as `module:name` or `module:Class.name`; `said`: what it does, and who had it."""

    name: str
    said: str
    places: tuple[tuple[str, Wrong], ...]


def bug(name: str, said: str, *places: tuple[str, Wrong]) -> Bug:
    """Return a bug."""
    return Bug(name=name, said=said, places=places)


def always(answer: object) -> Wrong:
    """Return a wrong version that answers the same, whatever it is asked."""
    return lambda right: lambda *args, **kwargs: answer


@contextmanager
def planted(one: Bug) -> Iterator[None]:
    """Run the block with the bug in place."""
    with ExitStack() as undo:
        for place, wrong in one.places:
            owner, name = _found(place)
            right = vars(owner)[name]
            setattr(owner, name, wrong(right))
            undo.callback(setattr, owner, name, right)
        yield


def _found(place: str) -> tuple[Any, str]:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *holders, name = path.split(".")
    for holder in holders:
        owner = getattr(owner, holder)
    return owner, name
