"""Parquet files, through DuckDB, a range of rows at a time: as numbers where that is exact, else every cell as text, so
that one parser serves all files.

INTEGER and DECIMAL columns come exactly. DOUBLE and FLOAT come as their shortest text that reads back the same, which
is what was written into them; cells.py says what becomes of a price. A TIMESTAMP becomes milliseconds (a zone-less one
is UTC). DuckDB is imported here alone, when a Parquet file is met.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from capi.adapters.prices.formats import SIDE, TIME_COLUMNS, Kind, Layout, recognise_columns
from capi.adapters.prices.report import PricesError, quoted
from capi.adapters.prices.rows import Row
from capi.adapters.prices.source import Piece

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from capi.adapters.prices.vectors import Matrix

ROWS_PER_PIECE: Final = 65_536
_ROW_NUMBER: Final = "file_row_number"
_DOUBLES: Final = ("DOUBLE", "INTEGER", "SMALLINT")
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\d+\)")
_DIGITS_MAX: Final = 15  # that a double holds
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "1",
    "memory_limit": "256MB",
    "autoinstall_known_extensions": "false",  # never tries the network
    "autoload_known_extensions": "false",
}


class Parquet:
    """One Parquet file."""

    def __init__(self, path: Path) -> None:
        """Look at the file's columns and count its rows. Raises PricesError."""
        self._path = path
        with ExitStack() as undo, self._told():
            self._connection = undo.enter_context(_connect())  # one for all: making one takes longer than reading
            described = self._execute("DESCRIBE SELECT * FROM read_parquet(?)").fetchall()
            counted = self._execute("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)").fetchone()
            self._types: dict[str, str] = {str(name): str(type_) for name, type_, *_ in described}
            if any(name.lower() == _ROW_NUMBER for name in self._types):
                raise PricesError(f"{path}: has a column {_ROW_NUMBER}, which DuckDB keeps for itself: rename it.")
            self._layout = recognise_columns(tuple(self._types), str(path))
            self._rows = int(counted[0]) if counted else 0
            if not self._rows:
                raise PricesError(f"{path}: has columns and no row: give a file with prices.")
            undo.pop_all()

    @property
    def kind(self) -> Kind:
        """Return what the rows are."""
        return self._layout.kind

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """Return the columns that nothing is known of."""
        return self._layout.ignored

    @property
    def rows_estimate(self) -> int:
        """Return how many rows there are."""
        return self._rows

    def pieces(self) -> Iterator[Piece]:
        """Yield all rows, once. PricesError: the file cannot be read to its end."""
        layout = _narrowed(self._layout)
        names = list(self._types)
        wanted = [names[place] for place in self._layout.places]
        as_text = ", ".join(_as_text(name, self._types[name]) for name in wanted)
        numbers = [_as_number(name, self._types[name]) for name in wanted]
        as_numbers = None if None in numbers else ", ".join(number for number in numbers if number is not None)
        with self._connection:
            for first in range(0, self._rows, ROWS_PER_PIECE):
                done = min(1.0, (first + ROWS_PER_PIECE) / self._rows)
                rows = self._texts(as_text, first)
                yield Piece(layout, "row", first + 1, rows, done, partial(self._matrix, as_numbers, first))

    def _texts(self, select: str, first: int) -> Iterator[Row]:
        with self._told():
            rows = self._range(select, first).fetchall()
        yield from rows

    def _matrix(self, select: str | None, first: int) -> "Matrix | None":
        if select is None:
            return None
        with self._told():
            columns = tuple(self._range(select, first).fetchnumpy().values())
        return None if any(hasattr(column, "mask") for column in columns) else columns  # a mask: some cell is NULL

    def _range(self, select: str, first: int) -> "DuckDBPyConnection":
        """Ask for some rows; `select` is made of quoted names."""
        rows = "read_parquet(?, file_row_number = true)"
        query = f"SELECT {select} FROM {rows} WHERE file_row_number >= ? AND file_row_number < ?"  # noqa: S608
        return self._execute(query, first, first + ROWS_PER_PIECE)

    def _execute(self, query: str, *more: int) -> "DuckDBPyConnection":
        """Ask the file, which is the query's first parameter."""
        return self._connection.execute(query, [_glob_free(self._path), *more])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what DuckDB says of the file into a PricesError, and Ctrl-C within it into an interrupt."""
        from capi.adapters.duckdb.interrupts import interruptible
        from capi.adapters.duckdb.module import duckdb

        try:
            with interruptible():
                yield
        except duckdb.Error as error:
            cause = quoted(str(error).partition("\n")[0])
            what = f"{self._path}: the Parquet file cannot be read ({cause}): download or write it again."
            raise PricesError(what) from error


def _connect() -> "DuckDBPyConnection":
    from capi.adapters.duckdb.module import duckdb

    return duckdb.connect(":memory:", config=_CONFIG)


def _as_text(name: str, type_: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if name.strip().lower() in TIME_COLUMNS:
        if type_.startswith("TIMESTAMP"):
            return f"CAST({_milliseconds(quoted, type_)} AS VARCHAR)"
        if type_ == "DOUBLE" or type_.startswith("DECIMAL"):  # milliseconds as they stand, or no time
            return f"CAST(CASE WHEN {quoted} = floor({quoted}) THEN TRY_CAST({quoted} AS BIGINT) END AS VARCHAR)"
    return f"CAST({quoted} AS VARCHAR)"


def _milliseconds(quoted: str, type_: str) -> str:
    """Return the expression of a timestamp's milliseconds, rounded down; those of pandas are in nanoseconds."""
    return f"epoch_ms({quoted})" if type_.endswith("ZONE") else f"epoch_ms(CAST({quoted} AS TIMESTAMP))"


def _as_number(name: str, type_: str) -> str | None:
    """Return a column as doubles; None when a double may not hold what is in it."""
    quoted = '"' + name.replace('"', '""') + '"'
    if name.strip().lower() in TIME_COLUMNS:
        if type_.startswith("TIMESTAMP"):
            return f"CAST({_milliseconds(quoted, type_)} AS DOUBLE)"
        return f"CAST({quoted} AS DOUBLE)" if type_ == "BIGINT" else None
    if name.strip().lower() == SIDE:
        return f"CAST({quoted} AS DOUBLE)" if type_ == "BOOLEAN" else None
    decimal = _DECIMAL.fullmatch(type_)
    exact = type_ in _DOUBLES or (decimal is not None and int(decimal[1]) <= _DIGITS_MAX)
    return f"CAST({quoted} AS DOUBLE)" if exact else None


def _narrowed(layout: Layout) -> Layout:
    """Return the layout of the rows as they are selected: the columns that are read and no other."""
    places = tuple(range(len(layout.columns)))
    return Layout(layout.kind, layout.columns, places, len(places), layout.has_header, layout.ignored)


def _glob_free(path: Path) -> str:
    """Return the path so that DuckDB takes its `*`, `?` and `[` for themselves."""
    return "".join(f"[{it}]" if it in "*?[" else it for it in str(path))
