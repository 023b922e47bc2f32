"""The silence that the exchange asks for (429, 418): nothing is attempted while it lasts, and it is told once.

A request that cannot go out is no attempt: it takes no id, leaves no event and counts as no refusal, so that the first
pass after the silence finds everything as it was, and tries at once.
"""

from typing import Final

from capi.core.actions import Alert, Level
from capi.engine import events
from capi.engine.notices import RULE, Notices
from capi.engine.recorder import Recorder
from capi.ports.clock import Clock
from capi.ports.exchange import Exchange


class Silence:
    """Whether one holds, and since which one the operator knows."""

    def __init__(self, exchange: Exchange, clock: Clock, notices: Notices, recorder: Recorder) -> None:
        self._exchange: Final = exchange
        self._clock: Final = clock
        self._notices: Final = notices
        self._recorder: Final = recorder
        self._told_until_ms = 0

    @property
    def reason(self) -> str | None:
        """Return why no request goes out now; None while none is held back."""
        until_ms = self._exchange.silent_until_ms()
        return None if until_ms is None else f"the exchange asked for silence (429 or 418) until {until_ms} ms"

    def note(self) -> None:
        """Tell of a silence when it has begun. It may have grown since, by answers to what was on its way."""
        until_ms, now = self._exchange.silent_until_ms(), self._clock.now_ms()
        if until_ms is None:
            return
        if now >= self._told_until_ms:
            seconds = -(-(until_ms - now) // 1000)
            why = (
                f"the exchange asked for silence (429 or 418): nothing is sent for {seconds} s, stops neither; "
                "see what else sends requests from this address"
            )
            level: Level = "CRITICAL" if self._recorder.ledger.position_qty else "ERROR"
            self._notices.tell(Alert(level=level, code="exchange_silence", rule=RULE, reason=why), now)
        if until_ms != self._told_until_ms:
            self._recorder.record(events.silence(now, until_ms=until_ms))
        self._told_until_ms = until_ms
