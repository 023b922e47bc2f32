"""A table that is drawn anew each second, until Ctrl-C."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from capi.cli.output import USAGE, fail, printable

if TYPE_CHECKING:
    from rich.table import Table

EVERY_SECONDS: Final = 1.0


def watch(rows: Callable[[], Sequence[tuple[str, str]]], title: str) -> None:
    """Show two columns until somebody ends it. What `rows` ends with (a sentence, a status) ends it too."""
    if not sys.stdout.isatty():
        fail("--watch needs a terminal: leave it out where the output goes elsewhere", USAGE)
    from rich.live import Live

    try:
        with Live(_drawn(rows(), title), auto_refresh=False) as live:
            while True:
                time.sleep(EVERY_SECONDS)
                live.update(_drawn(rows(), title), refresh=True)
    except KeyboardInterrupt:  # how it is meant to end
        return


def _drawn(rows: Sequence[tuple[str, str]], title: str) -> "Table":
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(title), show_header=False, box=None, title_justify="left", pad_edge=False)
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, said in rows:
        drawn.add_row(Text(name), Text(printable(said)))
    return drawn
