"""Every comparison with time or with a moving measure goes through here, so that what was compared is known afterwards.

A rule that asks `past(at)` or `above("bid", bid, limit)` states its limit once. The collected limits bound the time and
the measures within which the same view takes the same path: that is `plan.horizon`. The bounds are open intervals: a
value that stays strictly inside changes no comparison. Where a comparison holds with equality the bound lies on the
value itself; then the interval is empty and the next pass is simply run.
"""

from decimal import Decimal
from typing import Literal, Protocol

Measure = Literal[
    "bid", "ask", "mid", "mark", "last", "spread", "volatility", "bid_qty", "ask_qty", "equity", "wallet", "available"
]


class Comparing(Protocol):
    """Comparisons with time and with moving measures."""

    def past(self, at_ms: int) -> bool:
        """Return whether `at_ms` has come."""
        ...

    def above(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` of a moving measure is above `limit`."""
        ...

    def at_least(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` of a moving measure is `limit` or above."""
        ...


class Comparisons:
    """The comparisons alone: what `plan` needs."""

    __slots__ = ("_now_ms",)

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def past(self, at_ms: int) -> bool:
        """Return whether `at_ms` has come."""
        return self._now_ms >= at_ms

    def above(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` is above `limit`."""
        return value > limit

    def at_least(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` is `limit` or above."""
        return value >= limit


class Bounds:
    """The comparisons, and the limits that they were made with: what `horizon` needs."""

    __slots__ = ("_now_ms", "high", "low", "until_ms")

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self.until_ms: int | None = None  # the first instant at which a comparison with time changes
        self.low: dict[Measure, Decimal] = {}
        self.high: dict[Measure, Decimal] = {}

    def past(self, at_ms: int) -> bool:
        """Return whether `at_ms` has come; when not, remember it."""
        if self._now_ms >= at_ms:
            return True
        if self.until_ms is None or at_ms < self.until_ms:
            self.until_ms = at_ms
        return False

    def above(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` of a moving measure is above `limit`."""
        if value > limit:
            self._keep_above(measure, limit)
            return True
        self._keep_below(measure, limit)
        return False

    def at_least(self, measure: Measure, value: Decimal, limit: Decimal) -> bool:
        """Return whether `value` of a moving measure is `limit` or above."""
        if value >= limit:
            self._keep_above(measure, limit)
            return True
        self._keep_below(measure, limit)
        return False

    def _keep_above(self, measure: Measure, limit: Decimal) -> None:
        known = self.low.get(measure)
        if known is None or limit > known:
            self.low[measure] = limit

    def _keep_below(self, measure: Measure, limit: Decimal) -> None:
        known = self.high.get(measure)
        if known is None or limit < known:
            self.high[measure] = limit
