"""Wakes whoever waits when the decision file, or the inbox, has changed: within milliseconds of a write or rename.

The operating system tells of changes in the two folders. What it does not tell of (a file on another machine, one
behind a link, a folder that does not exist yet) is looked at every 25 ms: one `stat` each. Whoever is woken looks for
himself what it is; and once more when nothing has changed for a moment, for a file that is overwritten in place counts
only then (`decision_file`).
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Final

POLL_MS: Final = 25
_STEP_MS: Final = 2
"""How long the watcher collects what belongs to one change."""
_QUIET_SECONDS: Final = 0.02
_WATCH_AGAIN_SECONDS: Final = 5.0
"""After the operating system refused to watch: a folder may have come to be."""
_CLOSE_SECONDS: Final = 2.0

Stamp = tuple[int, int, int]


class Watch:
    """Watches paths in a thread of its own. `wake` is called from it. Close it at the end."""

    def __init__(self, paths: Iterable[Path], wake: Callable[[], None]) -> None:
        """Watch files, and folders for what is in them."""
        self._paths: Final = tuple(paths)
        self._wake: Final = wake
        self._stop: Final = Event()
        self._thread: Final = Thread(target=self._run, name="watch", daemon=True)
        self._seen = self._stamps()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        changed_at: float | None = None
        while not self._stop.is_set():
            for told in self._told():
                seen, now = self._stamps(), time.monotonic()
                if told or seen != self._seen:
                    self._seen, changed_at = seen, now
                    self._wake()
                elif changed_at is not None and now - changed_at >= _QUIET_SECONDS:
                    changed_at = None
                    self._wake()

    def _told(self) -> Iterator[bool]:
        """Yield, every few milliseconds, whether the operating system told of a change; end when it cannot any more."""
        from watchfiles import watch  # costly, and its own thread's affair

        names = {path.name for path in self._paths}
        folders = {path if path.is_dir() else path.parent for path in self._paths}
        try:
            for changes in watch(
                *folders,
                watch_filter=None,
                debounce=_STEP_MS,
                step=_STEP_MS,
                stop_event=self._stop,
                rust_timeout=POLL_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
            ):
                yield any(os.path.basename(path) in names for _, path in changes)  # noqa: PTH119 - a name
        except (OSError, RuntimeError):  # a folder is missing, or its watches are used up
            yield from self._polled()

    def _polled(self) -> Iterator[bool]:
        for _ in range(round(_WATCH_AGAIN_SECONDS * 1000 / POLL_MS)):
            if self._stop.wait(POLL_MS / 1000):
                return
            yield False

    def _stamps(self) -> tuple[Stamp | None, ...]:
        return tuple(map(_stamp, self._paths))


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
