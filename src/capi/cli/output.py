"""What commands say: results on stdout, everything else on stderr, and exit statuses with one meaning each.

A table is drawn only on a terminal that is wide enough; else it is plain aligned text, which programs can cut. What
came from outside is shown as text: it cannot move the cursor or pass for markup.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from shutil import get_terminal_size
from typing import Final, NoReturn

import typer

from capi.core.units import text

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
SAFE_MODE: Final = 3
REFUSED: Final = 4
INTERRUPTED: Final = 130

_LAST_WIDTH_MIN: Final = 40  # sentences that are folded into less cannot be read
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def fail(message: str, status: int) -> NoReturn:
    """Say on stderr why the command ends, and end it with `status`. `message`: what, where and what to do."""
    for line in message.splitlines():
        typer.echo(f"capi: {printable(line)}", err=True)
    raise typer.Exit(status)


def print_json(document: object) -> None:
    """Print one JSON document on stdout; exact numbers become text in fixed point."""
    typer.echo(json.dumps(document, indent=2, default=_as_text))


def iso(timestamp_ms: int) -> str:
    """Return a time in UTC milliseconds as ISO 8601; the fraction is left out when there is none."""
    at = _EPOCH + timedelta(milliseconds=timestamp_ms)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds").removesuffix(".000") + "Z"


def printable(value: str) -> str:
    """Return text on one line in which nothing is left that a terminal would act on."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in value)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns. Drawn on a terminal that leaves the last column enough width, else plain."""
    lines = [list(columns), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns) - 1)]
    if sys.stdout.isatty() and sum(widths) + 3 * len(columns) + _LAST_WIDTH_MIN <= get_terminal_size().columns:
        _draw(lines)
        return
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        typer.echo("  ".join([*padded, line[-1]]).rstrip())


def _draw(lines: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in lines[0][:-1]:
        drawn.add_column(Text(column), no_wrap=True)
    drawn.add_column(Text(lines[0][-1]), overflow="fold")
    for line in lines[1:]:
        drawn.add_row(*map(Text, line))
    Console().print(drawn)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return text(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
