"""What the parts around the planner cost: journal, paper exchange, price reader."""

import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure
from benchmarks.price_files import write_candles, write_quotes
from benchmarks.timing import Effort, computing_us, waiting_us
from capi.adapters.instruments import instrument_for
from capi.adapters.journal_file import FileJournal
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.prices import Report, open_prices
from capi.adapters.prices.generated import generate
from capi.adapters.prices.generated_market import SYMBOL
from capi.ports.journal import Event

_SECTION: Final = "parts"
_SYNCED_CALLS: Final = 20
_EVENT: Final[Event] = {
    "event": "fill",
    "at_ms": 1_764_324_360_000,
    "client_order_id": "capi_entry_20251128T100500Z",
    "role": "entry",
    "decision_id": "20251128T100500Z",
    "side": "BUY",
    "price": Decimal("90800.0"),
    "quantity": Decimal("0.011"),
    "fee": Decimal("0.19976"),
    "maker": True,
    "trade_id": 1,
}
"""A line of usual length."""


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield a figure for each part."""
    yield from _journal(effort, folder)
    yield _exchange(effort)
    quotes, candles = folder / "part_quotes.csv", folder / "part_candles.csv"
    write_quotes(quotes, effort.hours * 4)
    write_candles(candles, effort.candle_days)
    yield _reader("price reader, quotes, CSV", quotes, effort)
    yield _reader("price reader, klines, CSV", candles, effort)


def _journal(effort: Effort, folder: Path) -> Iterator[Figure]:
    with FileJournal(folder / "replay.journal", durable=False) as journal:
        taken = computing_us(lambda: journal.append(_EVENT), effort)
        yield Figure(section=_SECTION, name="journal append of a replay", value=taken, unit="µs", note="held back")
    with FileJournal(folder / "live.journal", durable=True) as journal:
        taken = computing_us(lambda: journal.append(_EVENT), effort)
        yield Figure(section=_SECTION, name="journal append", value=taken, unit="µs", note="written, not synced")
        taken = waiting_us(lambda: journal.append(_EVENT, durable=True), effort, min(effort.calls, _SYNCED_CALLS))
        yield Figure(
            section=_SECTION, name="journal append, durable", value=taken, unit="µs", note="by the clock, on the disk"
        )


def _exchange(effort: Effort) -> Figure:
    """Flat without orders: what most quotes of a replay meet. Prices go round, time goes on."""
    quotes, _ = generate(7, 1)
    known = list(quotes)
    exchange = PaperExchange(instrument_for(SYMBOL), Decimal(10_000), PaperConfig(), known[0].timestamp_ms)
    rounds = cycle(known)
    taken = computing_us(lambda: exchange.advance(next(rounds)), effort)
    return Figure(section=_SECTION, name="paper exchange advance, nothing open", value=taken, unit="µs")


def _reader(name: str, path: Path, effort: Effort) -> Figure:
    """Rows a second, from opening the file to its last row."""
    instrument, rows, rates = instrument_for(SYMBOL), 0, []
    for _ in range(min(effort.repeats, 3)):
        began = time.perf_counter()
        rows = sum(len(batch) for batch in open_prices(path, instrument, Report()).batches())
        rates.append(rows / (time.perf_counter() - began))
    return Figure(section=_SECTION, name=name, value=median(rates), unit="rows/s", digits=0, note=f"{rows:,} rows")
