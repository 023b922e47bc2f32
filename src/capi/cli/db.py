"""`capi db`: the database beside a journal. The journal is the truth; the database can always be made anew from it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from capi.adapters.duckdb.interrupts import interruptible
from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, fail, print_json
from capi.cli.reading.room import AsJson, EnvironmentOption, Room, RunOption, open_room

if TYPE_CHECKING:
    from capi.adapters.duckdb.projection import Projected

db_app = typer.Typer(
    no_args_is_help=True,
    help="Make the database of trades, orders and logs anew.",
    epilog="Example: capi db rebuild",
)


@db_app.callback()
def _group() -> None:
    """Make the database of trades, orders and logs anew."""


@db_app.command(short_help="Make the database anew from its journal.")
def rebuild(
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make the database anew from its journal, also while an engine runs. The old one stays until the new one is whole.

    The cure for a database that is damaged, was deleted, or belongs to another journal. Nothing is lost by it.

    Example: capi db rebuild --run last
    """
    room = open_room(config, run, environment)
    if room.is_empty:
        fail(room.nothing_yet, FAILED)
    began = time.perf_counter()
    projected = _rebuilt(room)
    seconds = round(time.perf_counter() - began, 1)
    database = _database(room)
    if as_json:
        figures = {"events": projected.seq, "journal_bytes": projected.offset, "seconds": seconds}
        print_json({"schema": "capi.db/1", "database": str(database), "journal": str(room.journal), **figures})
        return
    typer.echo(f"{database}: {projected.seq:,} events of {room.name} in {seconds} s")


def _database(room: Room) -> Path:
    from capi.adapters.duckdb.connection import DATABASE_NAME

    return room.folder / DATABASE_NAME


def _rebuilt(room: Room) -> "Projected":
    """Make the database anew, or end with a sentence; then the old one is still there."""
    from capi.adapters.duckdb.errors import StoreError
    from capi.adapters.duckdb.rebuild import rebuild as rebuild_database
    from capi.adapters.journal_file import JournalCorrupt

    try:
        with interruptible(), _progress_bar() as progress:
            return rebuild_database(room.folder, progress)
    except (StoreError, JournalCorrupt) as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"{room.journal}: cannot be read ({error.strerror or error}); correct its rights", FAILED)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what shows how far a rebuild has come, on stderr; silent where stderr is no terminal."""
    from capi.adapters.duckdb.rebuild import unheard

    if not sys.stderr.isatty():
        yield unheard
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("rebuild"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rebuild", total=1.0)
        yield lambda done, whole: bar.update(task, completed=done, total=max(whole, 1))
