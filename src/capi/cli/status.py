"""`capi status`: is the engine alive, what does it hold, what guards it. Needs no database."""

import time
from typing import Annotated, Any

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, USAGE, fail, print_json, table
from capi.cli.reading.room import AsJson, EnvironmentOption, Room, RunOption, open_room


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it anew each second, until Ctrl-C.")] = False,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Say whether the engine runs, what it holds, what guards it, and what it does not do and why.

    It is read from status.json, which the engine replaces after each pass; without one, from the end of the journal.

    Example: capi status --watch
    """
    from capi.cli.reading.status_view import rows_of

    room = open_room(config, run, environment)
    if watch:
        from capi.cli.reading.watch import watch as shown_anew

        if as_json:
            fail("--watch and --json exclude each other: --json prints one document; leave one out", USAGE)
        shown_anew(lambda: list(rows_of(_document(room)[0])), f"capi, {room.name}")
        return
    document, warnings = _document(room)
    for warning in warnings:
        typer.echo(f"capi: {warning}", err=True)
    if as_json:
        print_json(document)
    else:
        table(("what", "now"), list(rows_of(document)))


def _document(room: Room) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the document of --json and what was wrong on the way, or end with a sentence."""
    from capi.cli.reading.alive import engine_of
    from capi.cli.reading.status_source import age_of, known_of

    try:
        known = known_of(room)
        if known.source == "journal" and room.is_empty:
            fail(room.nothing_yet, FAILED)
    except (FileNotFoundError, NotADirectoryError):
        fail(room.nothing_yet, FAILED)
    except OSError as error:
        fail(f"{room.folder}: cannot be read ({error.strerror or error}); correct its rights", FAILED)
    document, now_ms = known.document, time.time_ns() // 1_000_000
    age = age_of(document, now_ms)
    pid = document.get("pid") if document.get("ended") is None else None
    engine = "stopped" if room.is_replay else engine_of(room.lock, pid, age, _interval(document))
    head = {"schema": document["schema"], "engine": engine, "is_replay": room.is_replay, "age_seconds": age}
    return head | {"folder": str(room.folder), "source": known.source} | document, known.warnings


def _interval(document: dict[str, Any]) -> float:
    """Return the seconds between passes, as far as they are told."""
    try:
        return float(document.get("interval_seconds", 1))
    except (TypeError, ValueError):
        return 1.0
