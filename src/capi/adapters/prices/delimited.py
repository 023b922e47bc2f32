"""CSV files, plain or zipped, read in blocks: memory does not grow with the file, and bytes tell the progress.

A line is split at its commas: cells of prices have none inside. A zip may hold several CSV files; they are read in
the order of their first time, whatever their order in the archive, and must be of one kind. Each has its own header or
none.
"""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from operator import methodcaller
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from capi.adapters.prices.cells import milliseconds
from capi.adapters.prices.formats import Kind, Layout, recognise
from capi.adapters.prices.report import BadRow, PricesError, quoted
from capi.adapters.prices.source import Piece
from capi.core.value import record

if TYPE_CHECKING:
    from capi.adapters.prices.vectors import Matrix

BLOCK_BYTES: Final = 1 << 18
LINE_BYTES_MAX: Final = 1 << 16
_SPLIT: Final = methodcaller("split", ",")
_BOM: Final = b"\xef\xbb\xbf"
_ENCRYPTED: Final = 0x1
UNREADABLE: Final = (
    OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, UnicodeDecodeError,
)  # fmt: skip
"""What reading a file, a damaged zip or one with an unknown compression raises."""


@record
class Table:
    """One CSV file, alone or in a zip."""

    where: str  # for errors
    line: str  # for places: "line", "BTCUSDT.csv line"
    size: int  # bytes, unpacked
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@record
class Recognised:
    """A table, its layout, and what its first lines tell: about how many rows there are, and their first time."""

    table: Table
    layout: Layout
    skip: int  # lines before the first row: blank ones and the header
    rows_estimate: int
    first_ms: int | None


class Delimited:
    """The tables of one file, in order of time."""

    def __init__(self, tables: Sequence[Table], where: str) -> None:
        recognised = [_recognise(table) for table in tables]
        kinds = sorted({it.layout.kind for it in recognised})
        if len(kinds) > 1:
            raise PricesError(f"{where}: holds files of several kinds ({', '.join(kinds)}): replay one kind at a time.")
        self._tables = sorted(recognised, key=lambda it: it.first_ms or 0)

    @property
    def kind(self) -> Kind:
        """Return what the rows are."""
        return self._tables[0].layout.kind

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """Return the columns that nothing is known of, each once."""
        return tuple(dict.fromkeys(name for it in self._tables for name in it.layout.ignored))

    @property
    def rows_estimate(self) -> int:
        """Return about how many rows there are, from the size and the first lines."""
        return sum(it.rows_estimate for it in self._tables)

    def pieces(self) -> Iterator[Piece]:
        """Yield all rows. PricesError: the file cannot be read to its end, or has a line of more than 64 KiB."""
        total = max(1, sum(it.table.size for it in self._tables))
        before = 0
        for it in self._tables:
            first = 1
            for block, read in _blocks(it.table):
                skip = it.skip if first == 1 else 0
                rest = block.split("\n", skip)[-1] if skip else block
                done = min(1.0, (before + read) / total)
                yield Piece(it.layout, it.table.line, first + skip, _rows(rest), done, _matrix_of(rest, it.layout))
                first += block.count("\n") + 1
            before += it.table.size


def plain_table(path: Path) -> Table:
    """Return a CSV file as a table."""
    return Table(str(path), "line", path.stat().st_size, lambda: path.open("rb"))


def zipped_tables(path: Path) -> list[Table]:
    """Return the CSV files of a zip. PricesError: damaged, encrypted, or none in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if _is_csv(info)]
            names = quoted(", ".join(archive.namelist()[:5]))
    except UNREADABLE as error:
        raise PricesError(f"{path}: the zip is damaged ({quoted(str(error))}): download or pack it again.") from error
    if not infos:
        raise PricesError(f"{path}: no .csv file is in the zip (found: {names or 'nothing'}): pack the CSV itself.")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise PricesError(f"{path}: the zip is encrypted: unpack it first.")

    def opener(info: zipfile.ZipInfo) -> Callable[[], AbstractContextManager[IO[bytes]]]:
        return lambda: _ZipMember(path, info)

    named = [(info, quoted(info.filename)) for info in infos]
    return [Table(f"{path}/{name}", f"{name} line", info.file_size, opener(info)) for info, name in named]


class _ZipMember(AbstractContextManager[IO[bytes]]):
    """One member of a zip, open for reading; the archive is closed with it."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        self._path = path
        self._info = info

    def __enter__(self) -> IO[bytes]:
        with zipfile.ZipFile(self._path) as archive:  # a member keeps the file open for itself
            self._member = archive.open(self._info)
        return self._member

    def __exit__(self, *_: object) -> None:
        self._member.close()


def _is_csv(info: zipfile.ZipInfo) -> bool:
    hidden = info.filename.startswith("__MACOSX/") or Path(info.filename).name.startswith(".")
    return not hidden and info.filename.lower().endswith(".csv")


def _recognise(table: Table) -> Recognised:
    with closing(_blocks(table)) as blocks:
        block, read = next(blocks, ("", 0))
    lines = block.split("\n")
    blank = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    if blank == len(lines):
        raise PricesError(f"{table.where}: is empty: give a file with prices.")
    layout = recognise(lines[blank].split(","), table.where)
    skip = blank + int(layout.has_header)
    rows = [line for line in lines[skip:] if line.strip()]
    if not rows:
        raise PricesError(f"{table.where}: has a header and no row: give a file with prices.")
    return Recognised(table, layout, skip, max(1, table.size * len(rows) // read), _first_ms(layout, rows))


def _first_ms(layout: Layout, rows: Sequence[str]) -> int | None:
    for row in rows:
        cells = row.split(",")
        if len(cells) == layout.width:
            try:
                return milliseconds(cells[layout.places[0]])
            except BadRow:
                continue
    return None


def _rows(block: str) -> Iterator[list[str]]:
    yield from map(_SPLIT, block.split("\n"))


def _matrix_of(block: str, layout: Layout) -> "Callable[[], Matrix | None]":
    def matrix() -> "Matrix | None":
        from capi.adapters.prices.matrix import matrix_of

        return matrix_of(block, layout)

    return matrix


def _blocks(table: Table) -> Generator[tuple[str, int]]:
    """Yield a table in blocks of whole lines, each with the number of bytes read so far."""
    read, rest = 0, b""
    try:
        with table.open() as stream:
            while block := stream.read(BLOCK_BYTES):
                if read == 0:
                    block = block.removeprefix(_BOM)
                    _refuse_binary(block, table)
                read += len(block)
                whole, newline, rest_of_block = block.rpartition(b"\n")
                unfinished = rest_of_block if newline else rest + block
                if len(unfinished) > LINE_BYTES_MAX:
                    raise PricesError(f"{table.where}: a line has over {LINE_BYTES_MAX} bytes: give a CSV of prices.")
                if newline:
                    yield _text(rest + whole), read
                rest = unfinished
    except UNREADABLE as error:
        cause = quoted(str(error))
        raise PricesError(f"{table.where}: cannot be read to its end ({cause}): download or copy it again.") from error
    if rest:
        yield _text(rest), read


def _text(block: bytes) -> str:
    """Return lines as text. Bytes outside ASCII become a mark that no number has: such a row is bad, and skipped."""
    return block.decode("ascii", "replace").replace("\r\n", "\n").removesuffix("\r")


def _refuse_binary(block: bytes, table: Table) -> None:
    if b"\0" in block:
        raise PricesError(f"{table.where}: is binary, not CSV, zip or Parquet: unpack or convert it to one of these.")
