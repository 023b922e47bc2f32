"""A measured figure, and how figures are told: one table a section for people, one document for programs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. `target`: what `value` may be at most, in the same unit; None: there is none."""

    section: str
    name: str
    value: float
    unit: str
    digits: int = 1
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return measured over target: 1 or less keeps it."""
        return None if self.target is None else self.value / self.target


def document_of(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return the figures as JSON would say them, rounded as they are shown."""
    return [
        {
            "section": figure.section,
            "name": figure.name,
            "value": round(figure.value, figure.digits),
            "unit": figure.unit,
            "target": figure.target,
            "ratio": None if figure.ratio is None else round(figure.ratio, 2),
            "note": figure.note,
        }
        for figure in figures
    ]


def lines_of(figures: Iterable[Figure]) -> Iterator[str]:
    """Yield the lines of one table a section."""
    for section, group in groupby(figures, key=attrgetter("section")):
        yield ""
        yield section
        for figure in group:
            yield _line(figure)


def _line(figure: Figure) -> str:
    measured = f"{figure.value:,.{figure.digits}f} {figure.unit}"
    against = "" if figure.target is None else f"{figure.target:g} {figure.unit} × {figure.ratio:.2f}"
    return f"  {figure.name:<42}{measured:>20}  {against:<18}{figure.note}".rstrip()
