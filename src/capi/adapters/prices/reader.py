"""Open a file of prices, whatever its format, and read it once through, batch by batch.

What a caller may rely on: rows come in order of time, every quote has bid < ask, every number is exact and above zero,
and what could not be used is counted in the report, never dropped in silence.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from capi.adapters.prices.candles import Candle
from capi.adapters.prices.delimited import Delimited, plain_table, zipped_tables
from capi.adapters.prices.formats import Kind
from capi.adapters.prices.report import MEANING, BadRow, PricesError, Report
from capi.adapters.prices.rows import Make, Rows
from capi.adapters.prices.source import Piece, Source
from capi.adapters.prices.vectors import Vectors
from capi.core.account import Instrument
from capi.ports.market import Quote

if TYPE_CHECKING:
    from capi.adapters.prices.columns import Columns

Batch: TypeAlias = "list[Quote | Candle] | Columns"
"""Some quotes or candles in order of time: clean blocks of quotes as columns."""

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PARQUET: Final = b"PAR1"


class Prices:
    """A recognised file. `fraction` grows while it is read."""

    def __init__(self, source: Source, instrument: Instrument, report: Report, where: str) -> None:
        self._source = source
        self._instrument = instrument
        self._where = where
        self.report = report
        self.fraction = 0.0  # of the file, 0 to 1, read so far: for a progress bar

    @property
    def kind(self) -> Kind:
        """Return what the rows are; `klines` gives Candle, every other kind Quote."""
        return self._source.kind

    @property
    def rows_estimate(self) -> int:
        """Return about how many rows there are: exactly for Parquet, else from the size and the first lines."""
        return self._source.rows_estimate

    @property
    def warnings(self) -> list[str]:
        """Return what the report has to say, a sentence each; final after the last batch."""
        return self.report.sentences()

    def batches(self) -> Iterator[Batch]:
        """Yield the usable rows in order of time, some thousands at once. Each call reads anew and clears the report.

        Blocks of clean quotes come as columns, everything else as a list of quotes or candles.

        PricesError: the file cannot be read to its end, or no row of it is usable.
        """
        report = self.report
        report.clear()
        self.fraction = 0.0
        report.ignored_columns = self._source.ignored_columns
        maker = Rows(self._instrument, report)
        vectors = None if self.kind == "klines" else Vectors(self._instrument, maker)
        layout, make = None, None
        for piece in self._source.pieces():
            if make is None or piece.layout is not layout:
                layout, make = piece.layout, maker.maker(piece.layout)
            columns = None if vectors is None else vectors.columns(piece.layout, piece.matrix())
            batch = _made(piece, make, report) if columns is None else _counted(columns, report)
            self.fraction = piece.done
            if batch:
                yield batch
        if not report.usable:
            raise PricesError(self._no_usable_row())

    def rows(self) -> Iterator[Quote | Candle]:
        """Yield the usable rows one by one; else as `batches`."""
        for batch in self.batches():
            yield from batch if isinstance(batch, list) else map(batch.quote, range(len(batch)))

    def _no_usable_row(self) -> str:
        if not self.report.skipped:
            return f"{self._where}: has no row: give a file with prices."
        reason, first = next(iter(self.report.skipped.items()))
        return (
            f"{self._where}: none of {self.report.rows} rows is usable; the first is one {MEANING[reason]}, "
            f"at {first.place}: '{first.example}': check the file against the format {self.kind}."
        )


def open_prices(path: Path, instrument: Instrument, report: Report) -> Prices:
    """Recognise a file of prices by its content: CSV, zipped CSV or Parquet, of any kind in formats.py.

    `instrument` gives tick and step in which what is derived (the other side of a trade's book, a candle's path) is
    expressed. PricesError: missing, a directory, unreadable, empty, binary, of unknown columns, or a damaged zip.
    """
    try:
        if path.is_dir():
            raise PricesError(f"{path}: is a directory: name the file of prices in it.")
        if not path.is_file():
            what = "is no regular file" if path.exists() else "does not exist"
            raise PricesError(f"{path}: {what}: check the path.")
        with path.open("rb") as stream:
            head = stream.read(4)
        return Prices(_source(path, head), instrument, report, str(path))
    except OSError as error:
        raise PricesError(f"{path}: cannot be opened ({error.strerror or error}): check path and rights.") from error


def _source(path: Path, head: bytes) -> Source:
    if head in _ZIP:
        return Delimited(zipped_tables(path), str(path))
    if head == _PARQUET:
        from capi.adapters.prices.parquet import Parquet

        return Parquet(path)
    return Delimited([plain_table(path)], str(path))


def _counted(columns: "Columns", report: Report) -> "Columns":
    report.rows += len(columns)
    report.usable += len(columns)
    return columns


def _made(piece: Piece, make: Make, report: Report) -> list[Quote | Candle]:
    made: list[Quote | Candle] = []
    keep = made.append
    width = piece.layout.width
    unusable = 0
    for number, row in enumerate(piece.rows, piece.first):
        if len(row) == width:
            try:
                keep(make(row))
                continue
            except BadRow as bad:
                reason = bad.reason
        elif len(row) == 1 and not (row[0] or "").strip():
            continue  # a blank line
        else:
            reason = "columns"
        unusable += 1
        report.skip(reason, f"{piece.table} {number}", row)
    report.rows += len(made) + unusable
    report.usable += len(made)
    return made
