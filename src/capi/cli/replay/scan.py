"""Which rows of a replay can be passed over: until when, and within which prices, nothing happens.

Neither on the exchange (the band of its orders) nor in the engine (the bounds that the last plan compared with). What a
row tells is searched in its columns. Equity and what is available are in none: they follow the price at no more than a
known slope, so their bounds are bounds on the price around where it was when they were last told.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from capi.adapters.paper.book import Band
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.prices.columns import Columns
from capi.cli.replay.limits import COLUMN, Limits
from capi.cli.replay.minutes import Minutes
from capi.cli.replay.stillness import Bound, Stillness
from capi.core.bounds import Measure

_SLOPE: Final = 4
"""Equity and available change by at most this much for each unit of the position and USDT of the price: one for the
profit, the rest for margin, which is at most the whole notional of the position and of orders that reduce it."""
_ROUNDING: Final = Decimal("2E-8")  # money is told to 8 digits


class Scan:
    """Searches the columns of one replay, a batch after the other."""

    def __init__(self, exchange: PaperExchange) -> None:
        self._exchange: Final = exchange
        self._columns: Columns | None = None
        self._minutes: Minutes | None = None
        self._band: Band | None = None
        self._bounds: Sequence[Bound] | None = None
        self._limits: Limits | None = None

    def quiet_until(self, columns: Columns, row: int, before_ms: int, still: Stillness) -> tuple[int, bool]:
        """Return the first row, from `row` on, that is not passed over, and whether something may happen at it.

        Where nothing may, it is the first that is not before `before_ms`.
        """
        self._minutes_of(columns)  # of a new batch, before any row of it is taken by itself
        times = columns.at_ms
        if times[row] >= before_ms or not self._exchange.is_quiet:
            return row, True
        limits = self._still(columns, still)
        if limits is None:
            return row, True
        end = row + int(times[row:].searchsorted(before_ms))
        first = limits.first_outside(columns, row, end)
        if first < end:
            self._limits = None  # the price has moved: what is bounded around it is bounded anew
        return first, first < end

    def pass_over(self, columns: Columns, row: int, end: int) -> None:
        """Move the exchange over rows that are quiet, to the last of them."""
        candles = self._minutes_of(columns).candles(row, end)
        self._exchange.pass_over(columns.quote(end - 1), end - row, candles)

    def _minutes_of(self, columns: Columns) -> Minutes:
        """Return the minutes of a batch; its volatility is told when it is met, from where the meter stands then."""
        if self._minutes is None or self._columns is not columns:
            self._columns, self._minutes = columns, Minutes(columns)
            columns.add("volatility", self._minutes.volatility(self._exchange.meter))
        return self._minutes

    def _still(self, columns: Columns, still: Stillness) -> Limits | None:
        """Return the bounds within which nothing happens; None where the account has left one."""
        band, bounds = self._exchange.band, still.bounds
        if self._limits is None or self._band is not band or self._bounds is not bounds:
            limits = Limits(columns.prices.tick_size)
            limits.inside(band)
            for name, low, high in bounds:
                if name in COLUMN:
                    limits.between(COLUMN[name], low, high)
                elif name != "wallet" and not self._follow_money(limits, name, low, high):
                    return None
            for name in still.unknown:
                limits.unknown(COLUMN[name])
            self._band, self._bounds, self._limits = band, bounds, limits
        return self._limits

    def _follow_money(self, limits: Limits, name: Measure, low: Decimal, high: Decimal) -> bool:
        """Bound the price by how far equity or available is from its bounds. False: it has left them."""
        now, mark = self._exchange.measure(name), self._exchange.measure("mark")
        if now is None or mark is None:
            return False
        room = min(now - low, high - now) - _ROUNDING
        if room <= 0:
            return False
        qty = abs(self._exchange.account.qty)
        if qty:
            far = room / (qty * _SLOPE)
            limits.between("twice_mid", mark - far, mark + far)
        return True
