"""One engine a room: a lock that the operating system holds for as long as the process lives, with its pid inside.

A crash frees it; the file stays, and says nothing without its lock. Who only asks whether it is held takes a shared
lock for an instant, so taking it is tried for a moment.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

LOCK_NAME: Final = "lock"
PATIENCE_SECONDS: Final = 0.3
_POLL_SECONDS: Final = 0.02
_PID_BYTES_MAX: Final = 32


class InstanceRunsError(Exception):
    """Another process holds the lock. `pid`: the number in its file, when there is one."""

    def __init__(self, path: Path, pid: int | None) -> None:
        self.path, self.pid = path, pid
        super().__init__(f"{path} is held by process {'unknown' if pid is None else pid}")


@contextmanager
def instance_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a room. Raises InstanceRunsError, and OSError when the file cannot be made."""
    path = folder / LOCK_NAME
    lock = FileLock(
        path, mode=0o600, timeout=PATIENCE_SECONDS, poll_interval=_POLL_SECONDS, preserve_lock_file=True,
        on_acquired=_write_pid,
    )  # fmt: skip
    try:
        lock.acquire()
    except Timeout:
        raise InstanceRunsError(path, _pid_in(path)) from None
    try:
        yield
    finally:
        lock.release()


def _write_pid(fd: int) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)


def _pid_in(path: Path) -> int | None:
    try:
        with path.open("rb") as file:
            told = file.read(_PID_BYTES_MAX).strip()
    except OSError:
        return None
    return int(told) if told.isdigit() else None
