"""The reference job from start to exit, beside what others needed for it (measured elsewhere: docs/performance.md)."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks import reference_job
from benchmarks.figures import Figure
from benchmarks.processes import Run, capi, run
from benchmarks.timing import Effort
from compiled.build import FOLDER
from compiled.launch import NAME, is_current

_SECTION: Final = "reference job, whole process"
_COMPILED: Final = "reference job, compiled (make fast), whole process"
_ELSEWHERE: Final = "reference job, other engines, measured elsewhere"
PROGRAM: Final = FOLDER / NAME
_REPEATS: Final = 5
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
    """Yield the figures of one day, of all of them, and of the same path ten times as dense; then those compiled."""
    days = effort.reference_days
    reference_job.write(folder / "day", days=1)
    reference_job.write(folder / "whole", days=days)
    reference_job.write(folder / "dense", days=days, per_second=10)
    yield from _of_program(_SECTION, (*capi(), "paper"), folder, days)
    if is_current(PROGRAM):
        yield from _of_program(_COMPILED, (str(PROGRAM),), folder, days)
    for name, seconds, peak_mb in _OTHERS:
        what = f"peak {peak_mb} MB"
        yield Figure(section=_ELSEWHERE, name=f"12 days: {name}", value=seconds, unit="s", digits=2, note=what)


def _of_program(section: str, program: Sequence[str], folder: Path, days: int) -> Iterator[Figure]:
    """Yield a program's figures: the median of a few days, one run of what takes longer."""
    day = sorted((_run(program, folder / "day") for _ in range(_REPEATS)), key=lambda one: one.seconds)[_REPEATS // 2]
    yield from _figures(section, f"one day, median of {_REPEATS}", day, seconds=0.6)
    whole, full = _run(program, folder / "whole"), days == 12
    limits = {"seconds": 5.0, "peak_mb": 200.0} if full else {}
    yield from _figures(section, f"{days} days", whole, **limits)
    dense = _run(program, folder / "dense")
    yield from _figures(section, f"{days} days, 10 quotes a second", dense)
    times = dense.seconds / whole.seconds
    yield Figure(section=section, name="  times the seconds of one a second", value=times, unit="", digits=2, target=2)


def _run(program: Sequence[str], folder: Path) -> Run:
    out = folder / "run"
    shutil.rmtree(out, ignore_errors=True)
    arguments = ("--prices", "quotes.parquet", "--decisions", "decisions.jsonl", "--json", "--out", str(out))
    return run(*program, *arguments, folder=folder)


def _figures(
    section: str, name: str, run: Run, seconds: float | None = None, peak_mb: float | None = None
) -> Iterator[Figure]:
    document = run.document
    what = f"{document['ticks']:,} quotes, {document['passes']:,} passes, {document['orders']:,} orders"
    yield Figure(section=section, name=name, value=run.seconds, unit="s", digits=2, target=seconds, note=what)
    yield Figure(section=section, name="  peak memory", value=run.peak_mb, unit="MB", digits=0, target=peak_mb)
