"""Weights and order counts as Binance counts them: per minute and per ten seconds, with 429, then 418.

Source: facts, section 1.5. The weight belongs to the address, the orders to the account; here there is one of each.
"""

from typing import Final

from capi.cli.serve.errors import WireError
from capi.core.value import value

MINUTE_MS: Final = 60_000
TEN_SECONDS_MS: Final = 10_000
BAN_MS: Final = 120_000
REFUSALS_BEFORE_BAN: Final = 10
"""Requests sent on after the first 429 of a minute until the address is banned."""


@value
class Limits:
    """What is allowed, as production had it in September 2026."""

    weight_minute: int = 2_400
    orders_ten_seconds: int = 300
    orders_minute: int = 1_200


class Counted:
    """A count that starts anew with each window of the exchange's clock."""

    def __init__(self, window_ms: int) -> None:
        """Start at zero."""
        self._window_ms = window_ms
        self._window = -1
        self._count = 0

    def add(self, amount: int, now_ms: int) -> int:
        """Count and return the window's sum."""
        window = now_ms // self._window_ms
        if window != self._window:
            self._window, self._count = window, 0
        self._count += amount
        return self._count

    def left_seconds(self, now_ms: int) -> int:
        """Return the whole seconds until the next window, at least one."""
        return -(-(self._window_ms - now_ms % self._window_ms) // 1_000)


class Meter:
    """Counts what came, and says when it was too much."""

    def __init__(self, limits: Limits) -> None:
        """Start with nothing used."""
        self.limits = limits
        self.banned_until_ms = 0
        self._weight = Counted(MINUTE_MS)
        self._refusals = Counted(MINUTE_MS)
        self._ten_seconds = Counted(TEN_SECONDS_MS)
        self._minute = Counted(MINUTE_MS)

    def ban(self, now_ms: int, milliseconds: int = BAN_MS) -> None:
        """Shut the address out for a while."""
        self.banned_until_ms = now_ms + milliseconds

    def use_weight(self, weight: int, now_ms: int) -> None:
        """Count a request. Raises WireError 429 beyond the limit, 418 while banned."""
        if now_ms < self.banned_until_ms:
            raise self._banned(now_ms)
        if self._weight.add(weight, now_ms) <= self.limits.weight_minute:
            return
        if self._refusals.add(1, now_ms) > REFUSALS_BEFORE_BAN:
            self.ban(now_ms)
            raise self._banned(now_ms)
        text = f"Too many requests; current limit is {self.limits.weight_minute} request weight per 1 MINUTE."
        raise WireError(-1003, text, 429, self._weight.left_seconds(now_ms))

    def use_orders(self, ten_seconds: int, minute: int, now_ms: int) -> None:
        """Count orders. Raises WireError -1015 with 429 beyond a limit."""
        if self._ten_seconds.add(ten_seconds, now_ms) > self.limits.orders_ten_seconds:
            raise self._too_many(self.limits.orders_ten_seconds, "10 SECOND", self._ten_seconds, now_ms)
        if self._minute.add(minute, now_ms) > self.limits.orders_minute:
            raise self._too_many(self.limits.orders_minute, "1 MINUTE", self._minute, now_ms)

    def headers(self, now_ms: int, *, orders: bool) -> dict[str, str]:
        """Return the counts as an answer tells them; those of orders only where orders were counted."""
        told = {"X-MBX-USED-WEIGHT-1M": str(self._weight.add(0, now_ms))}
        if orders:
            told["X-MBX-ORDER-COUNT-10S"] = str(self._ten_seconds.add(0, now_ms))
            told["X-MBX-ORDER-COUNT-1M"] = str(self._minute.add(0, now_ms))
        return told

    def _banned(self, now_ms: int) -> WireError:
        text = f"Way too many requests; IP(127.0.0.1) banned until {self.banned_until_ms}."
        return WireError(-1003, text, 418, -(-(self.banned_until_ms - now_ms) // 1_000))

    @staticmethod
    def _too_many(limit: int, window: str, counted: Counted, now_ms: int) -> WireError:
        text = f"Too many new orders; current limit is {limit} orders per {window}."
        return WireError(-1015, text, 429, counted.left_seconds(now_ms))
