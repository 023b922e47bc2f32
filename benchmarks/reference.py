"""The reference job from start to exit, beside what others needed for it (measured elsewhere: docs/performance.md)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import reference_job
from benchmarks.figures import Figure
from benchmarks.processes import Run, run_capi
from benchmarks.timing import Effort

_SECTION: Final = "reference job, whole process, one run each"
_OTHERS: Final = (
    ("nautilus_trader 2.0.0rc6", 1.60, 343),
    ("jesse, one-minute candles", 3.5, 275),
    ("backtesting.py", 4.9, 457),
    ("hftbacktest 2.4.4", 6.0, 691),
    ("freqtrade, one-minute candles", 11.3, 355),
    ("nautilus_trader 1.231", 14.5, 711),
)
"""Seconds and peak MB for the 12 days, on another machine: 2 cores, CPython 3.12, 2026-11-22."""


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield the figures of one day, of all of them, and of the same path ten times as dense."""
    days = effort.reference_days
    yield from _figures("one day", _run(folder / "day", days=1), seconds=0.6)
    whole = _run(folder / "whole", days=days)
    full = days == 12
    yield from _figures(f"{days} days", whole, seconds=5.0 if full else None, peak_mb=200 if full else None)
    dense = _run(folder / "dense", days=days, per_second=10)
    yield from _figures(f"{days} days, 10 quotes a second", dense)
    yield Figure(
        section=_SECTION,
        name="  times the seconds of one a second",
        value=dense.seconds / whole.seconds,
        unit="",
        digits=2,
        target=2,
    )
    for name, seconds, peak_mb in _OTHERS:
        what = f"measured elsewhere, peak {peak_mb} MB"
        yield Figure(section=_SECTION, name=f"12 days: {name}", value=seconds, unit="s", digits=2, note=what)


def _run(folder: Path, *, days: int, per_second: int = 1) -> Run:
    reference_job.write(folder, days=days, per_second=per_second)
    arguments = ("paper", "--prices", "quotes.parquet", "--decisions", "decisions.jsonl", "--json", "--out", "run")
    return run_capi(*arguments, folder=folder)


def _figures(name: str, run: Run, seconds: float | None = None, peak_mb: float | None = None) -> Iterator[Figure]:
    document = run.document
    what = f"{document['ticks']:,} quotes, {document['passes']:,} passes, {document['orders']:,} orders"
    yield Figure(section=_SECTION, name=name, value=run.seconds, unit="s", digits=2, target=seconds, note=what)
    yield Figure(section=_SECTION, name="  peak memory", value=run.peak_mb, unit="MB", digits=0, target=peak_mb)
