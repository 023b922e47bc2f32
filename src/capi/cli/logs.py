"""`capi logs`: what happened, a line each; and, with -f, what happens."""

import json
from typing import Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import USAGE, fail, print_json, printable
from capi.cli.reading.room import LIMIT_MAX, AsJson, EnvironmentOption, RunOption, open_room
from capi.cli.reading.since import Since, SinceOption

LIMIT = 100


def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    level: Annotated[str, typer.Option(help="At least this: DEBUG, INFO, WARNING, ERROR or CRITICAL.")] = "INFO",
    since: SinceOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, max=LIMIT_MAX, help=f"The newest so many. Default: {LIMIT}, or all since --since."),
    ] = None,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Tell what happened, the newest last: decisions, orders, fills, guard, alerts, and why something was not done.

    Times are the exchange's, in UTC.

    Example: capi logs --level WARNING --since 1h
    """
    from capi.cli.reading.logs import LEVELS, TABLES, Wanted, levels_below, line_of, logs_of
    from capi.cli.reading.rows import Row
    from capi.cli.reading.source import Records, answer, end_ms

    if level.upper() not in LEVELS:
        fail(f'--level: "{printable(level)}" is none of {", ".join(LEVELS)}; write one of them', USAGE)
    if follow and as_json:
        fail("--follow and --json exclude each other: --json prints one document; leave one out", USAGE)
    below, from_when = levels_below(level.upper()), Since(since)
    most = LIMIT if limit is None and since is None else limit
    room = open_room(config, run, environment)

    def ask(records: Records) -> tuple[list[Row], Records]:
        since_ms = from_when.from_ms(end_ms(room))
        wanted = Wanted(below=below, since_ms=since_ms, limit=most, whole=as_json)
        return logs_of(records.connection, wanted, records.mark.seq), records

    found, records = answer(room, TABLES, ask)
    if as_json:
        head = {"schema": "capi.logs/1", "folder": str(room.folder), "source": records.source}
        print_json({**head, "logs": [row | {"context": json.loads(row["context"] or "null")} for row in found]})
        return
    for row in found:
        typer.echo(line_of(row))
    if not found:
        typer.echo("capi: no such line", err=True)
    if follow:
        from capi.cli.reading.follow import follow as go_on

        go_on(room, records.mark, below)
