"""What a reconciliation came to, over all of its passes, as people and as programs read it."""

from collections.abc import Iterator
from typing import Any, Final

import typer

from capi.adapters.action_json import action_to_json
from capi.cli.output import iso, table
from capi.core.actions import Alert, Refuse
from capi.core.value import record
from capi.engine.reconcile import reconciliation
from capi.engine.report import Outcome, PassReport

SCHEMA: Final = "capi.reconcile/1"
_COUNTS: Final = {
    "orphan_positions": "positions that nothing explained",
    "phantom_positions": "trades that were closed without us",
    "missing_sl": "stops that were missing",
    "orphan_orders": "orders without a purpose",
}
_ID_KEYS: Final = ("client_order_id", "decision_id")


@record
class Reconciled:
    """The passes, and what was `unsettled` when time was over."""

    reports: tuple[PassReport, ...]
    unsettled: str | None
    safe_mode: str | None

    @property
    def outcomes(self) -> Iterator[Outcome]:
        """Yield what came of each action, but for alerts and refusals."""
        for report in self.reports:
            yield from (one for one in report.outcomes if not isinstance(one.action, Alert | Refuse))

    @property
    def counts(self) -> dict[str, int]:
        """Return how many mismatches of each kind were found."""
        told = [reconciliation(report, "start") for report in self.reports]
        counts = {name: sum(one[name] for one in told) for name in _COUNTS}
        return counts | {"missing_sl": max((one["missing_sl"] for one in told), default=0)}  # one stop, many passes

    @property
    def warnings(self) -> list[str]:
        """Return the alerts, each once."""
        told = (warning for report in self.reports for warning in reconciliation(report, "start")["warnings"])
        return list(dict.fromkeys(told))


def document_of(result: Reconciled, *, dry_run: bool) -> dict[str, Any]:
    """Return the document of --json."""
    first, last = result.reports[0], result.reports[-1]
    return {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "at": iso(last.at_ms),
        "found": {"state": first.state, "guard": first.guard},
        "left": {"state": last.state, "guard": last.guard},
        **result.counts,
        "actions": [
            action_to_json(one.action) | {"result": one.result, "code": one.code, "message": one.message}
            for one in result.outcomes
        ],
        "warnings": result.warnings,
        "unsettled": result.unsettled,
        "safe_mode": result.safe_mode,
    }


def show(result: Reconciled, *, dry_run: bool) -> None:
    """Print it for people."""
    first, last = result.reports[0], result.reports[-1]
    typer.echo(f"found {first.state}, guard {first.guard}; left {last.state}, guard {last.guard}")
    for name, count in result.counts.items():
        typer.echo(f"{count} {_COUNTS[name]}")
    rows = [_row(outcome) for outcome in result.outcomes]
    if rows:
        typer.echo("\nwould be done" if dry_run else "\ndone")
        table(("action", "id", "result", "rule", "reason"), rows)
    else:
        typer.echo("nothing to do")
    for warning in result.warnings:
        typer.echo(warning)


def _row(outcome: Outcome) -> tuple[str, str, str, str, str]:
    fields = action_to_json(outcome.action)
    name = next((str(fields[key]) for key in _ID_KEYS if fields.get(key) is not None), "")
    result = outcome.result if outcome.code is None else f"{outcome.result} ({outcome.code})"
    return fields["action"], name, result, outcome.action.rule, outcome.action.reason
