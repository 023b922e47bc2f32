"""`capi logs -f`: the lines of what happens, as the journal grows."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from capi.adapters.duckdb.batch import Batch, store
from capi.adapters.duckdb.connection import in_memory
from capi.adapters.duckdb.errors import DatabaseBroken
from capi.adapters.duckdb.interrupts import interruptible
from capi.adapters.duckdb.journal_bytes import JournalBytes, open_journal
from capi.adapters.duckdb.schema import LOGS
from capi.adapters.journal_file import JournalCorrupt
from capi.cli.output import FAILED, fail
from capi.cli.reading.logs import Wanted, line_of, logs_of
from capi.cli.reading.room import Room

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from capi.adapters.duckdb.watermark import Watermark

EVERY_SECONDS: Final = 0.25


def follow(room: Room, mark: "Watermark", below: list[str]) -> None:
    """Print the lines behind `mark` and those to come, until Ctrl-C, or until the journal is another one."""
    try:
        with interruptible(), open_journal(room.journal) as journal, in_memory() as connection:
            mark.check(room.folder, journal)
            connection.execute(LOGS.create)
            while True:
                mark = _print_new(connection, journal, mark, below)
                _end_when_replaced(room.journal, journal, mark)
                time.sleep(EVERY_SECONDS)
    except KeyboardInterrupt:  # how it is meant to end
        return
    except FileNotFoundError:
        fail(f"{room.journal}: the journal was moved away; start capi logs -f again", FAILED)
    except DatabaseBroken:  # what is there is not what was read before
        fail(f"{room.journal}: the journal was replaced by another one; start capi logs -f again", FAILED)
    except JournalCorrupt as error:
        fail(str(error), FAILED)


def _print_new(
    connection: "DuckDBPyConnection", journal: JournalBytes, mark: "Watermark", below: list[str]
) -> "Watermark":
    """Print what whole lines there are behind `mark`; return the mark behind them. In memory nothing stays."""
    while data := journal.lines_from(mark.offset):
        lines = data.split(b"\n")[:-1]
        connection.begin()
        schema = store(connection, Batch(journal.path, lines, mark.offset, mark.seq + 1, mark.journal_schema), (LOGS,))
        for row in logs_of(connection, Wanted(below=below), 0):
            typer.echo(line_of(row))
        connection.rollback()
        mark = mark.after(data, len(lines), schema)
    return mark


def _end_when_replaced(path: Path, journal: JournalBytes, mark: "Watermark") -> None:
    """End when what is followed is not the journal any more: it was cut, moved away or replaced.

    Raises FileNotFoundError.
    """
    here, there = os.fstat(journal.fd), path.stat()
    if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino) or here.st_size < mark.offset:
        fail(f"{path}: the journal was replaced by another one; start capi logs -f again", FAILED)
