"""What a journal says last of a silence that the exchange asked for: found before anything is asked, or folded."""

import json
import mmap
import os
import time
from pathlib import Path
from typing import Final

from capi.ports.journal import Event

AHEAD_MS_MAX: Final = 60_000
"""A silence from further ahead was told by a clock that was corrected since: it is void."""
_SILENCE: Final = b'"event":"silence"'
_STARTED: Final = b'"event":"run_started"'
"""As the journal writes them; inside a text the quotes would be escaped."""


def silent_until_ms(path: Path) -> int | None:
    """Return until when a silence lasts (UTC ms); None: none does, or the exchange has answered a start since.

    A gigabyte takes a second. Raises OSError when the file cannot be read.
    """
    try:
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):  # there is no journal
        return None
    with file:
        if os.fstat(file.fileno()).st_size == 0:  # nothing to map
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as written:
            return _last_in(written)


def _last_in(written: mmap.mmap) -> int | None:
    found, started = written.rfind(_SILENCE), written.rfind(_STARTED)
    while found > started:
        line = written[written.rfind(b"\n", 0, found) + 1 : max(written.find(b"\n", found), found)]
        try:
            return _lasts_until_ms(json.loads(line))
        except ValueError:  # torn by a crash: the one before it may last
            found = written.rfind(_SILENCE, 0, found)
    return None


def _lasts_until_ms(event: Event) -> int | None:
    """Return until when a recorded silence lasts, None when it is over or void: by this machine's clock."""
    now_ms = time.time_ns() // 1_000_000
    at_ms, until_ms = event.get("at_ms"), event.get("until_ms")
    if not isinstance(at_ms, int) or not isinstance(until_ms, int):
        return None
    return until_ms if at_ms <= now_ms + AHEAD_MS_MAX and now_ms < until_ms else None
