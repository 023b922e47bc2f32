"""Telling the operator, and remembering that it was told: an alert's code is journalled once a minute at most."""

from typing import Final

from capi.core.actions import Alert, EnterSafeMode
from capi.core.units import text
from capi.engine import events
from capi.engine.action_fields import Fields
from capi.engine.recorder import Recorder
from capi.ports.alerts import Alerts
from capi.ports.journal import JournalGone

FOLD_MS: Final = 60_000
RULE: Final = "engine"
"""The rule of what the engine itself has to say."""


class Notices:
    """Hands alerts over and records them."""

    def __init__(self, alerts: Alerts, recorder: Recorder) -> None:
        self._alerts: Final = alerts
        self._recorder: Final = recorder

    def tell(self, alert: Alert, at_ms: int, *, is_news: bool = False) -> None:
        """Record one alert, and only then hand it over; folding what repeats is the sender's, the journal keeps one of
        a code in a minute. `is_news`: it does not repeat, each one is recorded.
        """
        last = self._recorder.ledger.alerted_at_ms.get(alert.code)
        if last is None or is_news or at_ms - last >= FOLD_MS:
            self._recorder.record(events.alert(at_ms, alert))
        self._alerts.send(alert.level, alert.code, alert.reason, at_ms)

    def enter_safe_mode(self, action: EnterSafeMode, at_ms: int) -> None:
        """Record safe mode, unless it holds already: the first reason stays."""
        if self._recorder.ledger.safe_mode is None:
            self._recorder.record(events.safe_mode(at_ms, action))

    def stop_entries(self, why: str, at_ms: int) -> None:
        """Enter safe mode for a reason that no rule can see, and say so."""
        if self._recorder.ledger.safe_mode is None:
            self.enter_safe_mode(EnterSafeMode(rule=RULE, reason=why), at_ms)
            self.tell(Alert(level="CRITICAL", code="safe_mode", rule=RULE, reason=why), at_ms)

    def tell_of_foreign_fill(self, event: Fields, at_ms: int) -> None:
        """A liquidation, or somebody else's trade in the symbol, is news that no rule can see in orders of ours."""
        if event["event"] != "fill" or event["decision_id"] is not None:
            return
        what = f"{event['side']} {text(event['qty'])} at {text(event['price'])} by {event['client_order_id']}"
        if event["liquidation"]:
            self.tell(Alert(level="CRITICAL", code="liquidation", rule=RULE, reason=what), at_ms)
        else:
            self.tell(Alert(level="WARNING", code="foreign_fill", rule=RULE, reason=what), at_ms)


def unwritable(failure: OSError) -> Alert:
    """Return what to tell of a journal that cannot be written."""
    if isinstance(failure, JournalGone):
        cure = "move it back, or start again: the exchange tells what counts"
        why = f"{failure.filename} was moved away or deleted: no entries, guarding goes on; {cure}"
        return Alert(level="CRITICAL", code="journal_gone", rule=RULE, reason=why)
    why = f"the journal cannot be written ({failure}): no entries until it can, see to its disk"
    return Alert(level="CRITICAL", code="journal_unwritable", rule=RULE, reason=why)
