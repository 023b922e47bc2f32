"""A journal's bytes past an offset, read by a file descriptor of its own: whole lines, in batches of bounded size.

The engine may append meanwhile: what lies behind the last newline is not a line yet. What is handed out is on the disk
(`fdatasync`), so that a power cut cannot leave a database that knows more than its journal.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from capi.core.value import record

BATCH_BYTES: Final = 1 << 22


@record
class JournalBytes:
    """A journal that is open for reading."""

    path: Path
    fd: int

    def size(self) -> int:
        """Return its length now, a torn tail included."""
        return os.fstat(self.fd).st_size

    def lines_from(self, offset: int, batch_bytes: int = BATCH_BYTES) -> bytes:
        """Return whole lines from `offset` on, about `batch_bytes` of them at most; empty when there is none."""
        length = batch_bytes
        while True:
            data = os.pread(self.fd, length, offset)
            end = data.rfind(b"\n") + 1
            if end or len(data) < length:
                return data[:end]
            length *= 2  # a line that is longer than a batch

    def sync(self) -> None:
        """Return when everything written so far is on the disk."""
        os.fdatasync(self.fd)

    def digest(self, start: int, end: int) -> str:
        """Return what tells the bytes from `start` to `end` apart from others."""
        return digest(os.pread(self.fd, end - start, start))


def digest(data: bytes) -> str:
    """Return a short text that tells `data` apart from other bytes."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def open_journal(path: Path) -> Iterator[JournalBytes]:
    """Open a journal for reading. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield JournalBytes(path, fd)
    finally:
        os.close(fd)
