"""Checks of this machine: the disk, the journal and the database of the room, and whether an engine runs in it."""

import os
import shutil
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Final

from capi import bootstrap
from capi.adapters.engine_log import LOG_NAME
from capi.adapters.journal_file import JOURNAL_NAME, JournalCorrupt, read_events
from capi.adapters.journal_silence import silent_until_ms
from capi.cli.doctor.finding import Finding, green, red, yellow
from capi.cli.doctor.visit import Visit
from capi.cli.reading.alive import is_held, pid_in

SYNCS: Final = 50
LINE: Final = b"x" * 255 + b"\n"
SYNC_MS_MAX: Final = 10.0
FREE_BYTES_MIN: Final = 1 << 30
JOURNAL_SECONDS_MAX: Final = 20.0
_LOCK: Final = "lock"
_MIB: Final = 1 << 20


def disk(visit: Visit) -> Finding:
    """Can the room be written, is there space, and how long does a line take to be safe?"""
    folder = _existing(bootstrap.live_folder(visit.settings))
    try:
        free = shutil.disk_usage(folder).free
        times = _sync_times_ms(folder)
    except OSError as error:
        cure = "free some space, or correct state_dir or its rights: without a journal nothing is entered"
        return red(f"{folder}: cannot be written ({error.strerror or error})", cure)
    found = f"{folder}: {free // _MIB:,} MiB free, fdatasync {median(times):.1f} ms, at worst {max(times):.1f} ms"
    if median(times) > SYNC_MS_MAX:
        cure = "keep state_dir on a quicker disk, not on a network: each entry waits for it"
        return yellow(f"{found}: slow", cure)
    if free < FREE_BYTES_MIN:
        return yellow(f"{found}: little space", "free some: when the disk is full, nothing is entered any more")
    return green(found)


def _existing(folder: Path) -> Path:
    """Return the folder, or what is there of its path: the rest is made at the first start, if that is a folder."""
    return next(path for path in (folder, *folder.parents) if os.path.lexists(path))


def _sync_times_ms(folder: Path) -> list[float]:
    times = []
    with TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(SYNCS):
            file.write(LINE)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return times


def logs(visit: Visit) -> Finding:
    """Can the log be written?"""
    folder = _existing(visit.settings.log_dir)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return yellow(f"{folder}: cannot be written", "correct log_dir or its rights: there will be no engine.log")
    path = visit.settings.log_dir / LOG_NAME
    if path.exists() and (path.is_dir() or not os.access(path, os.W_OK)):
        return yellow(f"{path}: cannot be written", "correct its rights, or move it away: the run will have no log")
    return green(str(visit.settings.log_dir))


def journal(visit: Visit) -> Finding:
    """Is the ledger whole?"""
    path = bootstrap.live_folder(visit.settings) / JOURNAL_NAME
    events, until = 0, time.monotonic() + JOURNAL_SECONDS_MAX
    try:
        if not _is_there(path):
            return _no_journal(path)
        visit.silent_until_ms = silent_until_ms(path)
        for events, event in enumerate(read_events(path), start=1):
            if event["event"] == "account":
                visit.ledgers_account = event["alias"]
            if events % 4096 == 0 and time.monotonic() > until:
                return green(f"{path}: its first {events:,} events are whole; it is too long to read on here")
        torn = _is_torn(path)
    except JournalCorrupt as error:
        return red(f"{path}: damaged, {error.found}", str(error).partition(f"{error.found}; ")[2])
    except OSError as error:
        return red(f"{path}: cannot be read ({error.strerror or error})", "correct its rights, see to its disk")
    if not os.access(path, os.W_OK):
        return red(f"{path}: cannot be written", "correct its rights, or run capi as the user that owns it")
    if torn and not is_held(path.with_name(_LOCK)):
        cure = "nothing: the next start takes it off, and asks the exchange for what it lacks"
        return yellow(f"{path}: {events:,} events; a crash cut the last line short", cure)
    return green(f"{path}: {events:,} events")


def _is_there(path: Path) -> bool:
    """Return whether something has this name. Raises OSError when that cannot be told."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _no_journal(path: Path) -> Finding:
    if path.is_symlink():
        return red(f"{path}: a link to what is not there", "make the file that it leads to, or remove the link")
    if is_held(path.with_name(_LOCK)):
        cure = "move it back at once, or start the engine again: nothing is entered until then"
        return yellow(f"{path}: moved away or deleted under the engine that runs here", cure)
    return green(f"{path}: there is none yet, the first start makes it")


def _is_torn(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def database(visit: Visit) -> Finding:
    """Can the database be read, and has it kept up with the journal?"""
    from capi.adapters.duckdb.connection import DATABASE_NAME, open_read
    from capi.adapters.duckdb.errors import StoreError
    from capi.adapters.duckdb.journal_bytes import open_journal
    from capi.adapters.duckdb.watermark import read_watermark

    folder = bootstrap.live_folder(visit.settings)
    path = folder / DATABASE_NAME
    try:
        if not _is_there(path):
            return green(f"{path}: there is none yet, an engine makes it")
        with open_read(path) as connection, open_journal(folder / JOURNAL_NAME) as lines:
            mark = read_watermark(path, connection)
            mark.check(path, lines)
            behind = lines.size() - mark.offset
    except StoreError as error:
        return yellow(str(error), "do what it says, when there is time: trading does not need the database")
    except OSError as error:
        return yellow(f"{folder / JOURNAL_NAME}: {error.strerror or error}", "see to the check journal first")
    return green(f"{path}: up to event {mark.seq:,}, {behind:,} bytes behind the journal")


def engine(visit: Visit) -> Finding:
    """Does an engine run here already, and could one take the lock?"""
    lock = bootstrap.live_folder(visit.settings) / _LOCK
    if os.path.lexists(lock) and not (lock.is_file() and os.access(lock, os.R_OK | os.W_OK)):
        cure = "correct its rights, or run capi as the user that owns it"
        return red(f"{lock}: cannot be locked: it is another user's, or no file", cure)
    if is_held(lock):
        pid = pid_in(lock)
        return green(f"runs here: process {'unknown' if pid is None else pid}; another one would be refused")
    return green("none runs here")
