"""The decision file as it stands: a writer replaces it at any moment, and a reader must neither miss nor invent one.

- A torn read (empty, cut, changed while it was read, gone for a moment) is no decision: what was in force stays, its
  age is judged by the core, and the next call looks again. A file that is younger than two seconds is read again at
  each call: it may change again within one tick of its clock.
- A file that is overwritten in place can look complete while it is a mixture of the old and the new one, with a time
  that does not change any more. So other content of the same file (or of one that was not read before) counts once it
  has not been written to for 20 ms (`decision_watch` wakes then). One that was renamed into place is another file, and
  counts at once.
- A complete file that is invalid is `Unusable` at once; a torn one after it does not bring an earlier decision back.
- A decision that is older than the newest good one changes nothing (a late copy, a restored backup): the newer one
  stays in force, and a warning says so once. One whose time lies in the future does not count as the newest, or a
  writer's wrong clock would shut out every later decision.
- An id that comes back with another timestamp is another decision and gets an id of its own (`SeenIds`).
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from capi.adapters.decision_json import read_decision, unreadable
from capi.adapters.exact_json import DOCUMENT_BYTES_MAX, JsonError, exact_json
from capi.core.decision import Decision, Unusable
from capi.core.ids import hashed_key
from capi.core.terms import FUTURE_MS_MAX
from capi.ports.decisions import Received

SEEN_IDS_MAX: Final = 100_000
_SETTLED_NS: Final = 2_000_000_000  # a file younger than this may change again within one tick of its clock

_OVERWRITTEN_NS: Final = 20_000_000  # a file that was written to this lately may not be written to its end

_log: Final = logging.getLogger(__name__)
_Stamp = tuple[int, int, int]


class SeenIds:
    """Which decision ids were seen with which timestamp. `seen`: (id, timestamp) pairs from before, oldest first."""

    def __init__(self, seen: Iterable[tuple[str, int]] = ()) -> None:
        self._timestamps: dict[str, int] = dict(seen)

    def told_apart(self, decision_id: str, timestamp_ms: int) -> str:
        """Return the id to go by: `decision_id`, or a hash of both when it came with another timestamp before."""
        first_ms = self._timestamps.setdefault(decision_id, timestamp_ms)
        if len(self._timestamps) > SEEN_IDS_MAX:
            del self._timestamps[next(iter(self._timestamps))]
        return decision_id if first_ms == timestamp_ms else hashed_key(decision_id, str(timestamp_ms))


class FileDecisionSource:
    """The decision file at `path`. Costs one `stat` a call while the file does not change."""

    def __init__(
        self,
        path: Path,
        symbol: str,
        id_prefix: str,
        *,
        seen: Iterable[tuple[str, int]] = (),
        file_now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`seen`: ids from before. `file_now_ns`: the clock that dates the file."""
        self._path = path
        self._symbol = symbol
        self._id_prefix = id_prefix
        self._file_now_ns = file_now_ns
        self._ids = SeenIds(seen)
        self._stamp: _Stamp | None = None  # of the content in force; None: look again
        self._document: tuple[bytes, int] | None = None  # the last complete content, and its time
        self._inode: int | None = None  # of the file that was looked at last, whatever it held
        self._in_force: Received | None = None
        self._newest: Decision | None = None
        self._trouble: Received | None = None

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force at `now_ms` (the exchange's time)."""
        try:
            status = self._path.stat()
            if not stat.S_ISREG(status.st_mode):
                return self._unusable(f"{self._path}: not a file; have the decision written to a plain file there")
            if self._in_force is not None and _stamp(status) == self._stamp:
                return self._in_force
            return self._look(now_ms)
        except FileNotFoundError:
            return self._torn("no such file; start the writer, or correct decision_file")
        except OSError as error:
            reason = (error.strerror or "not readable").lower()
            return self._unusable(f"{self._path}: {reason}; let capi read it, or correct decision_file")

    def _look(self, now_ms: int) -> Received:
        self._stamp = None
        with self._path.open("rb") as file:
            before = os.fstat(file.fileno())
            document = file.read(DOCUMENT_BYTES_MAX + 1)
            after = os.fstat(file.fileno())
        if _stamp(before) != _stamp(after):
            return self._torn("it changes while it is read; replace it by renaming a complete file")
        is_mixed, self._inode = self._may_be_mixed(document, after), after.st_ino
        mtime_ms = after.st_mtime_ns // 1_000_000
        in_force = self._in_force
        if in_force is None or self._document != (document, mtime_ms):
            try:
                received = self._read(document, mtime_ms)
            except JsonError as error:
                return self._torn(f"it {error.what}; waiting for the whole of it")
            if is_mixed:
                return self._torn("it was overwritten just now; replace it by renaming a complete file")
            self._document = document, mtime_ms
            in_force = self._in_force = self._judged(received, now_ms)
        if self._age_ns(after) > _SETTLED_NS:
            self._stamp = _stamp(after)
        return in_force

    def _may_be_mixed(self, document: bytes, status: os.stat_result) -> bool:
        """Return whether other content may be half of it: it was not renamed into place, and is still fresh."""
        if self._document is not None and self._document[0] == document:
            return False
        return self._inode in (None, status.st_ino) and self._age_ns(status) < _OVERWRITTEN_NS

    def _age_ns(self, status: os.stat_result) -> int:
        return abs(self._file_now_ns() - status.st_mtime_ns)

    def _read(self, document: bytes, mtime_ms: int) -> Received:
        """Return what complete content says. Raises JsonError when it is cut."""
        try:
            value = exact_json(document)
        except JsonError as error:
            if error.cut:
                raise
            return unreadable(document, error)
        return read_decision(value, symbol=self._symbol, id_prefix=self._id_prefix, mtime_ms=mtime_ms)

    def _judged(self, received: Received, now_ms: int) -> Received:
        """Return what is in force once `received` has come: itself, or what was when it is older or the same."""
        decision = received.decision
        if isinstance(decision, Unusable):
            return received
        in_force, newest = self._in_force, self._newest
        if in_force and newest and decision.timestamp_ms < newest.timestamp_ms <= now_ms + FUTURE_MS_MAX:
            _log.warning(
                "%s: decision %s is older than %s, the newest one; it changes nothing, write newer ones only",
                self._path,
                decision.decision_id,
                newest.decision_id,
            )
            return in_force
        decision_id = self._ids.told_apart(decision.decision_id, decision.timestamp_ms)
        self._newest = replace(decision, decision_id=decision_id)
        told_apart = replace(received, decision=self._newest)
        return in_force if in_force is not None and in_force == told_apart else told_apart

    def _torn(self, reason: str) -> Received:
        return self._in_force or self._unusable(f"{self._path}: {reason}")

    def _unusable(self, reason: str) -> Received:
        """Return the same object while the reason stays the same."""
        received = Received(decision=Unusable(reason=reason))
        if received != self._trouble:
            self._trouble = received
        return self._trouble


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_ino, status.st_size
