"""Engines whose every plan can be made again: their decisions are written and read as those of a file are."""

import json
from pathlib import Path
from typing import Any

from capi.adapters.decision_json import read_decision
from capi.adapters.snapshot_writer import snapshot_document
from capi.cli.recorded.again import Again, Wanted, plans_again
from capi.core.decision import Decision, Unusable
from capi.ports.decisions import Received
from capi.ports.journal import Event
from tests.engine.stage import Stage
from tests.worlds import ACCOUNT, LONG

UP_AND_BACK = (90850, 90850, 90799, 90900, 91500, 92210, 92000, 91000, 90850, 90700, 90700, 90700, 90700)
"""Through the entry, up through TP1, back to break-even: the life of a trade."""


def received(decision: Decision | Unusable) -> Received:
    """Return a decision as it comes from a file that says it."""
    if isinstance(decision, Unusable):
        return Received(decision=decision, raw='{"action": "lo')
    written = snapshot_document(Received(decision=decision), ACCOUNT, (), {})["decision"]
    return read_decision(written, symbol="BTCUSDT", id_prefix="capi", mtime_ms=None, numbers_as_text=True)


class Recorded(Stage):
    """A stage that starts with the example's long, and whose decisions have a document."""

    def begin(self) -> None:
        """Start an engine on the journal, as a new process would."""
        if not hasattr(self, "engine"):
            self.decide(LONG)
        super().begin()

    def decide(self, decision: Decision | Unusable) -> None:
        """Put another decision in force."""
        self.decisions.received = received(decision)

    def live(self, path: tuple[int, ...] = UP_AND_BACK) -> None:
        """Run along a path of prices."""
        for price in path:
            self.run(price=price)

    def again(self, **wanted: Any) -> list[Again]:
        """Return the plans of the journal, made again."""
        return list(plans_again(self.journal.events(), Wanted(**wanted)))


def journal_of(path: Path) -> list[Event]:
    """Return the events of a journal's file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def all_same(plans: list[Again]) -> bool:
    """Return whether there are plans, and all of them are as recorded."""
    return bool(plans) and all(again.is_same for again in plans)
