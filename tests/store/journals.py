"""Journals for the store's tests: written by the real journal, of the real engine's events."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from capi.adapters.duckdb.connection import open_read
from capi.adapters.duckdb.room import open_room
from capi.adapters.journal_file import FileJournal
from capi.ports.journal import Event

NOW = 1_764_324_300_000


def write(folder: Path, events: Iterable[Event]) -> Path:
    """Append events to the folder's journal, as an engine would, and return the journal's path."""
    folder.mkdir(exist_ok=True)
    with FileJournal(folder / "journal.jsonl", durable=True) as journal:
        for event in events:
            journal.append(event)
        return journal.path


def sample(number: int, **changes: Any) -> Event:
    """One event of the simplest kind: the account's equity, a minute after the one before."""
    return {
        "event": "equity",
        "at_ms": NOW + 60_000 * number,
        "equity": f"{10_000 + number}",
        "wallet": None,
        **changes,
    }


def samples(count: int, first: int = 0) -> list[Event]:
    """So many of them."""
    return [sample(number) for number in range(first, first + count)]


def ask(folder: Path, query: str, *names: str) -> list[tuple[Any, ...]]:
    """Return what a reader sees: the database and the journal's tail as one."""
    with open_room(folder, *names) as room:
        return room.connection.execute(query).fetchall()


def count(folder: Path) -> int:
    """Return how many samples the database holds, the journal's tail not counted."""
    with open_read(folder / "capi.duckdb") as connection:
        row = connection.execute("SELECT count(*) FROM equity").fetchone()
    assert row is not None
    return int(row[0])


def lines(journal: Path) -> list[bytes]:
    """Return the journal's lines, each with its end."""
    return journal.read_bytes().splitlines(keepends=True)
