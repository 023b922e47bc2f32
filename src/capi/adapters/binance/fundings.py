"""Funding payments, asked for when one may have been booked: they are dear (30 weight) and come on the hour alone.

A payment's id is its time: one symbol pays once at a time, and what the exchange books in parts is one payment.
"""

from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.fees import USDT
from capi.adapters.binance.sight import Sight
from capi.adapters.binance.wire_account import Income, read_incomes
from capi.core.units import EXACT, ZERO
from capi.ports.exchange import Funding

HOUR_MS: Final = 3_600_000
LAGS_MS: Final = (20_000, 120_000)
"""How long after the hour the bookings are read: once soon, and once when nothing can be late any more."""
HELD_MARGIN_MS: Final = 15_000
"""The position is known to within its own age: held this close to the hour may be held on it."""
RETRY_MS: Final = 30_000
"""After a failure, and when a look was lost that told of payments."""
KEPT_MS: Final = 85 * 24 * HOUR_MS
"""The exchange tells of three months; asking for more may be refused."""


class Fundings:
    """Reads them while a position is or was held across the hour."""

    def __init__(self, client: Client, calls: Calls) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._begins_after_ms = 0
        self._hours_read: dict[int, int] = {}  # by lag: the last full hour that was read with it
        self._held_at_ms = 0
        self._read_at_ms = 0
        self._has_failed = False
        self.returned_up_to = 0

    def begin(self, now_ms: int, begins_after_ms: int, *, read: bool) -> None:
        """Begin after a time; `read`: what was booked since is read at once, not only what comes."""
        self._begins_after_ms = begins_after_ms
        if not read:
            self._hours_read = {lag: (now_ms - lag) // HOUR_MS for lag in LAGS_MS}

    def note_position(self, now_ms: int, qty: Decimal) -> None:
        """Remember when a position was last held."""
        if qty != 0:
            self._held_at_ms = now_ms

    def is_due(self, now_ms: int, after_ms: int) -> bool:
        """Return whether there may be payments after `after_ms` that were not returned."""
        if self._has_failed or after_ms < self.returned_up_to or not self._hours_read:
            return not 0 <= now_ms - self._read_at_ms < RETRY_MS
        return any(self._is_open(now_ms, lag) for lag in LAGS_MS)

    def read_into(self, sight: Sight, after_ms: int) -> None:
        """Put the payments after a time into a look, oldest first; when they cannot be read it has a gap."""
        now_ms = sight.now_ms
        since_ms = max(after_ms, self._begins_after_ms, now_ms - KEPT_MS) + 1
        result = self._client.ask(self._calls.fundings(since_ms), read_incomes)
        self._read_at_ms, self._has_failed = now_ms, not is_successful(result)
        if not is_successful(result):
            sight.miss("the funding payments could not be read", result.failure())
            return
        self._hours_read = {lag: (now_ms - lag) // HOUR_MS for lag in LAGS_MS}
        sight.fundings = merged(result.unwrap())
        if sight.fundings:
            self.returned_up_to = sight.fundings[-1].funding_id

    def _is_open(self, now_ms: int, lag: int) -> bool:
        hour = (now_ms - lag) // HOUR_MS
        return hour > self._hours_read[lag] and self._held_at_ms >= hour * HOUR_MS - HELD_MARGIN_MS


def merged(incomes: list[Income]) -> tuple[Funding, ...]:
    """Return one payment for each time. Only USDT is counted: that is what a USDT-margined symbol pays in."""
    amounts: dict[int, Decimal] = {}
    for income in incomes:
        if income.asset == USDT:
            amounts[income.at_ms] = EXACT.add(amounts.get(income.at_ms, ZERO), income.amount)
    return tuple(Funding(funding_id=at, amount_usdt=amount, at_ms=at) for at, amount in amounts.items())
