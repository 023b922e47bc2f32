"""`capi report`: what the trades of a room came to, on the terminal, as JSON, or as one page that opens offline."""

from pathlib import Path
from typing import Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import print_json
from capi.cli.reading.room import AsJson, EnvironmentOption, RunOption, open_room
from capi.cli.reading.since import SinceOption
from capi.cli.reporting.window import UntilOption, window_of


def report(
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", readable=False, help="Write a page as well; a report is replaced."),
    ] = None,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Sum up what was traded: result, risk, execution, what kept decisions out, and alerts.

    The page holds pictures of equity, prices and trades; it needs no network. Works while the engine runs.

    Example: capi report --run last --out report.html
    """
    from capi.cli.reading.source import Records, answer
    from capi.cli.reporting.counts import figures_of, gates_of
    from capi.cli.reporting.document import Report, document_of
    from capi.cli.reporting.figures import summary_of
    from capi.cli.reporting.page import page_of
    from capi.cli.reporting.page_file import check_page, write_page
    from capi.cli.reporting.records import TABLES, records_of
    from capi.cli.reporting.show import show

    room = open_room(config, run, environment)
    window = window_of(room, since, until)
    if out is not None:
        check_page(out)

    def ask(asked: Records) -> Report:
        records = records_of(asked.connection, window)
        figures = figures_of(asked.connection, window, records.closed)
        return Report(
            room=room,
            source=asked.source,
            records=records,
            summary=summary_of(records),
            figures=figures,
            gates=gates_of(asked.connection, figures),
        )

    made = answer(room, TABLES, ask)
    if out is not None:
        write_page(out, page_of(made))
    if as_json:
        print_json({**document_of(made), "page": None if out is None else str(out)})
        return
    show(made)
    if out is not None:
        typer.echo(f"\nThe page is {out}.")
