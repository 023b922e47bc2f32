"""The status as a file that is replaced as a whole: a reader sees the last document or this one, never half of one.

It is not synced: after a power cut there may be an older one or none, and the next pass writes it anew.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

STATUS_NAME: Final = "status.json"


class StatusFile:
    """`ports.status.Status` on one file, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        """Write to `path`, by way of a file beside it. One process at a time may do so."""
        self.path: Final = path
        self._beside: Final = path.with_name(f".{path.name}.new")
        self._encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_decimal_text).encode

    def replace(self, document: Mapping[str, Any]) -> None:
        """Put this document in place of the last one, with the time at which it was written. Raises OSError."""
        written_at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        data = self._encode({**document, "written_at": written_at}).encode("ascii") + b"\n"
        file = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            written = 0
            while written < len(data):
                written += os.write(file, data[written:])
        finally:
            os.close(file)
        self._beside.replace(self.path)


def _decimal_text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"a {type(value).__name__} has no place in a status")
