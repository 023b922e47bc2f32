"""The one place where any exception is caught: what fails here must not end the guarding of a position.

A bug in one pass, in a request, or in what shows a pass is told with its cause; the next pass guards on. Whoever calls
`attempt` has to make something of a `Failed`; nothing is swallowed.
"""

import re
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Final, TypeVar

from capi.core.value import record

T = TypeVar("T")

_FRAMES_MAX: Final = 8
_MESSAGE_MAX: Final = 300
_QUERY: Final = re.compile(r"\?\S+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{37,}")
"""Longer than any of our order ids: keys, signatures and bot tokens are."""


@record
class Failed:
    """An exception, told without secrets. `where`: the innermost calls, outermost first: file, line, function."""

    error: str
    where: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return cause and place."""
        return f"{self.error}, in {self.where[-1]}" if self.where else self.error


def attempt(act: Callable[[], T]) -> T | Failed:
    """Return what `act` returns, or how it failed. KeyboardInterrupt and SystemExit pass."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - a bug must not leave a position unguarded; see the module's docstring
        return Failed(_told(error), _where(error))


def _told(error: Exception) -> str:
    message = _TOKEN.sub("***", _QUERY.sub("?***", str(error)))
    shown = message if len(message) <= _MESSAGE_MAX else f"{message[:_MESSAGE_MAX]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def _where(error: Exception) -> tuple[str, ...]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
    return tuple(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
