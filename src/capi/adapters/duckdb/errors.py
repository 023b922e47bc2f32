"""What can be wrong with a database or its journal, told apart by what may be done about it. Each text has its cure."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from capi.adapters.duckdb.module import duckdb

REBUILD: Final = "run capi db rebuild: it is made anew from the journal, and an engine may go on meanwhile"
LOCKED: Final = "Could not set lock"
"""How DuckDB says that another process has the file; it has no exception of its own for that."""

_FULL: Final = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_REFUSED: Final = tuple(os.strerror(code) for code in (errno.EACCES, errno.EPERM, errno.EROFS))


class StoreError(Exception):
    """The database cannot be used now. Its text: what, where, and what to do, in one sentence."""


class DatabaseHeld(StoreError):  # noqa: N818 (it says what the file is)
    """Another program has it open: nothing is wrong, and it is tried again."""


class DiskFull(StoreError):  # noqa: N818 (likewise)
    """There is no room to write: what could not be written is written when there is."""


class DatabaseClosed(StoreError):  # noqa: N818 (likewise)
    """The system does not let us read or write it."""


class DatabaseBroken(StoreError):  # noqa: N818 (likewise)
    """It is damaged, is of a later version, or belongs to another journal: a new one has to be made."""


class DatabaseOutdated(DatabaseBroken):
    """There is none yet, or it has an older schema: a new one is made without asking."""


@contextmanager
def told(database: Path) -> Iterator[None]:
    """Turn what DuckDB says of the database into a StoreError."""
    try:
        yield
    except duckdb.Error as error:
        raise _of(database, str(error)) from error


@contextmanager
def told_of_files(database: Path) -> Iterator[None]:
    """Turn what the system says of the database's files into a StoreError."""
    try:
        yield
    except OSError as error:
        raise _of(database, error.strerror or str(error)) from error


def _of(database: Path, text: str) -> StoreError:
    said = text.strip().partition("\n")[0] or "no reason was given"
    if database.is_dir():
        return DatabaseClosed(f"{database}: is a directory: remove it, then {REBUILD}")
    if LOCKED in text or "different configuration" in text:
        return DatabaseHeld(
            f"{database}: another program has the database open ({said}): end it when it holds it for long"
        )
    if any(reason in text for reason in _FULL):
        return DiskFull(
            f"{database}: the database cannot be written ({said}): free some space, it then catches up by itself"
        )
    if any(reason in text for reason in _REFUSED):
        return DatabaseClosed(f"{database}: the database cannot be used ({said}): correct its rights")
    return DatabaseBroken(f"{database}: the database cannot be used ({said}): {REBUILD}")
