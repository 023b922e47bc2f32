"""The shortest telling of a failure: the run cut where it breaks, without the faults that it does not need."""

from capi.cli.simulation.run import NOTHING, simulate
from capi.cli.simulation.tally import Outcome
from capi.core.value import record


@record
class Shrunk:
    """The smallest run that still breaks the invariant: `passes` long, `needed` kinds of faults, the others `muted`."""

    outcome: Outcome
    muted: frozenset[str]

    @property
    def needed(self) -> list[str]:
        """Return the kinds of faults that are left in it."""
        return sorted(self.outcome.figures.faults)

    @property
    def command(self) -> str:
        """Return the command that plays it."""
        without = "".join(f" --without {kind}" for kind in sorted(self.muted))
        return f"capi paper --faults {self.outcome.seed}{without}"


def shrink(outcome: Outcome) -> Shrunk:
    """Leave out one kind after the other, and keep it out where the same invariant still breaks, no later."""
    if outcome.violation is None:
        return Shrunk(outcome, NOTHING)
    best, muted = outcome, NOTHING
    for kind in sorted(outcome.figures.faults, key=lambda kind: -outcome.figures.faults[kind]):
        tried = simulate(outcome.seed, muted=muted | {kind})
        if tried.violation is not None and tried.violation.number == outcome.violation.number:
            best, muted = tried, muted | {kind}
    return Shrunk(best, muted)
