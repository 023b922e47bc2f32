"""UTC days and ISO weeks, and the equity that each began with."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS
MONDAY_MS: Final = 4 * DAY_MS
"""1970-01-05 00:00 UTC, the first Monday of the epoch."""


def day_start(at_ms: int) -> int:
    """Return the start of the UTC day."""
    return at_ms - at_ms % DAY_MS


def week_start(at_ms: int) -> int:
    """Return the start of the ISO week: Monday 00:00 UTC."""
    return at_ms - (at_ms - MONDAY_MS) % WEEK_MS


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week and the equity that it began with; None while no look told it."""

    start_ms: int
    start_equity: Decimal | None


def turns(period: Period | None, start_ms: int, *, known: bool) -> bool:
    """Return whether another period began at `start_ms`, or the current one's first equity is `known` only now."""
    if period is None or start_ms > period.start_ms:
        return True
    return period.start_equity is None and known
