"""What one run was, in figures; and what is told of it on the way."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from capi.cli.output import iso
from capi.core.value import record


@record
class Violation:
    """An invariant that a run broke."""

    number: int
    at_ms: int
    sentence: str


@record
class Told:
    """One line of the timeline. `kind`: of a fault, or what it is about."""

    at_ms: int
    price: Decimal
    kind: str
    text: str
    is_fault: bool


@dataclass(slots=True)
class Figures:
    """One run, or the sum of many. `naked_ms`: the longest time without a stop while the
    engine ran and the exchange listened, in `naked_seed`, after `naked_cause`."""

    seeds: int = 0
    passes: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    trades: Counter[str] = field(default_factory=Counter)  # by exit reason
    naked_ms: int = 0
    naked_cause: str = ""
    naked_seed: int = 0
    kept_ms: int = (
        0  # the longest while nothing could be sent: silence (429, 418), conditional orders down, or no process
    )
    safe_modes: int = 0

    def add(self, other: "Figures") -> None:
        """Count another run, or others."""
        self.seeds += other.seeds
        self.passes += other.passes
        self.requests += other.requests
        self.faults += other.faults
        self.trades += other.trades
        self.safe_modes += other.safe_modes
        self.kept_ms = max(self.kept_ms, other.kept_ms)
        if other.naked_ms > self.naked_ms:
            self.naked_ms, self.naked_cause, self.naked_seed = other.naked_ms, other.naked_cause, other.naked_seed

    @property
    def orders(self) -> int:
        """Return how many orders were sent."""
        return sum(self.requests[role] for role in ("entry", "sl", "tp1", "tp2", "exit"))


@record
class Outcome:
    """How one run ended. `digest`: of its journal, byte for byte."""

    seed: int
    figures: Figures
    violation: Violation | None
    digest: str
    at_ms: int
    qty: Decimal  # of the position at the end, base units
    safe_mode: str | None

    @property
    def sentence(self) -> str:
        """Return what the run ended with."""
        if self.violation is None:
            return f"seed {self.seed}: all invariants held over {self.figures.passes} passes"
        broken = self.violation
        return f"seed {self.seed}: invariant {broken.number} was broken at {iso(broken.at_ms)}: {broken.sentence}"
