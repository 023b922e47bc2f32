"""Fills and funding payments of a look: when each is read, and where a first start begins."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from capi.adapters.binance.executions import Executions
from capi.adapters.binance.fundings import Fundings
from capi.adapters.binance.sight import Sight

FILLS_EVERY_MS: Final = 5000
FILLS_RARELY_MS: Final = 30_000
"""While a stream tells of each. A look that finds the position or an order changed has them read all the same."""
WEEK_MS: Final = 7 * 24 * 3_600_000


class Flows:
    """What moved position and wallet. `note_fills_due` may come from another thread."""

    def __init__(self, executions: Executions, fundings: Fundings) -> None:
        self._executions: Final = executions
        self._fundings: Final = fundings
        self._fills_due = True
        self._fills_read_at_ms = 0
        self.has_begun = False

    def note_fills_due(self) -> None:
        """Have the fills read at the next look."""
        self._fills_due = True

    def note_concerns(self, client_order_ids: Iterable[str]) -> None:
        """Take down orders whose trades concern us: they tell where a first start begins."""
        self._executions.note_concerns(client_order_ids)

    def read(
        self, sight: Sight, qty: Decimal, *, fills_after: int, fundings_after: int, are_told: bool = False
    ) -> None:
        """Read what is due into a look. `qty`: the position as last seen. `are_told`: a stream tells of fills."""
        every_ms = FILLS_RARELY_MS if are_told else FILLS_EVERY_MS
        if not self._read_fills(sight, qty, fills_after, every_ms):
            return
        if not self.has_begun:
            self._begin_fundings(sight.now_ms, fills_after, fundings_after)
            self.has_begun = True
        self._fundings.note_position(sight.now_ms, qty)
        if self._fundings.is_due(sight.now_ms, fundings_after):
            self._fundings.read_into(sight, fundings_after)

    def _read_fills(self, sight: Sight, qty: Decimal, after: int, every_ms: int) -> bool:
        """Read them when due; return whether all are known now. Fills that a lost look held are read again."""
        young = 0 <= sight.now_ms - self._fills_read_at_ms < every_ms
        if young and not self._fills_due and after >= self._executions.returned_up_to:
            return True
        self._fills_due, self._fills_read_at_ms = False, sight.now_ms
        if self._executions.read_into(sight, after, qty):
            return True
        self._fills_due = True
        return False

    def _begin_fundings(self, now_ms: int, fills_after: int, fundings_after: int) -> None:
        """Payments are read from the last one known; else from the first trade that concerns us; else from now on."""
        begins_at_ms = self._executions.begins_at_ms
        if fundings_after > 0:
            self._fundings.begin(now_ms, fundings_after, read=True)
        elif begins_at_ms is not None:
            self._fundings.begin(now_ms, begins_at_ms - 1, read=True)
        elif fills_after > 0:
            self._fundings.begin(now_ms, now_ms - WEEK_MS, read=True)
        else:
            self._fundings.begin(now_ms, now_ms, read=False)
