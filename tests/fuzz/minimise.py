"""A failing document made as short as it can be in a moment, while it still fails in the same way."""

import time
import traceback
from typing import Final

from tests.fuzz.target import Check

SECONDS_MAX: Final = 5.0


def failure_of(check: Check, document: bytes) -> Exception | None:
    """Return what the check raises, or None."""
    try:
        check(document)
    except Exception as error:  # noqa: BLE001 - whatever comes out of a reader is a finding
        return error
    return None


def signature(error: Exception) -> str:
    """Return what two failures of one cause share: the kind, and the last line of ours that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/capi/" in frame.filename or "/tests/" in frame.filename]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"


def minimised(check: Check, document: bytes) -> bytes:
    """Return a short document that fails as this one does: without every piece that it can do without."""
    error = failure_of(check, document)
    if error is None:
        return document
    wanted, until = signature(error), time.monotonic() + SECONDS_MAX
    size = max(1, len(document) // 2)
    while True:
        before, at = len(document), 0
        while at < len(document) and time.monotonic() < until:
            shorter = document[:at] + document[at + size :]
            found = failure_of(check, shorter)
            if found is not None and signature(found) == wanted:
                document = shorter
            else:
                at += size
        if (size == 1 and len(document) == before) or time.monotonic() >= until:
            return document
        size = max(1, size // 2)
