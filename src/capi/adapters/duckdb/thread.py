"""Projects a running engine's journal in a thread of its own, and never gets in its way.

The engine only ever appends to its journal; this reads the file by a descriptor of its own, every few seconds and once
more at the end. Whatever goes wrong with the database is told in `state`, with its cure, and tried again: trading needs
the journal alone. A thread that is still inside DuckDB at the interpreter's end makes noise: `close` waits for it.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from capi.adapters.duckdb.errors import DatabaseHeld, DatabaseOutdated, StoreError
from capi.adapters.duckdb.projection import Projected, Projection
from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.journal_file import JournalCorrupt
from capi.core.value import record

INTERVAL_SECONDS: Final = 2.0
BATCH_BYTES: Final = 1 << 19
"""An engine writes far less in one interval; catching up in small bites keeps the engine's memory small."""

BREATH_SECONDS: Final = 0.1
"""Between two bites, so that readers and a rebuild get in while there is much to catch up with."""

RETRY_SECONDS_MIN: Final = 0.05
RETRY_SECONDS_MAX: Final = 5.0
HELD_SECONDS_MAX: Final = 60.0
"""How long a reader may hold the file before somebody is told."""

CLOSE_SECONDS: Final = 5.0
"""How long the end of a run waits for the last events to arrive in the database; the next run takes them up."""

_JOURNAL_GONE: Final = (
    "the journal was moved away or removed under a running engine: put it back at once, or the next start knows "
    "nothing of what happens from now on"
)


@record
class ProjectionState:
    """How the projection does. Durations in seconds; None is unknown, or never.

    `alert`: what an operator should be told, cause and cure in one sentence; None also for what passes by itself.
    """

    seq: int | None  # of the last event in the database
    behind_bytes: int | None  # of the journal, not in the database
    since_success: float | None
    failing_for: float | None
    error: str | None
    alert: str | None


@dataclass(slots=True)
class _Progress:
    """What the thread has come to. Times are of the monotonic clock."""

    last: Projected | None = None
    succeeded_at: float | None = None
    failing_since: float | None = None
    error: str | None = None
    held: bool = False


class ProjectionThread:
    """Keeps the database of a folder in step with its journal while an engine runs."""

    def __init__(self, folder: Path, *, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._folder: Final = folder
        self._interval: Final = interval_seconds
        self._projection: Final = Projection(folder, batch_bytes=BATCH_BYTES)
        self._progress: Final = _Progress()
        self._lock: Final = Lock()  # of _progress
        self._closing: Final = Event()
        self._give_up_at = 0.0
        self._thread: Final = Thread(target=self._run, name="projection", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> bool:
        """Project what is left, for a few seconds at most, and end; return whether the database is complete."""
        self._give_up_at = time.monotonic() + CLOSE_SECONDS
        self._closing.set()
        self._thread.join(2 * CLOSE_SECONDS)
        with self._lock:
            return not self._thread.is_alive() and self._progress.error is None

    @property
    def state(self) -> ProjectionState:
        """Return how it does, now. Opens nothing."""
        now = time.monotonic()
        size = self._journal_size()
        with self._lock:
            told = self._progress
            last, error, failing_since = told.last, told.error, told.failing_since
            failing = None if failing_since is None else now - failing_since
            passes_by = told.held and failing is not None and failing < HELD_SECONDS_MAX
            if not self._thread.is_alive() and not self._closing.is_set():
                error, passes_by = error or "the projection does not run: start the engine anew", False
            return ProjectionState(
                seq=None if last is None else last.seq,
                behind_bytes=None if last is None or size is None else max(0, size - last.offset),
                since_success=None if told.succeeded_at is None else now - told.succeeded_at,
                failing_for=failing,
                error=error,
                alert=None if passes_by else error,
            )

    def _run(self) -> None:
        retry = RETRY_SECONDS_MIN
        while True:
            closing = self._closing.is_set()
            done = self._attempt()
            if done is None:
                if closing and not self._is_worth_waiting():
                    return
                self._sleep(retry)
                retry = min(2 * retry, RETRY_SECONDS_MAX)
            else:
                retry = RETRY_SECONDS_MIN
                if closing and not done.left:
                    return
                self._closing.wait(BREATH_SECONDS if done.left else self._interval)

    def _is_worth_waiting(self) -> bool:
        """At the end only a file that is held may still come free; the next run takes up what is left."""
        return self._progress.held and time.monotonic() < self._give_up_at

    def _sleep(self, seconds: float) -> None:
        """Wait before the next try; not for long once the end has come."""
        if not self._closing.wait(seconds):
            return
        time.sleep(min(seconds, RETRY_SECONDS_MIN))

    def _attempt(self) -> Projected | None:
        """Project one batch; None when it could not be, and `_progress` says why."""
        try:
            done = self._advance()
        except (StoreError, JournalCorrupt) as error:
            self._failed(str(error), held=isinstance(error, DatabaseHeld))
        except FileNotFoundError:
            self._failed(f"{self._projection.journal}: {_JOURNAL_GONE}", held=False)
        except OSError as error:
            self._failed(f"{self._projection.journal}: cannot be read ({error.strerror}): see to its disk", held=False)
        else:
            self._succeeded(done)
            return done
        return None

    def _advance(self) -> Projected:
        last = self._progress.last
        if last is not None and self._progress.error is None and self._journal_size() == last.offset:
            return last
        try:
            return self._projection.step()
        except DatabaseOutdated:
            return rebuild(self._folder, wait_seconds=0, batch_bytes=BATCH_BYTES)

    def _succeeded(self, done: Projected) -> None:
        with self._lock:
            self._progress.last, self._progress.succeeded_at = done, time.monotonic()
            self._progress.error, self._progress.failing_since, self._progress.held = None, None, False

    def _failed(self, why: str, *, held: bool) -> None:
        with self._lock:
            self._progress.error, self._progress.held = why, held
            if self._progress.failing_since is None:
                self._progress.failing_since = time.monotonic()

    def _journal_size(self) -> int | None:
        try:
            return self._projection.journal.stat().st_size
        except OSError:
            return None
