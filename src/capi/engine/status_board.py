"""Keeps the status up to date: one call after each pass. What it cannot write is told, and holds nothing up."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.engine.status import Document, Passed, Process, status_document
from capi.engine.told import AlertsWithMemory
from capi.ports.status import Status

Part = Callable[[], Mapping[str, Any] | None]
"""What another part says of itself, as JSON would: the projection, the streams. None: there is no such part."""


def _nothing() -> None:
    return None


class StatusBoard:
    """Shows one engine's status. `alerts` has to be the engine's own, so that what it told can be shown."""

    def __init__(
        self,
        status: Status,
        process: Process,
        alerts: AlertsWithMemory,
        *,
        projection: Part = _nothing,
        streams: Part = _nothing,
    ) -> None:
        self._status: Final = status
        self._process: Final = process
        self._alerts: Final = alerts
        self._projection: Final = projection
        self._streams: Final = streams
        self._passes = 0
        self._shown: Document | None = None
        self.failure: str | None = None
        """Why the last write failed; None when it did not."""

    def passed(self, report: PassReport, ledger: Ledger, seconds: float | None = None, *, count: int = 1) -> None:
        """Show what a pass saw and did; `seconds`: how long it took; `count`: passes since the last one shown.

        Raises nothing that the outside can cause.
        """
        self._passes += count
        passed = Passed(report=report, number=self._passes, seconds=seconds)
        document = status_document(self._process, passed, ledger, self._alerts.latest)
        self._shown = document
        self._show(document, None, report.at_ms)

    def ended(self, reason: str, at_ms: int) -> None:
        """Show that the run ended in order, beside what was the case then. Without a pass there is nothing to show."""
        if self._shown is not None:
            self._show(self._shown, reason, at_ms)

    def _show(self, document: Document, ended: str | None, at_ms: int) -> None:
        parts = {"projection": self._projection(), "streams": self._streams(), "ended": ended}
        try:
            self._status.replace(document | parts)
        except OSError as error:
            if self.failure is None:
                why = f"status.json cannot be written ({error}): trading goes on, see to its disk or its rights"
                self._alerts.send("WARNING", "status_unwritable", why, at_ms)
            self.failure = str(error)
        else:
            self.failure = None
