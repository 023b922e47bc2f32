"""What stands beside the journal while a session runs: status.json after each pass, and the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from capi import bootstrap
from capi.adapters.duckdb.thread import ProjectionThread
from capi.cli.live.session import Session
from capi.engine.report import PassReport
from capi.engine.status_board import Part


class Recording:
    """Is told of each pass, and of the end."""

    def __init__(self, session: Session, folder: Path, streams: Part) -> None:
        self.projection: Final = ProjectionThread(folder)
        self._session: Final = session
        self._board: Final = bootstrap.live_status(folder, session.settings, session.alerts, self.projection, streams)
        self._trouble: str | None = None
        self._last_ms = session.look.now_ms

    def passed(self, report: PassReport, seconds: float) -> None:
        """Say and show what a pass saw and did. What ails the database is an alert, once: trading does not need it."""
        self._last_ms = report.at_ms
        self._session.console.passed(report)
        if self._session.outlets is not None:
            self._session.outlets.passed(report, seconds)
        trouble = self.projection.state.alert
        if trouble is not None and trouble != self._trouble:
            self._session.alerts.send("WARNING", "database_behind", trouble, report.at_ms)
        self._trouble = trouble
        self._board.passed(report, self._session.engine.ledger, seconds)

    def ended(self, reason: str) -> None:
        """Have the last events in the database, and show that the run has ended in order, and why."""
        self.projection.close()
        self._board.ended(reason, self._last_ms)


@contextmanager
def recording(session: Session, streams: Part) -> Iterator[Recording]:
    """Yield what records a session that has a folder; when it is left, the database gets the last events.

    `streams`: what they say of themselves.
    """
    if session.folder is None:
        raise ValueError("a session without a folder records nothing")
    record = Recording(session, session.folder, streams)
    record.projection.start()
    try:
        yield record
    finally:
        record.projection.close()
