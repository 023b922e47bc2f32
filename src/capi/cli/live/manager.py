"""What the service manager hears of a run: ready after the first whole look, alive after each pass that finished."""

from capi.adapters.sd_notify import ServiceManager
from capi.core.units import text
from capi.engine.loop import Passed
from capi.engine.report import PassReport


def told_to_manager(passed: Passed, manager: ServiceManager) -> Passed:
    """Return what tells the manager of a pass, and then `passed`: trouble with recording is no hung engine."""

    def told(report: PassReport, seconds: float) -> None:
        if report.finished:
            if report.account is not None and report.account.complete:
                manager.ready(status_of(report))
            manager.watchdog(status_of(report))
        passed(report, seconds)

    return told


def status_of(report: PassReport) -> str:
    """Return how things stand, in one line."""
    if report.account is None:
        return report.failure or "nothing could be read yet"
    safe_mode = "" if report.safe_mode is None else f", SAFE MODE: {report.safe_mode}"
    return f"{report.state}, position {text(report.account.position.qty)}, guard {report.guard}{safe_mode}"
