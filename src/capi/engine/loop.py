"""The loop of a live run: a pass at each interval, or sooner when something calls for one, until it is told to stop.

What calls for a pass: another decision, an event of the streams that concerns us, a command of the operator. There is
one pass at a time. One that raises is told, and the next one guards on; one that takes longer than the interval is told
too, and never piled up.

The end: no new entry, the own open entry is taken down, its last fill read, what it filled protected; stops and targets
stay. Passes go on until a whole look says that all of this is so, or until the time for it is over.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from capi.core.actions import Level, PlaceOrder
from capi.core.value import record
from capi.engine.attempt import Failed, attempt
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.engine.settled import unsettled
from capi.ports.streams import StreamEvent

SETTLE_SECONDS_MAX: Final = 10.0
"""How long the end of a run waits for its orders and its position to settle."""
SETTLE_STEP_SECONDS: Final = 0.25
"""Between two passes of the end."""
EVENTS_APART_SECONDS: Final = 0.3
"""Between the beginnings of two passes that events called for: what cannot wait was done when they were heard."""
BACK_OFF_SECONDS_MAX: Final = 5.0
"""Between two passes of which the first one raised."""
SAID_APART_SECONDS: Final = 60.0
"""A slow pass, or a recording that failed, is told once in this time."""
_WAIT_SECONDS_MIN: Final = 0.001

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
        """Return after so many seconds, or at once when something woke it meanwhile."""
        ...


class Streams(Protocol):
    """What the exchange told by itself."""

    def drain(self) -> Sequence[StreamEvent]:
        """Return the events since the last call, in the order in which they came."""
        ...


class Operator(Protocol):
    """Carries out what the operator asks for."""

    def attend(self) -> bool:
        """Take what has come in; return whether a pass is to follow at once."""
        ...

    def passed(self, report: PassReport) -> None:
        """See a pass, and answer what it settles."""
        ...


@record
class Ending:
    """How a run ended. `report`: of the last pass. `unsettled`: what was open when time was over; None: nothing."""

    report: PassReport
    unsettled: str | None


class Loop:
    """Runs an engine that has started."""

    def __init__(
        self,
        engine: Engine,
        pace: Pace,
        interval_seconds: float,
        passed: Passed,
        *,
        streams: Streams | None = None,
        operator: Operator | None = None,
    ) -> None:
        self._engine: Final = engine
        self._pace: Final = pace
        self._interval: Final = interval_seconds
        self._passed: Final = passed
        self._streams: Final = streams
        self._operator: Final = operator
        self._said_at: Final[dict[str, float]] = {}

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
                self._rest(began)

    def run_until_flat(self) -> None:
        """Run passes until a flatten is done, or told to stop."""
        while not self._pace.stopping:
            began = self._pace.seconds()
            report = self._pass()
            if self._engine.ledger.flatten is None:
                return
            if not has_traded_at_once(report):
                self._rest(began)

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
        run = attempt(self._engine.run_pass)
        report = self._engine.pass_failed(run) if isinstance(run, Failed) else run
        seconds = self._pace.seconds() - began
        self._tell_of_heard()
        self._tell_of(report, seconds)
        if self._operator is not None:
            settled = attempt(partial(self._operator.passed, report))
            if isinstance(settled, Failed):
                self._tell_of_deafness(settled)
        return report

    def _tell_of_heard(self) -> None:
        """Tell of the stops that events called for, while the pass read or before it."""
        for heard in self._engine.take_heard():
            self._tell_of(heard, 0.0)

    def _tell_of(self, report: PassReport, seconds: float) -> None:
        if seconds > self._interval > 0:
            why = f"a pass took {seconds:.1f} s, longer than loop.interval_seconds ({self._interval:g} s)"
            cure = "the next one follows at once; see to the network and this machine's load"
            self._say("WARNING", "slow_pass", f"{why}: {cure}")
        told = attempt(partial(self._passed, report, seconds))
        if isinstance(told, Failed):
            why = f"what a pass did could not be shown ({told.sentence}): trading goes on; report it"
            self._say("WARNING", "recording_failed", why)

    def _tell_of_deafness(self, failed: Failed) -> None:
        why = f"events and commands could not be heard ({failed.sentence}): passes go on at the interval; report it"
        self._say("CRITICAL", "attending_failed", why)

    def _say(self, level: Level, code: str, reason: str) -> None:
        now, last = self._pace.seconds(), self._said_at.get(code)
        if last is None or now - last >= SAID_APART_SECONDS:
            self._said_at[code] = now
            attempt(partial(self._engine.tell, level, code, reason))  # where even that fails, nobody is left to tell

    # between two passes

    def _rest(self, began: float) -> None:
        """Wait until the next pass is due, or something calls for it. Who cannot hear keeps to the interval."""
        due, hears = began + self._pause(), True
        while not self._pace.stopping:
            called = attempt(partial(self._called, began)) if hears else None
            if isinstance(called, Failed):
                self._tell_of_deafness(called)
                hears = False
            elif called is not None:
                due = min(due, called)
            left = due - self._pace.seconds()
            if left < _WAIT_SECONDS_MIN:
                return
            self._pace.wait(left)

    def _pause(self) -> float:
        """Return how long after a pass's beginning the next one is due: somewhat later after failures in a row."""
        failures = self._engine.failures
        if failures < 2:
            return self._interval
        return max(self._interval, min(BACK_OFF_SECONDS_MAX, self._interval * failures))

    def _called(self, began: float) -> float | None:
        """Return from when on a pass is called for; None: nothing calls. Events are heard here."""
        called = self._operator is not None and self._operator.attend()
        events = () if self._streams is None else self._streams.drain()
        if events:
            self._engine.hear(events)
        self._tell_of_heard()
        if called or (not self._engine.failures and self._engine.has_new_decision):
            return began
        return began + EVENTS_APART_SECONDS if self._engine.is_called else None


def has_traded_at_once(report: PassReport) -> bool:
    """Return whether a pass sent what fills at once, if at all: its fill has to be looked at now, not a pause later."""
    return any(
        isinstance(outcome.action, PlaceOrder)
        and outcome.result in ("ack", "unknown")
        and (outcome.action.type == "MARKET" or outcome.action.time_in_force == "IOC")
        for outcome in report.outcomes
    )
