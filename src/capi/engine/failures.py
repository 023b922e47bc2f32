"""What a pass that raised leaves behind: it is journalled and told, and guarding goes on without what may have failed.

After two failures in a row the decision is left out for a minute: guarding needs none, and whatever of it made planning
fail cannot keep a stop from being placed. Then it is tried again.
"""

from functools import partial
from typing import Final

from capi.core.actions import Alert
from capi.core.decision import Unusable
from capi.engine import events
from capi.engine.attempt import Failed, attempt
from capi.engine.notices import FOLD_MS, RULE, Notices
from capi.engine.recorder import Recorder
from capi.ports.decisions import Received

FAILURES_MAX: Final = 2
"""In a row, with the decision in force."""
WITHOUT_DECISION_MS: Final = 60_000


class Failures:
    """Counts them. `in_a_row`: since the last pass that did not fail."""

    def __init__(self, recorder: Recorder, notices: Notices) -> None:
        self._recorder: Final = recorder
        self._notices: Final = notices
        self.in_a_row = 0
        self._last: Failed | None = None
        self._recorded_at_ms = 0
        self._instead: Received | None = None
        self._until_ms = 0

    def note(self, failed: Failed, at_ms: int) -> str:
        """Record and tell a failure; return the sentence. The same one is recorded once a minute."""
        self.in_a_row += 1
        why = f"a pass failed ({failed.sentence}): the next one guards on; report it with the journal"
        if self.in_a_row >= FAILURES_MAX and self._instead is None:
            reason = f"{self.in_a_row} passes in a row failed ({failed.sentence}): guarding without a decision"
            self._instead, self._until_ms = Received(decision=Unusable(reason=reason)), at_ms + WITHOUT_DECISION_MS
        told = attempt(partial(self._tell, failed, why, at_ms))
        return f"{why} (nor could it be told: {told.sentence})" if isinstance(told, Failed) else why

    def _tell(self, failed: Failed, why: str, at_ms: int) -> None:
        if failed != self._last or at_ms - self._recorded_at_ms >= FOLD_MS:
            self._last, self._recorded_at_ms = failed, at_ms
            self._recorder.record(events.pass_failed(at_ms, failed, in_a_row=self.in_a_row))
        self._notices.tell(Alert(level="CRITICAL", code="pass_failed", rule=RULE, reason=why), at_ms)

    def note_success(self) -> None:
        """A pass went through."""
        self.in_a_row = 0

    def instead_of_decision(self, now_ms: int) -> Received | None:
        """Return what takes the decision's place for now; None: nothing does."""
        if self._instead is not None and now_ms >= self._until_ms:
            self._instead = None
        return self._instead
