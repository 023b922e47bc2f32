"""What was recorded in a room, as tables: the database and the journal behind it, or the journal alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from capi.adapters.duckdb.interrupts import interruptible
from capi.cli.output import FAILED, fail, printable
from capi.cli.reading.room import Room
from capi.core.value import record

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from capi.adapters.duckdb.watermark import Watermark

T = TypeVar("T")


@record
class Records:
    """Tables and views that can be asked. `mark`: up to where the journal was read. `source`: database or journal."""

    connection: "DuckDBPyConnection"
    mark: "Watermark"
    source: str


def answer(room: Room, tables: tuple[str, ...], ask: Callable[[Records], T]) -> T:
    """Return what `ask` makes of these tables and views, or end with a sentence.

    What is read in another way than from the database, and so more slowly, is said on stderr with the cure. A replay's
    database is made when it is read for the first time.
    """
    from capi.adapters.duckdb.errors import REBUILD, StoreError
    from capi.adapters.duckdb.module import duckdb
    from capi.adapters.journal_file import JournalCorrupt

    if room.is_empty:
        fail(room.nothing_yet, FAILED)
    try:
        if room.is_replay:
            _project_once(room)
        try:
            return _answer(room, tables, ask, journal_alone=False)
        except duckdb.Error as error:  # damage that shows only where a query meets it
            _warn(f"{room.folder}: the database is damaged ({str(error).splitlines()[0]}): {REBUILD}")
            return _answer(room, tables, ask, journal_alone=True)
    except (StoreError, JournalCorrupt) as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"{room.folder}: cannot be read ({error.strerror or error}); correct its rights", FAILED)


def _answer(room: Room, tables: tuple[str, ...], ask: Callable[[Records], T], *, journal_alone: bool) -> T:
    from capi.adapters.duckdb.room import open_room

    with interruptible(), open_room(room.folder, *tables, journal_alone=journal_alone) as opened:
        if opened.warning is not None:
            _warn(opened.warning)
        if opened.damage is not None:
            typer.echo(f"capi: {printable(opened.damage)}", err=True)
            typer.echo("capi: the database answers up to there", err=True)
        from_database = opened.warning is None and not journal_alone
        return ask(Records(opened.connection, opened.mark, "database" if from_database else "journal"))


def _warn(why: str) -> None:
    typer.echo(f"capi: {printable(why)}", err=True)
    typer.echo("capi: the journal answers instead, more slowly", err=True)


def _project_once(room: Room) -> None:
    """Make a replay's database when it has none. Where none can be made, the journal answers, and that is said."""
    from capi.adapters.duckdb.connection import DATABASE_NAME

    if (room.folder / DATABASE_NAME).exists():
        return
    from capi.adapters.duckdb.errors import StoreError
    from capi.adapters.duckdb.rebuild import ensure_projected

    try:
        with interruptible():
            ensure_projected(room.folder)
    except StoreError as error:
        typer.echo(f"capi: {printable(str(error))}", err=True)


def end_ms(room: Room) -> int | None:
    """Return when a replay ended, by its last event; None of a live room, whose time goes on."""
    if not room.is_replay:
        return None
    from capi.cli.reading.backwards import newest_first

    return next((event["at_ms"] for event in newest_first(room.journal) if event.get("at_ms") is not None), None)
