"""The loop of a live run: a pass at each interval until it is told to stop, and then an end in order.

The end: no new entry, the own open entry is taken down, its last fill read, what it filled protected; stops and targets
stay. Passes go on until a whole look says that all of this is so, or until the time for it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from capi.core.actions import Alert, EnterSafeMode, PlaceOrder, Refuse
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine

SETTLE_SECONDS_MAX: Final = 10.0
"""How long the end of a run waits for its orders and its position to settle."""
SETTLE_STEP_SECONDS: Final = 0.25
"""Between two passes of the end."""
_SAYS_ONLY: Final = (Alert, Refuse, EnterSafeMode)
_GUARDED: Final = ("guarded", "guarded_by_previous")

Passed = Callable[[PassReport, float], None]
"""Told of each pass, and of how many seconds it took."""


class Pace(Protocol):
    """Time between two passes, and whether the run is to stop."""

    @property
    def stopping(self) -> bool:
        """Return whether the run is to end."""
        ...

    def seconds(self) -> float:
        """Return a monotonic time in seconds."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or at once when the run is told to stop meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. `report`: of the last pass. `unsettled`: what was open when time was over; None: nothing."""

    report: PassReport
    unsettled: str | None


class Loop:
    """Runs an engine that has started."""

    def __init__(self, engine: Engine, pace: Pace, interval_seconds: float, passed: Passed) -> None:
        self._engine: Final = engine
        self._pace: Final = pace
        self._interval: Final = interval_seconds
        self._passed: Final = passed

    def run(self, cycles: int | None = None) -> None:
        """Run passes until told to stop, `cycles` of them at most; None is no limit."""
        done = 0
        while not self._pace.stopping:
            began = self._pace.seconds()
            report = self._pass()
            done += 1
            if done == cycles:
                return
            if not has_traded_at_once(report):
                self._pace.wait(max(0.0, began + self._interval - self._pace.seconds()))

    def wind_down(self) -> Ending:
        """End in order: run passes that open nothing until all has settled, for ten seconds at most."""
        self._engine.wind_down()
        until = self._pace.seconds() + SETTLE_SECONDS_MAX
        while True:
            report = self._pass()
            left = unsettled(report, self._engine.ledger)
            if left is None or self._pace.seconds() >= until:
                return Ending(report, left)
            self._pace.wait(SETTLE_STEP_SECONDS)

    def _pass(self) -> PassReport:
        began = self._pace.seconds()
        report = self._engine.run_pass()
        self._passed(report, self._pace.seconds() - began)
        return report


def has_traded_at_once(report: PassReport) -> bool:
    """Return whether a pass sent what fills at once, if at all: its fill has to be looked at now, not a pause later."""
    return any(
        isinstance(outcome.action, PlaceOrder)
        and outcome.result in ("ack", "unknown")
        and (outcome.action.type == "MARKET" or outcome.action.time_in_force == "IOC")
        for outcome in report.outcomes
    )


def unsettled(report: PassReport, ledger: Ledger) -> str | None:
    """Return what a run may not be left with, as the end of a sentence; None when nothing of it is so."""
    account = report.account
    if account is None:
        return report.failure or "the account could not be read"
    if not account.complete:
        return (
            f"the account could not be read as a whole ({'; '.join(report.gaps) or 'it is older than our last write'})"
        )
    records = ledger.orders.by_key
    entries = [records[key].order.client_order_id for key in ledger.orders.unsettled if records[key].role == "entry"]
    if entries:
        return f"the entry {', '.join(entries)} may still rest or fill"
    intents = ledger.unfinished_intents(report.at_ms)
    if intents:
        return f"a last fill of {', '.join(intents)} may still come in"
    if account.position.qty != 0 and report.guard not in _GUARDED:
        return f"the position is {report.guard}"
    if account.position.qty == 0 and ledger.trades.open is not None:
        return "the trade is not settled: that the position is flat is not confirmed"
    if any(not isinstance(outcome.action, _SAYS_ONLY) for outcome in report.outcomes):
        return "what was done last is not confirmed"
    return None
