"""One row into one quote or candle, or into the reason why not.

What each kind says of the book:
- `quotes`, `bookTicker`: the book itself; bookTicker's time is the transaction time. An empty quantity in `quotes` is
  unknown.
- `trades`, `aggTrades`: the price is the last price. A seller who took (the buyer is the maker) traded at the bid, a
  buyer who took at the ask; the other side is put one tick away. The quantity at a touch is what last traded on that
  side: as much stood there at least. Until something traded there it is unknown.
- `klines`: a candle; candles.py says what becomes of it.

Time never runs backwards: a row older than the one before is skipped; equal times are fine for quotes and trades. A
candle must open after the one before has closed. Gaps are counted, and bridged by nothing.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final, assert_never

from capi.adapters.prices.candles import Candle
from capi.adapters.prices.cells import (
    Cells,
    is_buyer_maker,
    milliseconds,
    positive,
    positive_or_unknown,
    price_parser,
)
from capi.adapters.prices.cells import number as any_number
from capi.adapters.prices.formats import Layout
from capi.adapters.prices.report import BadRow, Cell, Report
from capi.core.account import Instrument
from capi.core.units import EXACT, floor_to, plain
from capi.ports.market import Quote

GAP_MS: Final = 60_000
"""Longer than this without a quote or a trade is a gap."""
CANDLE_SHARES: Final = Decimal(4)
"""A path has four quotes: each has a quarter of the candle's volume at its touch."""

Row = Sequence[Cell]
Make = Callable[[Row], Quote | Candle]


class Rows:
    """Makes quotes and candles of rows, in order of time. One instance reads one file, all its tables.

    `last_ms`, and for trades the quantities that last traded, are what the next row follows on; vectors.py moves them
    over the blocks that it takes.
    """

    def __init__(self, instrument: Instrument, report: Report) -> None:
        self._instrument = instrument
        self._report = report
        self.last_ms: int | None = None
        self._price = Cells(price_parser(instrument, self._note_off_tick))
        self._qty = Cells(positive)
        self._qty_or_unknown = Cells(positive_or_unknown)
        self._side = Cells(is_buyer_maker)
        self.bid_qty: Decimal | None = None
        self.ask_qty: Decimal | None = None

    def maker(self, layout: Layout) -> Make:
        """Return the function that makes a quote or candle of a row of this layout. It raises BadRow."""
        pick: Callable[[Row], Row] = itemgetter(*layout.places)
        match layout.kind:
            case "quotes":
                return self._book(pick, self._qty_or_unknown) if "bid_qty" in layout.columns else self._bare_book(pick)
            case "bookTicker":
                return self._book(pick, self._qty)
            case "trades" | "aggTrades":
                return self._trades(pick)
            case "klines":
                return self._candles(pick)
            case _:
                assert_never(layout.kind)

    def _bare_book(self, pick: Callable[[Row], Row]) -> Make:
        price, admit = self._price, self._admit

        def make(row: Row) -> Quote:
            at, bid, ask = pick(row)
            best_bid, best_ask = price[bid], price[ask]
            if best_bid >= best_ask:
                raise BadRow("crossed")
            return Quote(admit(at), best_bid, best_ask)

        return make

    def _book(self, pick: Callable[[Row], Row], qty: Cells[Decimal] | Cells[Decimal | None]) -> Make:
        price, admit = self._price, self._admit

        def make(row: Row) -> Quote:
            at, bid, ask, bid_qty, ask_qty = pick(row)
            best_bid, best_ask = price[bid], price[ask]
            if best_bid >= best_ask:
                raise BadRow("crossed")
            at_bid, at_ask = qty[bid_qty], qty[ask_qty]
            return Quote(admit(at), best_bid, best_ask, at_bid, at_ask)

        return make

    def _trades(self, pick: Callable[[Row], Row]) -> Make:
        around, qtys, sides, admit = Cells(self._around), self._qty, self._side, self._admit

        def make(row: Row) -> Quote:
            at, price, qty, side = pick(row)
            below, last, above = around[price]
            traded = qtys[qty]
            if sides[side]:
                now = admit(at)
                self.bid_qty = traded
                return Quote(now, last, above, traded, self.ask_qty, None, last)
            if below <= 0:
                raise BadRow("not_positive")
            now = admit(at)
            self.ask_qty = traded
            return Quote(now, below, last, self.bid_qty, traded, None, last)

        return make

    def _candles(self, pick: Callable[[Row], Row]) -> Make:
        price, instrument = self._price, self._instrument

        def make(row: Row) -> Candle:
            opened, first, top, bottom, final, volume, closed = pick(row)
            open_, high, low, close = price[first], price[top], price[bottom], price[final]
            open_ms, close_ms = milliseconds(opened), milliseconds(closed)
            if not (low <= open_ <= high and low <= close <= high and open_ms < close_ms):
                raise BadRow("candle")
            if low < instrument.tick_size:
                raise BadRow("not_positive")
            touch_qty = self._touch_qty(volume)
            self._admit_candle(open_ms, close_ms)
            return Candle(open_ms, close_ms, open_, high, low, close, touch_qty, instrument.tick_size)

        return make

    def _around(self, cell: Cell) -> tuple[Decimal, Decimal, Decimal]:
        price, tick = self._price[cell], self._instrument.tick_size
        return plain(EXACT.subtract(price, tick)), price, plain(EXACT.add(price, tick))

    def _touch_qty(self, volume: Cell) -> Decimal | None:
        traded = any_number(volume)
        if traded < 0:
            raise BadRow("not_positive")
        share = floor_to(EXACT.divide(traded, CANDLE_SHARES), self._instrument.step_size)
        return share if share > 0 else None

    def _note_off_tick(self, text: str) -> None:
        if self._report.off_tick is None:
            self._report.off_tick = text

    def _admit(self, cell: Cell) -> int:
        """Return the row's time, the last thing checked of a row: only a usable row moves the clock."""
        now_ms, last_ms = milliseconds(cell), self.last_ms
        if last_ms is not None and now_ms != last_ms:
            if now_ms < last_ms:
                raise BadRow("out_of_order")
            if now_ms - last_ms > GAP_MS:
                self._report.gap(last_ms, now_ms)
        self.last_ms = now_ms
        return now_ms

    def _admit_candle(self, open_ms: int, close_ms: int) -> None:
        last_ms = self.last_ms
        if last_ms is not None:
            if open_ms < last_ms:
                raise BadRow("out_of_order")
            if open_ms - last_ms >= close_ms - open_ms:
                self._report.gap(last_ms, open_ms)
        self.last_ms = close_ms
