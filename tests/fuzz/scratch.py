"""A folder for what has to be read from a file: one for each process, gone at the end."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def _folder_of(pid: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"capi-fuzz-{pid}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def written(name: str, document: bytes) -> Path:
    """Write a document to a file of this name, and return its path."""
    path = _folder_of(os.getpid()) / name
    path.write_bytes(document)
    return path


def folder() -> Path:
    """Return this process's folder."""
    return _folder_of(os.getpid())
