"""Many documents for many targets: what became of them, and what they found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.fuzz.minimise import failure_of, minimised, signature
from tests.fuzz.target import Target

FINDINGS_MAX: Final = 5
"""Of one target; a broken reader fails in thousands of ways."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A document that its target does not survive, as short as it could be made."""

    target: str
    seed: int
    index: int
    what: str
    document: bytes


@dataclass(slots=True)
class Tally:
    """What a part of a campaign came to."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)  # by target and cause, each once

    def add(self, other: "Tally") -> None:
        """Take in what another part came to."""
        self.outcomes += other.outcomes
        for cause, finding in other.findings.items():
            self.findings.setdefault(cause, finding)


def shares(targets: Sequence[Target], inputs: int) -> dict[str, int]:
    """Return how many documents each target gets of a campaign's inputs; a slow one gets fewer."""
    whole = sum(1 / target.every for target in targets)
    return {target.name: max(1, round(inputs / whole / target.every)) for target in targets}


def fuzzed(target: Target, seed: int, indices: range) -> Tally:
    """Feed a target the documents of a seed with these indices."""
    tally = Tally()
    for index in indices:
        document = target.document(seed, index)
        try:
            outcome = target.check(document)
        except Exception as error:  # noqa: BLE001 - whatever comes out of a reader is a finding
            cause = (target.name, signature(error))
            tally.outcomes[target.name, "failed"] += 1
            if cause not in tally.findings and len(tally.findings) < FINDINGS_MAX:
                tally.findings[cause] = _finding(target, seed, index, document)
        else:
            tally.outcomes[target.name, outcome] += 1
    return tally


def _finding(target: Target, seed: int, index: int, document: bytes) -> Finding:
    short = minimised(target.check, document)
    error = failure_of(target.check, short)
    what = (
        "passes when it is fed again: the target keeps something" if error is None else f"{signature(error)}: {error}"
    )
    return Finding(target.name, seed, index, what, short)


def unseen(targets: Sequence[Target], tally: Tally) -> Iterator[str]:
    """Yield the outcomes that a campaign should have seen and did not: then it tests less than it says."""
    for target in targets:
        for outcome in sorted(target.outcomes):
            if not tally.outcomes[target.name, outcome]:
                yield f"{target.name}: nothing ended as {outcome}"
