"""The document of `capi report --json`."""

from dataclasses import asdict
from typing import Any, Final

from capi import __version__
from capi.cli.output import iso
from capi.cli.reading.room import Room
from capi.cli.reading.rows import Row
from capi.cli.replay.tally import Figures, execution_quality
from capi.cli.reporting.figures import Summary, days_of
from capi.cli.reporting.records import Records
from capi.core.value import value

SCHEMA: Final = "capi.report/1"
_TIMES: Final = ("opened_at_ms", "closed_at_ms", "first_at_ms", "last_at_ms")


@value
class Report:
    """What is reported, however it is shown. `source`: database or journal."""

    room: Room
    source: str
    records: Records
    summary: Summary
    figures: Figures
    gates: list[Row]


def document_of(report: Report) -> dict[str, Any]:
    """Return the document; Decimals stay exact, times are ISO 8601 in UTC."""
    records = report.records
    return {
        "schema": SCHEMA,
        "version": __version__,
        "folder": str(report.room.folder),
        "source": report.source,
        "from": None if records.from_ms is None else iso(records.from_ms),
        "to": None if records.to_ms is None else iso(records.to_ms),
        "summary": asdict(report.summary),
        "execution": execution_quality(report.figures),
        "days": days_of(records.closed),
        "refused": report.gates,
        "alerts": [_written(alert) for alert in records.alerts],
        "more": records.has_more,
        "trades": [_written(trade) for trade in records.drawn],
    }


def _written(row: Row) -> Row:
    return {
        (key.removesuffix("_ms") if key in _TIMES else key): (
            value if key not in _TIMES or value is None else iso(value)
        )
        for key, value in row.items()
    }
