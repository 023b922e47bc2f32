"""Which gates kept decisions from being entered: told from a replay's journal, while it is written.

A decision counts when no entry of it filled, and then under each gate that was closed in every pass while it was in
force; where none was closed all along, under each that ever was. Once an entry order was sent, only gates that take a
resting order down count, and only from then on: the order was in the market, and its price did not come. Gates that
wait for the next look count only where no other does. A flat decision counts under `flat`, an unusable one under
`unusable`, and under nothing else.

The journal leaves out a pass that says the same as the one before. So a decision after which no pass was written at
once met what was refused last.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Final

from capi.core.gates import GATES
from capi.ports.journal import Event

OWN_PASS_MS: Final = 50
"""A live decision is recorded a moment before the look of its own pass; in a replay both have one time."""
_ORDER: Final = {gate.name: number for number, gate in enumerate(GATES)}
_CANCELLING: Final = frozenset(gate.name for gate in GATES if gate.cancels)
_WAITING: Final = frozenset({"view_incomplete", "write_unconfirmed", "settings_unconfirmed"})


@dataclass(slots=True)
class _Met:
    """What one decision met while it was in force."""

    decision_id: str | None
    counted: Container[str]  # the gates that may count
    passes: int = 0
    closed: dict[str, int] = field(default_factory=dict)  # gate → in how many of these passes
    reasons: dict[str, str] = field(default_factory=dict)  # gate → its last sentence

    def meet(self, refused: dict[str, str]) -> None:
        self.passes += 1
        for rule, reason in refused.items():
            if rule in self.counted:
                self.closed[rule] = self.closed.get(rule, 0) + 1
                self.reasons[rule] = reason

    def try_entry(self) -> None:
        self.passes, self.counted = 0, _CANCELLING
        self.closed.clear()

    def gates(self) -> list[str]:
        """Return the gates that kept it."""
        known = [rule for rule in self.closed if rule not in _WAITING] or list(self.closed)
        return [rule for rule in known if self.closed[rule] == self.passes] or known


class Unentered:
    """Follows the events `decision`, `sent` and `pass`."""

    def __init__(self) -> None:
        self._met: Final = dict[str | int, _Met]()
        self._now: _Met | None = None
        self._since_ms: int | None = None  # no pass was written for the decision in force yet
        self._refused: dict[str, str] | None = None  # by the last pass that was written; None: none was
        self._wanted: Final = set[str]()

    @property
    def wanted(self) -> int:
        """Return how many decisions wanted an entry: long or short ones."""
        return len(self._wanted)

    def decision(self, event: Event) -> None:
        """Another decision is in force. Without a document there is none."""
        self._catch_up(None)
        identity, usable = event["decision_id"], event["usable"]
        self._now, self._since_ms = None, event["at_ms"]
        if not usable and event["raw"] is None:
            return
        counted: Container[str] = _ORDER
        if not usable or event["action"] == "flat":
            counted = ("flat",) if usable else ("unusable",)
        else:
            self._wanted.add(identity)
        self._now = self._met.setdefault(identity or event["at_ms"], _Met(identity, counted))

    def sent(self, event: Event) -> None:
        """An entry order went out."""
        self._catch_up(event["at_ms"])
        if self._now is not None and self._now.decision_id == event["decision_id"]:
            self._now.try_entry()

    def passed(self, event: Event) -> None:
        """A pass was written."""
        self._catch_up(event["at_ms"])
        self._refused = {one["rule"]: one["reason"] for one in event["actions"] if one["action"] == "refuse"}
        if self._now is not None:
            self._now.meet(self._refused)

    def refused(self, entered: Container[str]) -> list[dict[str, Any]]:
        """Return gate, count of decisions and the last one's sentence, the most frequent first."""
        self._catch_up(None)
        counts, reasons = dict[str, int](), dict[str, str]()
        for met in self._met.values():
            if met.decision_id is None or met.decision_id not in entered:
                for rule in met.gates():
                    counts[rule] = counts.get(rule, 0) + 1
                    reasons[rule] = met.reasons[rule]
        ranked = sorted(counts, key=lambda rule: (-counts[rule], _ORDER[rule]))
        return [{"rule": rule, "decisions": counts[rule], "reason": reasons[rule]} for rule in ranked]

    def _catch_up(self, at_ms: int | None) -> None:
        """Let the decision in force meet what was refused last, when its first pass was not worth writing."""
        since_ms = self._since_ms
        unwritten = since_ms is not None and (at_ms is None or at_ms - since_ms > OWN_PASS_MS)
        if unwritten and self._now is not None and self._refused is not None:
            self._now.meet(self._refused)
        self._since_ms = None
