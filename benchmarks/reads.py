"""How long a reading command takes beside a busy year: 1,000,000 events, some 90,000 orders, from start to exit.

Once with a database that is up to date, once with none: then the journal answers, which takes seconds and is said.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure
from benchmarks.long_journal import lengthen
from benchmarks.processes import run_capi
from benchmarks.timing import FULL, Effort

_EVENTS: Final = 1_000_000
_EVENTS_QUICK: Final = 20_000
_HOURS: Final = 24
_BUSY: Final = 'risk = { trades_per_day_max = 0, daily_drawdown_max = "50%", weekly_drawdown_max = "50%" }\n'
_COMMANDS: Final = (
    ("capi orders --open", ("orders", "--open")),
    ("capi orders", ("orders",)),
    ("capi trades", ("trades",)),
    ("capi logs", ("logs",)),
    ("capi logs --level CRITICAL", ("logs", "--level", "CRITICAL")),
    ("capi status, from the journal", ("status",)),
)
_TARGET: Final = 0.3


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield the median wall-clock seconds of each command."""
    events = _EVENTS if effort == FULL else _EVENTS_QUICK
    (folder / "capi.toml").write_text(_BUSY)
    run_capi("paper", "--hours", str(_HOURS), "--out", "day", folder=folder)
    year = folder / "year"
    year.mkdir()
    lengthen(folder / "day" / "journal.jsonl", year / "journal.jsonl", events=events, hours=_HOURS)
    made = run_capi("orders", "--run", "year", "--limit", "1", folder=folder)
    section = f"reading commands, {events:,} events, whole process, median of {effort.repeats}"
    yield Figure(section=section, name="the first time: makes the database", value=made.seconds, unit="s")
    for name, arguments in _COMMANDS:
        runs = [run_capi(*arguments, "--run", "year", folder=folder) for _ in range(effort.repeats + 1)][1:]
        note = f"peak {max(run.peak_mb for run in runs):.0f} MB"
        seconds = median(run.seconds for run in runs)
        yield Figure(section=section, name=name, value=seconds, unit="s", digits=3, target=_TARGET, note=note)
