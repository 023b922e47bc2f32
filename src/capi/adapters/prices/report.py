"""What was wrong with a file of prices: counted while it is read, told in sentences at the end.

A bad row costs that row and nothing more, but never silently: each reason keeps its count, the first place and the row
as it stood there. Only what makes the whole file useless is an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Reason = Literal["columns", "number", "not_positive", "time", "side", "crossed", "candle", "out_of_order"]
Cell = str | None
"""One cell of a row as text; None is SQL's NULL, which only Parquet has."""

MEANING: Final[dict[Reason, str]] = {
    "columns": "with a wrong number of columns",
    "number": "with a cell that is no finite number",
    "not_positive": "with a price or quantity that is zero or negative",
    "time": "with a time that is not in milliseconds since 1970",
    "side": "whose is_buyer_maker is neither true nor false",
    "crossed": "with a crossed book (bid not below ask)",
    "candle": "whose open, high, low and close contradict each other, or that end before they begin",
    "out_of_order": "older than the one before",
}
_QUOTED_LENGTH_MAX: Final = 100


def quoted(text: str) -> str:
    """Return a file's own words as a sentence can hold them: short, on one line, nothing that a terminal acts on."""
    printable = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return printable if len(printable) <= _QUOTED_LENGTH_MAX else f"{printable[:_QUOTED_LENGTH_MAX]}…"


class PricesError(Exception):
    """The file cannot be used. The message is one sentence: what, where, what to do."""


class BadRow(Exception):  # noqa: N818 - not an error of the program: a row that is skipped and counted
    """One row cannot be used, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(slots=True)
class Skipped:
    """How many rows one reason cost, and the first of them."""

    count: int
    place: str
    example: str


@dataclass(slots=True)
class Report:
    """Counters of one reading. All are final when the last batch was read."""

    rows: int = 0  # read, blank lines apart
    usable: int = 0
    skipped: dict[Reason, Skipped] = field(default_factory=dict)
    gaps: int = 0  # between usable rows: more than 60 s for quotes and trades, a missing candle for klines
    gap_ms_max: int = 0
    gap_ms_max_at: int | None = None  # where the largest begins, milliseconds since the Unix epoch (UTC)
    off_tick: str | None = None  # the first price that is on no tick of the instrument; kept as it is
    ignored_columns: tuple[str, ...] = ()

    def clear(self) -> None:
        """Begin anew."""
        self.rows = self.usable = self.gaps = self.gap_ms_max = 0
        self.gap_ms_max_at = self.off_tick = None
        self.ignored_columns = ()
        self.skipped.clear()

    def skip(self, reason: Reason, place: str, row: Sequence[Cell]) -> None:
        """Count one row that is not used."""
        if known := self.skipped.get(reason):
            known.count += 1
            return
        example = ",".join("NULL" if cell is None else cell for cell in row)
        self.skipped[reason] = Skipped(1, place, quoted(example))

    def gap(self, from_ms: int, to_ms: int) -> None:
        """Count one hole between usable rows."""
        self.gaps += 1
        if to_ms - from_ms > self.gap_ms_max:
            self.gap_ms_max, self.gap_ms_max_at = to_ms - from_ms, from_ms

    def sentences(self) -> list[str]:
        """Return one sentence per kind of fault, none when the file is clean."""
        told = [
            f"{_count(it.count, 'row')} {MEANING[reason]} skipped; first at {it.place}: '{it.example}'."
            for reason, it in self.skipped.items()
        ]
        if self.gaps:
            told.append(
                f"{_count(self.gaps, 'gap')} in time; the largest is {self.gap_ms_max / 1000:g} s, "
                f"after timestamp {self.gap_ms_max_at}."
            )
        if self.off_tick is not None:
            told.append(f"Prices off the instrument's tick, such as {self.off_tick}: is it another symbol's file?")
        if self.ignored_columns:
            told.append(f"Columns not used: {quoted(', '.join(self.ignored_columns))}.")
        return told


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
