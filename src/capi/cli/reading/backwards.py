"""The newest events of a journal first: read from its end, as far as somebody asks."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_BLOCK: Final = 1 << 18


def newest_first(path: Path, *, bytes_max: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the events of a journal from its last whole line on backwards, reading `bytes_max` of it at most.

    What is being written now (a last line without its end) is left out; a line that is no event ends it, because
    before it nothing can be relied on. Raises OSError.
    """
    for line in _lines_backwards(path, bytes_max):
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            return
        yield event


def _lines_backwards(path: Path, bytes_max: int | None) -> Iterator[bytes]:
    """Yield whole lines, the last one first; the first of what was read may be cut, and is left out then."""
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        least = 0 if bytes_max is None else max(0, end - bytes_max)
        rest, torn = b"", True
        while end > least:
            start = max(least, end - _BLOCK)
            file.seek(start)
            block = file.read(end - start) + rest
            first, *lines = block.split(b"\n")
            if torn and lines:
                lines.pop()  # behind the last newline
                torn = False
            yield from reversed(lines)
            rest, end = first, start
        if end == 0 and rest and not torn:
            yield rest
