"""Lines on stderr that hold nothing up: a stopped terminal, or a reader that is gone, is not the engine's trouble.

A thread of its own writes them. When it cannot keep up, lines are left out and counted; everything is in the journal.
"""

import os
import sys
from queue import Full, Queue
from threading import Thread
from typing import Final

import typer

from capi.cli.output import printable

LINES_MAX: Final = 1000
"""Waiting to be written."""
CLOSE_SECONDS: Final = 1.0
"""How long the end waits for the last of them."""


class Teller:
    """Writes lines to stderr. Close it at the end."""

    def __init__(self) -> None:
        """Start the thread."""
        self._lines: Final[Queue[str | None]] = Queue(LINES_MAX)
        self._left_out = 0
        self._is_gone = False
        self._fd: Final = _descriptor()
        self._thread: Final = Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def say(self, line: str) -> None:
        """Have one line written, if there is room for it. Returns at once and raises nothing."""
        if self._left_out and self._put(f"capi: {self._left_out} lines were left out here: stderr did not take them"):
            self._left_out = 0
        if self._left_out or not self._put(line):
            self._left_out += 1

    def close(self) -> None:
        """Write what waits, for a moment at most, and end."""
        try:
            self._lines.put(None, timeout=CLOSE_SECONDS)
        except Full:
            return
        self._thread.join(CLOSE_SECONDS)

    def _put(self, line: str) -> bool:
        try:
            self._lines.put_nowait(line)
        except Full:
            return False
        return True

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            if not self._is_gone:
                self._write(printable(line))

    def _write(self, line: str) -> None:
        try:
            if self._fd is None:
                typer.echo(line, err=True)
            else:
                _write_all(self._fd, f"{line}\n".encode(errors="backslashreplace"))
        except (OSError, ValueError):  # its reader is gone, or it was closed
            self._is_gone = True


def _descriptor() -> int | None:
    """Return the file behind stderr; None when there is none.

    Written to directly: a thread that hangs in Python's own stream would hold its lock, and the process's end with it.
    """
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return None


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
