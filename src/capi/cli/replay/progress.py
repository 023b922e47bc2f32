"""A progress bar on stderr with rate and time left; silent where nobody looks: where stderr is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from capi.cli.output import iso

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

SHOW_EVERY_PASSES: Final = 64


class Progress:
    """Shows how far a replay has come. `fraction` tells, 0 to 1."""

    def __init__(self, bar: "Bar | None", task: "TaskID | None", fraction: Callable[[], float]) -> None:
        self._bar: Final = bar
        self._task: Final = task
        self._fraction: Final = fraction
        self._calls = 0

    def update(self, ticks: int, passes: int, at_ms: int) -> None:
        """Take the counts so far; `at_ms` is the simulated time."""
        self._calls += 1
        if self._bar is None or self._task is None or self._calls % SHOW_EVERY_PASSES:
            return
        elapsed = self._bar.tasks[0].elapsed or 0
        rate = f"{ticks / elapsed:,.0f} quotes/s" if elapsed else ""
        self._bar.update(self._task, completed=self._fraction(), rate=rate, at=iso(at_ms // 1000 * 1000))


@contextmanager
def progress_bar(fraction: Callable[[], float]) -> Iterator[Progress]:
    """Yield the progress of one replay."""
    if not sys.stderr.isatty():
        yield Progress(None, None, fraction)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("replay"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[at]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Progress(bar, bar.add_task("replay", total=1.0, rate="", at=""), fraction)
