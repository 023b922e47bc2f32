"""`capi incident`: one file with all that is needed to look into what happened, on another machine."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, USAGE, fail, iso, print_json
from capi.cli.reading.room import AsJson, EnvironmentOption, Room, RunOption, open_room
from capi.cli.reading.since import Since, SinceOption

if TYPE_CHECKING:
    from capi.cli.recorded.incident import Told
    from capi.settings import Settings

SINCE = "1h"


def incident(
    since: SinceOption = SINCE,
    out: Annotated[
        Path | None, typer.Option("--out", readable=False, help="The file to write; it must not exist yet.")
    ] = None,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Write a bundle of what happened: the journal's part, configuration, status, decision, log and versions.

    No key, no secret and no token goes along. Orders, trades and sums of the account do: show it to whom you trust.
    `capi replay --bundle FILE` plans its passes again, on any machine. Works while the engine runs.

    Example: capi incident --since 2h
    """
    from_when = Since(since)
    room = open_room(config, run, environment)
    if room.is_empty:
        fail(room.nothing_yet, FAILED)
    end_ms = _end_ms(room)
    since_ms = from_when.from_ms(end_ms if room.is_replay else None)
    path = out or Path(_name(room, end_ms))
    told = _written(path, room, _settings(config), since_ms or 0)
    if as_json:
        document = {"file": str(path), "bytes": path.stat().st_size, "events": told.events, "left_out": told.left_out}
        begins = None if told.begins_ms is None else iso(told.begins_ms)
        print_json({"schema": "capi.incident/1", **document, "redacted": told.redacted, "plannable_from": begins})
        return
    typer.echo(f"{path}: {told.events:,} events, {path.stat().st_size / 1e6:.1f} MB")
    if told.begins_ms is None:
        typer.echo("No pass in it tells what it was planned on, so none can be planned again.")
    else:
        typer.echo(f"Its passes can be planned again from {iso(told.begins_ms)} on: capi replay --bundle {path}")


def _end_ms(room: Room) -> int:
    from capi.cli.recorded.source import end_of

    return end_of(room.journal)[1]


def _name(room: Room, end_ms: int) -> str:
    where = room.name.replace(" ", "-") if not room.is_replay else f"run-{room.folder.name}"
    at = iso(end_ms // 1000 * 1000).replace(":", "").replace("-", "")
    return f"capi-incident-{where}-{at}.tar.gz"


def _settings(config: Path | None) -> "Settings":
    from capi.settings import ConfigError, load_settings

    try:
        return load_settings(config)
    except ConfigError as error:
        fail(error.message, USAGE)


def _written(path: Path, room: Room, settings: "Settings", since_ms: int) -> "Told":
    from capi.adapters.journal_file import JournalCorrupt
    from capi.cli.recorded.incident import write_incident
    from capi.cli.recorded.redacted import Redaction, secrets_of
    from capi.cli.recorded.whole import JournalGone

    redaction = Redaction(secrets_of(settings))
    try:
        with TemporaryDirectory(prefix="capi-") as scratch:
            return write_incident(path, room, settings, redaction, since_ms=since_ms, scratch=Path(scratch))
    except (JournalCorrupt, JournalGone) as error:
        fail(str(error), FAILED)
    except FileExistsError:
        fail(f"{path}: exists already: name another file with --out, or remove it", FAILED)
    except OSError as error:
        fail(
            f"{error.filename or path}: {error.strerror or error}: see to its rights and disk, or name another --out",
            FAILED,
        )
