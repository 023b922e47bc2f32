"""Ctrl-C and SIGTERM: both mean the same, and neither ends a replay in the middle of a pass.

While a replay is prepared there is nothing to put in order, so the first one ends it. While it runs the first one is
only noted, and asked for between two quotes; a second one ends it at once.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def ends_at_once() -> Iterator[None]:
    """Let either signal raise KeyboardInterrupt where it finds us."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled_by(interrupt):
        yield


@contextmanager
def ends_in_order() -> Iterator[Callable[[], bool]]:
    """Yield whether either signal has come; the second one raises KeyboardInterrupt where it finds us."""
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    with _handled_by(interrupt):
        yield lambda: bool(came)


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    previous = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in previous.items():
            signal.signal(number, earlier)
