"""Time between passes, and the signals that end a run: Ctrl-C and SIGTERM mean the same.

The first one is noted, and wakes whoever waits; the second one raises KeyboardInterrupt where it finds us. A handler
takes no lock, so it cannot wait for the code that it interrupted: it only writes a byte into a pipe.
"""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_BYTES_MAX: Final = 4096


class SignalPace:
    """`engine.loop.Pace` on real time. Made by `signal_pace`."""

    def __init__(self, pipe: int) -> None:
        self._pipe: Final = pipe
        self._came = False

    @property
    def stopping(self) -> bool:
        """Return whether a signal has come."""
        return self._came

    def seconds(self) -> float:
        """Return a monotonic time in seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or as soon as a signal comes."""
        readable, _, _ = select.select([self._pipe], [], [], seconds)
        if readable:
            os.read(self._pipe, _BYTES_MAX)

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._came:
            raise KeyboardInterrupt
        self._came = True


@contextmanager
def signal_pace() -> Iterator[SignalPace]:
    """Yield the pace of this process, in its main thread; the handlers from before are put back."""
    with ExitStack() as undo:
        reader, writer = os.pipe()
        undo.callback(os.close, reader)
        undo.callback(os.close, writer)
        os.set_blocking(writer, False)
        pace = SignalPace(reader)
        undo.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writer, warn_on_full_buffer=False))
        for number in _SIGNALS:
            undo.callback(signal.signal, number, signal.signal(number, pace.note))
        yield pace
