"""Spans of time as people write and read them: "90s", "1h", "2d"."""

import re
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_SPAN: Final = re.compile(r"([0-9]{1,6})\s?([smhdw])")


def span_ms(text: str) -> int | None:
    """Return the milliseconds that a span like "1h" says; None when it is none."""
    match = _SPAN.fullmatch(text.strip().lower())
    return None if match is None else int(match[1]) * _UNITS[match[2]] * 1000


def ago(seconds: float) -> str:
    """Return how long ago something was, in its largest unit: "3 min ago"."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s ago"
    if whole < 2 * 3600:
        return f"{whole // 60} min ago"
    return f"{whole // 3600} h ago" if whole < 2 * 86_400 else f"{whole // 86_400} days ago"
