"""What a pass did and why, as lines for people; what repeats from pass to pass is told once."""

from collections.abc import Iterator
from typing import Final

from capi.core.actions import Action, Alert, CancelOrder, PlaceOrder, Refuse
from capi.core.units import text
from capi.engine.report import Outcome, PassReport

_SAME_MS: Final = 60_000
"""The same alert, heard again within this time, is told once."""


class Timeline:
    """Tells what is new in each pass."""

    def __init__(self) -> None:
        self._refused: frozenset[str] = frozenset()
        self._gaps: tuple[str, ...] = ()
        self._guard: str | None = None
        self._held: set[tuple[str, str]] = set()
        self._alerts: dict[tuple[str, str], int] = {}

    def is_new(self, code: str, message: str, now_ms: int) -> bool:
        """Return whether an alert is told: it was not heard within the last minute."""
        heard_ms = self._alerts.get((code, message))
        self._alerts[code, message] = now_ms
        return heard_ms is None or now_ms - heard_ms > _SAME_MS

    def lines(self, report: PassReport) -> Iterator[tuple[str, str]]:
        """Yield kind and text of what a pass did, refused anew, and how the position is guarded now."""
        if report.gaps != self._gaps:
            self._gaps = report.gaps
            yield "view", "; ".join(report.gaps) or "complete again"
        if report.guard != self._guard:
            self._guard = report.guard
            yield "guard", f"{report.guard}, {report.state}"
        held = set[tuple[str, str]]()
        for outcome in report.outcomes:
            if isinstance(outcome.action, Alert | Refuse):
                continue
            said = _kind(outcome.action), _said(outcome)
            if outcome.result != "held" or said not in self._held:
                yield said
            held.add(said)
        self._held = held
        refused = frozenset(action.rule for action in report.actions if isinstance(action, Refuse))
        for action in report.actions:
            if isinstance(action, Refuse) and action.rule not in self._refused:
                yield "refused", f"{action.rule}: {action.reason}"
        self._refused = refused


def _kind(action: Action) -> str:
    return {"PlaceOrder": "place", "CancelOrder": "cancel"}.get(type(action).__name__, type(action).__name__)


def _said(outcome: Outcome) -> str:
    action, answer = outcome.action, outcome.result
    if outcome.code is not None:
        answer = f"{answer} {outcome.code}"  # type: ignore[assignment]
    what = ""
    if isinstance(action, PlaceOrder):
        size = "all" if action.quantity is None else text(action.quantity)
        level = action.price if action.price is not None else action.trigger_price
        at = "" if level is None else f" at {text(level)}"
        what = f"{action.client_order_id}: {action.side} {size} {action.type}{at}; "
    elif isinstance(action, CancelOrder):
        what = f"{action.client_order_id}; "
    return f"{what}{action.reason} [{answer}]"
