"""Whether an engine runs: by the lock that it holds for as long as it lives, and by the age of its last pass."""

import fcntl
import os
from pathlib import Path
from typing import Final, Literal

Engine = Literal["running", "stalled", "stopped", "unknown"]
"""`stalled`: the process is there, its passes are not. `stopped`: there is none. `unknown`: it showed nothing yet."""

STALLED_SECONDS_MIN: Final = 10.0
STALLED_INTERVALS: Final = 5
_PID_BYTES_MAX: Final = 32


def engine_of(lock: Path, pid: int | None, age_seconds: float | None, interval_seconds: float) -> Engine:
    """Return what the engine does. `pid`, `age_seconds`: of the status; None when there is none, or it has ended."""
    held = is_held(lock)
    if held is None:
        held = pid is not None and is_process(pid)
    if not held:
        return "stopped"
    if pid is None or age_seconds is None or pid_in(lock) not in (None, pid):
        return "unknown"
    return "stalled" if age_seconds > max(STALLED_SECONDS_MIN, STALLED_INTERVALS * interval_seconds) else "running"


def is_held(lock: Path) -> bool | None:
    """Return whether a process holds the lock file; None when there is no such file, or it may not be asked.

    The question takes a shared lock for an instant; several may ask at once.
    """
    try:
        file = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return None
    finally:
        os.close(file)
    return False


def pid_in(lock: Path) -> int | None:
    """Return the number that who took the lock wrote into it; None when none can be read."""
    try:
        with lock.open("rb") as file:
            written = file.read(_PID_BYTES_MAX).strip()
    except OSError:
        return None
    return int(written) if written.isdigit() else None


def is_process(pid: int) -> bool:
    """Return whether there is a process of this number; another's counts too."""
    if pid <= 0:  # would mean groups of processes
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OverflowError:
        return False
    return True
