"""UTC days and ISO weeks, and the equity that each began with."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from capi.core.units import EXACT
from capi.core.value import record

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


@record
class Period:
    """A day or a week and the equity that it began with; None while no look told it.

    `known_at_ms`: when that was looked at. Money moved until then is in it.
    """

    start_ms: int
    start_equity: Decimal | None
    known_at_ms: int

    def with_transfer(self, amount: Decimal, at_ms: int) -> "Period":
        """Return it with money moved at a time (> 0: brought in, USDT): as if it had been so from the start."""
        if self.start_equity is None or at_ms <= self.known_at_ms:
            return self
        return replace(self, start_equity=EXACT.add(self.start_equity, amount))


def turns(period: Period | None, start_ms: int, *, known: bool) -> bool:
    """Return whether another period began at `start_ms`, or the current one's first equity is `known` only now."""
    if period is None or start_ms > period.start_ms:
        return True
    return period.start_equity is None and known


def first_known_ms(periods: tuple[Period | None, ...], now_ms: int) -> int:
    """Return when the earliest start equity that still counts was looked at; now, when there is none."""
    known = [period.known_at_ms for period in periods if period is not None]
    return max(min(known, default=now_ms), week_start(now_ms))


def remembered_from(week_start_ms: int) -> int:
    """Return from when on transfers are remembered: the exchange may tell of one after the turn of the week."""
    return week_start_ms - DAY_MS
