"""How far reading a journal has come, on stderr; silent where stderr is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

EVERY: Final = 512
"""Events between two looks of the bar."""


@contextmanager
def progress(whole: int) -> Iterator[Callable[[int], None]]:
    """Yield what is told the number of the event that was done last, of `whole` ones."""
    if not sys.stderr.isatty():
        yield lambda seq: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("plan again"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("plan again", total=max(whole, 1))

        def moved(seq: int) -> None:
            if seq % EVERY == 0:
                bar.update(task, completed=seq)

        yield moved
