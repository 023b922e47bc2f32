"""The decision in force, under the id that it goes by, and the record of each new one."""

from dataclasses import replace
from typing import Final

from capi.core.decision import Decision, Unusable
from capi.core.ids import hashed_key
from capi.engine import events
from capi.engine.failures import Failures
from capi.engine.recorder import Recorder
from capi.ports.decisions import DecisionSource, Received


class CurrentDecision:
    """What the last pass went by. `value` is unusable before the first."""

    def __init__(self, source: DecisionSource, failures: Failures, recorder: Recorder) -> None:
        self._source: Final = source
        self._failures: Final = failures
        self._recorder: Final = recorder
        self._received: Received | None = None
        self.value: Decision | Unusable = Unusable(reason="no decision was read yet")

    @property
    def received(self) -> Received:
        """Return the decision in force as it came, under the id that it goes by."""
        return Received(decision=self.value) if self._received is None else replace(self._received, decision=self.value)

    def has_another(self, now_ms: int) -> bool:
        """Return whether another decision came than the one in force."""
        return self._latest(now_ms) is not self._received

    def read(self, now_ms: int) -> None:
        """Put the latest decision in force, and record it when it is another one."""
        received = self._latest(now_ms)
        if received is self._received:
            return
        decision = self._told_apart(received.decision)
        changed = self._received is None or decision != self.value
        self._received, self.value = received, decision
        if changed:
            told_apart = received if decision is received.decision else replace(received, decision=decision)
            self._recorder.record(events.decision(now_ms, told_apart))

    def _latest(self, now_ms: int) -> Received:
        return self._failures.instead_of_decision(now_ms) or self._source.latest(now_ms)

    def _told_apart(self, decision: Decision | Unusable) -> Decision | Unusable:
        """Return the decision under another id when its own came with another timestamp before."""
        if isinstance(decision, Unusable):
            return decision
        seen = self._recorder.ledger.decisions.get(decision.decision_id)
        if seen is None or seen.timestamp_ms == decision.timestamp_ms:
            return decision
        return replace(decision, decision_id=hashed_key(decision.decision_id, str(decision.timestamp_ms)))
