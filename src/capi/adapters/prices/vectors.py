"""A block of clean rows into columns, at once; a block with anything odd in it is left to the row-by-row reader.

Odd is whatever rows.py would skip, round, count as a gap or remember: so only one place decides about such rows, and
both ways give the same quotes. What each kind says of the book stands there too.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from capi.adapters.prices.formats import Layout
from capi.adapters.prices.rows import GAP_MS, Rows
from capi.core.account import Instrument

if TYPE_CHECKING:
    from capi.adapters.prices.columns import Columns, Numbers, Ticks

Matrix = tuple["Numbers", ...]
"""The cells of a block as doubles, one array for each column that the layout reads, in its order."""

_OFF_TICK_MAX: Final = 5e-7  # of a tick: half of what the row reader takes for noise
_TICKS_MAX: Final = 10**9  # up to here a double tells half of what the row reader takes for noise
_QTY_MIN, _QTY_MAX = 1e-17, 1e16  # between them the row reader takes any double, and rounds none to zero
_TIME_MIN, _TIME_MAX = 10**11, 10**13


class Vectors:
    """Makes columns of blocks of quotes or trades.

    `rows` is the reader that takes the other blocks: time and touch go on through both.
    """

    def __init__(self, instrument: Instrument, rows: Rows) -> None:
        from capi.adapters.prices.columns import TickPrices

        self._tick: Final = float(instrument.tick_size)
        self._prices: Final[TickPrices] = TickPrices(instrument.tick_size)
        self._rows: Final = rows

    def columns(self, layout: Layout, matrix: Matrix | None) -> "Columns | None":
        """Return the block as columns; None when a row of it needs the row reader."""
        if matrix is None or len(matrix[0]) == 0:
            return None
        at_ms = self._times(matrix[0])
        if at_ms is None:
            return None
        made = self._book(at_ms, matrix) if layout.kind in ("quotes", "bookTicker") else self._trades(at_ms, matrix)
        if made is not None:
            self._rows.last_ms = int(at_ms[-1])
        return made

    def _times(self, cells: "Numbers") -> "Ticks | None":
        import numpy as np

        if not bool(((cells >= _TIME_MIN) & (cells < _TIME_MAX)).all()):
            return None
        at_ms = cells.astype(np.int64)
        last_ms = self._rows.last_ms
        first_ms = int(at_ms[0])
        if last_ms is not None and not 0 <= first_ms - last_ms <= GAP_MS:
            return None
        if len(at_ms) > 1:
            steps = np.diff(at_ms)
            if int(steps.min()) < 0 or int(steps.max()) > GAP_MS:
                return None
        return at_ms

    def _in_ticks(self, cells: "Numbers") -> "Ticks | None":
        import numpy as np

        if not bool(np.isfinite(cells).all()):
            return None
        ticks = cells / self._tick
        whole = np.rint(ticks)
        usable = (whole >= 1) & (whole < _TICKS_MAX) & (np.abs(ticks - whole) <= _OFF_TICK_MAX)
        return whole.astype(np.int64) if bool(usable.all()) else None

    def _book(self, at_ms: "Ticks", matrix: Matrix) -> "Columns | None":
        from capi.adapters.prices.columns import Columns

        bid, ask = self._in_ticks(matrix[1]), self._in_ticks(matrix[2])
        if bid is None or ask is None or not bool((bid < ask).all()):
            return None
        if len(matrix) == 3:
            return Columns(self._prices, at_ms, bid, ask)
        bid_qty, ask_qty = matrix[3], matrix[4]
        if not (_is_quantity(bid_qty) and _is_quantity(ask_qty)):
            return None
        return Columns(self._prices, at_ms, bid, ask, bid_qty, ask_qty)

    def _trades(self, at_ms: "Ticks", matrix: Matrix) -> "Columns | None":
        from capi.adapters.prices.columns import Columns

        last, traded, seller_took = self._in_ticks(matrix[1]), matrix[2], matrix[3] == 1
        if last is None or not _is_quantity(traded) or not bool((seller_took | (matrix[3] == 0)).all()):
            return None
        bid = last - ~seller_took
        if int(bid.min()) < 1:
            return None
        rows = self._rows
        if not (_is_double(rows.bid_qty) and _is_double(rows.ask_qty)):
            return None
        bid_qty = _carried(traded, seller_took, rows.bid_qty)
        ask_qty = _carried(traded, ~seller_took, rows.ask_qty)
        made = Columns(self._prices, at_ms, bid, bid + 1, bid_qty, ask_qty, last)
        final = made.quote(len(made) - 1)
        rows.bid_qty, rows.ask_qty = final.bid_qty, final.ask_qty
        return made


def _is_quantity(cells: "Numbers") -> bool:
    return bool(((cells >= _QTY_MIN) & (cells < _QTY_MAX)).all())


def _is_double(value: Decimal | None) -> bool:
    return value is None or Decimal(repr(float(value))) == value


def _carried(traded: "Numbers", on_side: "Numbers", before: Decimal | None) -> "Numbers":
    """Return what last traded on a side at each row; NaN until something did."""
    import numpy as np

    latest = np.maximum.accumulate(np.where(on_side, np.arange(len(traded)), -1))
    return np.where(latest >= 0, traded[latest], np.nan if before is None else float(before))
