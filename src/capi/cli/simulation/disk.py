"""A disk that can be full, and that loses in a power cut what was not synced; under the real journal file.

The file itself is real (in a folder of the run, best in memory), so that what is read back after a crash has gone
through the journal's own encoding, its torn tail and all. `os.fdatasync` is not called: what it promises is kept here.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from capi.adapters.journal_file import FileJournal

Operation = Literal["write", "sync"]
Moment = Literal["before", "after"]


class Disk:
    """What the journal of every process of a run lies on. `room`: bytes that still fit; None: plenty."""

    def __init__(self) -> None:
        self.room: int | None = None
        self.full = False
        self.synced = 0  # bytes at the start of the file that survive a power cut
        self.on_operation: Callable[[Operation, Moment], None] | None = None

    def make_room(self) -> None:
        """Have plenty of room again."""
        self.room = None

    def fits(self, size: int) -> int:
        """Take up to `size` bytes and return how many; raises OSError (ENOSPC) when none fit."""
        taken = 0 if self.full else size if self.room is None else min(size, self.room)
        if taken == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.room is not None:
            self.room -= taken
        return taken

    def note(self, operation: Operation, moment: Moment) -> None:
        """Tell of an operation: whoever listens may end the process there."""
        if self.on_operation is not None:
            self.on_operation(operation, moment)

    def power_cut(self, path: Path, keep: float) -> int:
        """Lose what was not synced but for a share of it, cut where it may be; return how many bytes were lost."""
        size = path.stat().st_size
        kept = self.synced + int((size - self.synced) * keep)
        os.truncate(path, kept)
        return size - kept


class SimulatedJournal(FileJournal):
    """The journal of one simulated process."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._disk: Final = disk
        super().__init__(path, durable=True)
        disk.synced = self._offset  # whoever opens it finds it there

    def abandon(self) -> None:
        """Close it as the end of its process does."""
        os.close(self._fd)

    def _put(self, data: bytes, offset: int) -> int:
        self._disk.note("write", "before")
        written = super()._put(data[: self._disk.fits(len(data))], offset)
        self._disk.note("write", "after")
        return written

    def _sync(self) -> None:
        self._disk.note("sync", "before")
        if self._disk.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._disk.synced = os.fstat(self._fd).st_size
        self._disk.note("sync", "after")
