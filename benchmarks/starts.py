"""How long a command takes from nothing to its end: the process, Python, the imports, the work.

Files come from the system's cache and the bytecode is compiled: a first run, not counted, sees to both.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure
from benchmarks.processes import run_capi
from benchmarks.timing import Effort
from benchmarks.views import EXAMPLE

_COMMANDS: Final = (
    ("capi --help", ("--help",), 0.15),
    ("capi plan --snapshot … --json", ("plan", "--snapshot", str(EXAMPLE), "--json"), 0.25),
)


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield the median wall-clock seconds of each command."""
    section = f"cold start, whole process, bytecode compiled, median of {effort.repeats}"
    for name, arguments, target in _COMMANDS:
        runs = [run_capi(*arguments, folder=folder) for _ in range(effort.repeats + 1)][1:]
        seconds = median(run.seconds for run in runs)
        note = f"peak {max(run.peak_mb for run in runs):.0f} MB"
        yield Figure(section=section, name=name, value=seconds, unit="s", digits=3, target=target, note=note)
