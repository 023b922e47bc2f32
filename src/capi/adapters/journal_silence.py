"""What a journal says last of a silence that the exchange asked for: found before anything is asked, or folded."""

import json
import mmap
from pathlib import Path
from typing import Final

_MARK: Final = b'"event":"silence"'
"""As the journal writes it; inside a text its quotes would be escaped."""


def silent_until_ms(path: Path) -> int | None:
    """Return until when the last silence lasts (UTC ms); None where the journal tells of none, or is not there.

    A gigabyte takes a second. Raises OSError when the file cannot be read.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as written:
        found = written.rfind(_MARK)
        line = b"" if found < 0 else written[written.rfind(b"\n", 0, found) + 1 : written.find(b"\n", found)]
    try:
        event = json.loads(line)
    except ValueError:
        return None  # a torn or damaged line is told of when the journal is opened
    until_ms = event.get("until_ms") if isinstance(event, dict) else None
    return until_ms if isinstance(until_ms, int) else None
