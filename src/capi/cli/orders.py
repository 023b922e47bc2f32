"""`capi orders`: what was sent, what rests, what became of it."""

from typing import Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import USAGE, fail, print_json, printable, table
from capi.cli.reading.room import LIMIT_MAX, AsJson, EnvironmentOption, RunOption, open_room

LIMIT = 50


def orders(
    only_open: Annotated[
        bool, typer.Option("--open", help="Only what rests on the exchange, or of which that is not known.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help=f"All of them, not the newest {LIMIT} alone.")] = False,
    role: Annotated[str | None, typer.Option(help="Only of one purpose: entry, sl, tp1, tp2 or exit.")] = None,
    decision: Annotated[str | None, typer.Option(metavar="ID", help="Only of one decision.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=LIMIT_MAX, help=f"The newest so many. Default: {LIMIT}.")
    ] = None,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the orders, the newest last: what each was for, what became of it, and why it was sent or refused.

    Answers while an engine runs, up to what it did last.

    Example: capi orders --open
    """
    from capi.cli.reading.orders import COLUMNS, ROLES, TABLES, Wanted, cells, orders_of
    from capi.cli.reading.source import answer

    if everything and limit is not None:
        fail("--all and --limit exclude each other; leave one out", USAGE)
    if role is not None and role not in ROLES:
        fail(f'--role: "{printable(role)}" is none of {", ".join(ROLES)}; write one of them', USAGE)
    most = None if everything or (only_open and limit is None) else limit or LIMIT
    room = open_room(config, run, environment)
    wanted = Wanted(only_open=only_open, role=role, decision_id=decision, limit=None if most is None else most + 1)
    found, source = answer(
        room, TABLES, lambda records: (orders_of(records.connection, wanted, records.mark.seq), records.source)
    )
    shown = found if most is None else found[-most:]
    more = len(shown) < len(found)
    if as_json:
        head = {"schema": "capi.orders/1", "folder": str(room.folder), "source": source, "more": more}
        print_json({**head, "orders": shown})
        return
    if more:
        typer.echo(f"capi: the newest {most}; for the others --all, or a larger --limit", err=True)
    if shown:
        table(COLUMNS, [cells(order) for order in shown])
    else:
        typer.echo("No such order.")
