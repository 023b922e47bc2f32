"""A report as tables on the terminal."""

import typer

from capi.cli.output import table
from capi.cli.replay.show import quality_rows
from capi.cli.reporting.document import Report
from capi.cli.reporting.words import ALERT_COLUMNS, GATE_COLUMNS, alert_cells, gate_cells, result_rows, span


def show(report: Report) -> None:
    """Print result, execution quality, what kept decisions out, and alerts. `capi trades` lists the trades."""
    typer.echo(f"{report.room.name}, {span(report.records)}\n")
    table(("result", "value"), result_rows(report.summary))
    typer.echo("")
    table(("execution quality", "value"), quality_rows(report.figures))
    if report.gates:
        typer.echo("")
        table(GATE_COLUMNS, [gate_cells(gate) for gate in report.gates])
    if report.records.alerts:
        typer.echo("")
        table(ALERT_COLUMNS, [alert_cells(alert) for alert in report.records.alerts])
