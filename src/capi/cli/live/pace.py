"""Time between passes, what wakes whoever waits, and the signals that end a run: Ctrl-C and SIGTERM mean the same.

The first one is noted, and wakes; the second one raises KeyboardInterrupt where it finds us. A handler takes no lock,
so it cannot wait for the code that it interrupted: it only writes a byte into a pipe. So do other threads that wake us.

A terminal that goes away (SIGHUP) ends a run in order as well, unless that signal was ignored from the start (nohup).
It may come twice, from the shell and from the terminal, and nobody meant "at once" by it: it is never the second one.
"""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BYTES_MAX: Final = 4096


class SignalPace:
    """`engine.loop.Pace` on real time. Made by `signal_pace`."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader: Final = reader
        self._writer: Final = writer
        self._came = False

    @property
    def stopping(self) -> bool:
        """Return whether a signal has come."""
        return self._came

    def seconds(self) -> float:
        """Return a monotonic time in seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or as soon as a signal comes or something wakes us."""
        readable, _, _ = select.select([self._reader], [], [], seconds)
        if readable:
            os.read(self._reader, _BYTES_MAX)

    def wake(self) -> None:
        """End the waiting, or the next one. Called from any thread, at any time, also after the end."""
        with suppress(OSError):  # full: it wakes anyway; closed: nobody waits any more
            os.write(self._writer, b"\0")

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._came and number != signal.SIGHUP:
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
        pace = SignalPace(reader, writer)
        undo.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writer, warn_on_full_buffer=False))
        for number in _SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                undo.callback(signal.signal, number, signal.signal(number, pace.note))
        yield pace
