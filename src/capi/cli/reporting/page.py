"""A report as one page: everything is in it, nothing is asked from outside, and no script runs."""

from typing import Final

from capi import __version__
from capi.cli.replay.show import quality_rows
from capi.cli.reporting.document import Report
from capi.cli.reporting.markup import element, table, text
from capi.cli.reporting.page_file import MARK
from capi.cli.reporting.page_style import STYLE
from capi.cli.reporting.pictures import equity, results, trades
from capi.cli.reporting.records import DRAWN_MAX
from capi.cli.reporting.words import (
    ALERT_COLUMNS,
    GATE_COLUMNS,
    TRADE_COLUMNS,
    Rows,
    alert_cells,
    gate_cells,
    result_rows,
    span,
    trade_cells,
)

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_NO_TRADES: Final = "<p>No trade in that time.</p>"


def page_of(report: Report) -> str:
    """Return the page."""
    title = f"capi report: {report.room.name}"
    head = (
        '<meta charset="utf-8">'
        f"{MARK}"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{element('title', text(title))}{element('style', STYLE)}"
    )
    body = element(
        "body",
        element("h1", text(title)),
        element("p", text(span(report.records))),
        _cards(result_rows(report.summary)),
        _pictures(report),
        _part("Execution quality", table(("what", "value"), quality_rows(report.figures), "words")),
        _part("What kept decisions out", _told(GATE_COLUMNS, [gate_cells(gate) for gate in report.gates])),
        _part("Alerts", _told(ALERT_COLUMNS, [alert_cells(alert) for alert in report.records.alerts])),
        _trades(report),
        element("footer", text(f"Made by capi {__version__} from {report.room.folder}. Times are UTC.")),
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>{body}</html>\n'


def _cards(rows: Rows) -> str:
    cards = (element("div", element("dt", text(name)), element("dd", text(value))) for name, value in rows)
    return element("dl", *cards, css="cards")


def _part(title: str, content: str) -> str:
    return element("h2", text(title)) + content


def _told(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return table(columns, rows, "words") if rows else "<p>None.</p>"


def _pictures(report: Report) -> str:
    records = report.records
    pictures = equity(records) + trades(records) + results(records)
    return _part("Equity and trades", element("div", pictures or _NO_TRADES, css="pictures"))


def _trades(report: Report) -> str:
    drawn = report.records.drawn
    if not drawn:
        return _part("Trades", _NO_TRADES)
    title = f"Trades: the newest {DRAWN_MAX}; figures are of all" if report.records.has_more else "Trades"
    return _part(title, table(TRADE_COLUMNS, [trade_cells(trade) for trade in reversed(drawn)]))
