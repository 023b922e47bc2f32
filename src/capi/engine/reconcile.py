"""The summary of a reconciliation. It is no second engine: the same pass, on a complete look, told apart afterwards.

Due at the start, after every gap in the looks, and every `reconcile_seconds`. Source: specification, section 14.
"""

from typing import Any, Final, Literal

from capi.core.actions import AdoptPosition, Alert, CancelOrder, CloseTrade, PlaceOrder, Refuse
from capi.engine.report import PassReport

Occasion = Literal["start", "gap", "periodic"]
_SWEEPS: Final = ("cancel_leftovers", "foreign_orders")


class Reconciliations:
    """When the next one is due."""

    def __init__(self, every_ms: int) -> None:
        self._every_ms: Final = every_ms
        self._last_ms: int | None = None
        self._had_gap = False

    @property
    def due_ms(self) -> int:
        """Return when the next periodic one is due; 0 before the first."""
        return 0 if self._last_ms is None else self._last_ms + self._every_ms

    def of(self, report: PassReport) -> dict[str, Any] | None:
        """Return the summary to record when this pass was one, else None. Sees every pass."""
        self._had_gap = self._had_gap or bool(report.gaps) or report.failure is not None
        if report.account is None or not report.account.complete:
            return None
        occasion = self._occasion(report.at_ms)
        if occasion is None:
            return None
        self._last_ms, self._had_gap = report.at_ms, False
        return reconciliation(report, occasion)

    def _occasion(self, now_ms: int) -> Occasion | None:
        if self._last_ms is None:
            return "start"
        if self._had_gap:
            return "gap"
        return "periodic" if now_ms >= self.due_ms else None


def reconciliation(report: PassReport, occasion: Occasion) -> dict[str, Any]:
    """Return the event: what did not match, what was done about it, and what the operator should know."""
    actions = report.actions
    alerts = [action for action in actions if isinstance(action, Alert)]
    return {
        "event": "reconciliation",
        "at_ms": report.at_ms,
        "occasion": occasion,
        "orphan_positions": sum(isinstance(action, AdoptPosition) for action in actions),
        "phantom_positions": sum(isinstance(action, CloseTrade) for action in actions),
        "missing_sl": sum(alert.code == "missing_stop" for alert in alerts),
        "orphan_orders": sum(isinstance(action, CancelOrder) and action.rule in _SWEEPS for action in actions),
        "actions": sum(not isinstance(action, Alert | Refuse) for action in actions),
        "orders_sent": sum(isinstance(action, PlaceOrder) for action in actions),
        "warnings": [f"[{alert.level}] {alert.code}: {alert.reason}" for alert in alerts if alert.level != "INFO"],
    }
