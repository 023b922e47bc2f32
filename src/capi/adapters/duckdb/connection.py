"""Opening the database: the one way in for writers and readers, with little memory, one thread and no network.

DuckDB lets one process write or many read. A projection holds the file for some 20 ms every few seconds, so a reader
that meets it waits that long and tries again; what holds it for longer is said (`DatabaseHeld`).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from capi.adapters.duckdb.errors import LOCKED, DatabaseClosed, DatabaseHeld, told
from capi.adapters.duckdb.module import duckdb

DATABASE_NAME: Final = "capi.duckdb"
PATIENCE_SECONDS: Final = 1.0
"""How long a reader tries while a writer has the file."""

_RETRY_SECONDS: Final = (0.002, 0.010)
_LOCK_POLL_SECONDS: Final = 0.01
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


def wal_of(database: Path) -> Path:
    """Return where DuckDB keeps what it has not yet written into the file itself."""
    return database.with_name(f"{database.name}.wal")


def in_memory() -> duckdb.DuckDBPyConnection:
    """Return a database that lives as long as its connection, and writes nothing to any disk."""
    return duckdb.connect(":memory:", config={**_CONFIG, "memory_limit": "2GB", "temp_directory": ""})


@contextmanager
def open_write(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open for writing, creating the file when there is none. Raises StoreError, at once when the file is held."""
    with told(database), duckdb.connect(database, config=_CONFIG) as connection:
        yield connection


@contextmanager
def open_read(database: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open for reading; it is held only as long as the context. Raises StoreError, also when there is no file."""
    connect = partial(duckdb.connect, database, read_only=True, config=_CONFIG)
    with told(database), patiently(connect, patience_seconds) as connection:
        yield connection


def patiently(attempt: Callable[[], duckdb.DuckDBPyConnection], patience_seconds: float) -> duckdb.DuckDBPyConnection:
    """Return what `attempt` returns, trying again while another process has the file."""
    end = time.monotonic() + patience_seconds
    while True:
        try:
            return attempt()
        except duckdb.IOException as error:
            if LOCKED not in str(error) or time.monotonic() >= end:
                raise
        time.sleep(random.uniform(*_RETRY_SECONDS))


@contextmanager
def writing(database: Path, wait_seconds: float) -> Iterator[None]:
    """Be the only one that writes or replaces the database: an engine's projection, or a rebuild.

    DuckDB's own lock would not do: it is of a file, and a rebuild puts another file in its place. Raises DatabaseHeld
    when another process is at it for longer than `wait_seconds`, and DatabaseClosed when the folder cannot be written.
    """
    path = database.with_name(f"{database.name}.lock")
    from filelock import FileLock, Timeout  # here alone: readers take no turns, and it costs them 10 ms

    lock = FileLock(path, timeout=wait_seconds, mode=0o600, poll_interval=_LOCK_POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise DatabaseHeld(f"{database}: another process writes it at the moment (a rebuild, or an engine)") from None
    except OSError as error:
        raise DatabaseClosed(f"{path}: cannot be made ({error.strerror}): correct the folder's rights") from error
    try:
        yield
    finally:
        lock.release()
