"""`capi trades`: the trades and what they came to."""

from typing import Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import print_json, table
from capi.cli.reading.room import LIMIT_MAX, AsJson, EnvironmentOption, RunOption, open_room
from capi.cli.reading.since import Since, SinceOption

LIMIT = 50


def trades(
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=LIMIT_MAX, help="The newest so many; totals are of all.")] = LIMIT,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the trades, the newest last, the open one too, and sum up those that were closed.

    Example: capi trades --since 7d
    """
    from capi.cli.reading.rows import Row
    from capi.cli.reading.source import Records, answer, end_ms
    from capi.cli.reading.trades import COLUMNS, TABLES, cells, total_cells, totals_of, trades_of

    from_when = Since(since)
    room = open_room(config, run, environment)

    def ask(records: Records) -> tuple[list[Row], Row, str]:
        since_ms = from_when.from_ms(end_ms(room))
        found = trades_of(records.connection, since_ms, limit + 1)
        return found, totals_of(records.connection, since_ms), records.source

    found, totals, source = answer(room, TABLES, ask)
    shown = found[-limit:]
    more = len(shown) < len(found)
    if as_json:
        head = {"schema": "capi.trades/1", "folder": str(room.folder), "source": source, "more": more}
        print_json({**head, "trades": shown, "totals": totals})
        return
    if more:
        typer.echo(f"capi: the newest {limit}; for the others a larger --limit", err=True)
    if not shown:
        typer.echo("No such trade.")
        return
    table(COLUMNS, [cells(trade) for trade in shown])
    typer.echo("")
    table(("total", "value"), total_cells(totals))
