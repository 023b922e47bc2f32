"""What planning a journal again has shown: how many passes came out as recorded, which did not, which could not be."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from capi import __version__
from capi.cli.output import iso
from capi.cli.recorded.again import Again
from capi.cli.recorded.difference import differences

DIFFERING_MAX: Final = 1000
"""How many differing plans are kept to be shown; of more only the count."""


@dataclass(slots=True)
class Untold:
    """Passes that cannot be planned again for one reason: how many, from when to when (UTC milliseconds)."""

    passes: int
    first_ms: int
    last_ms: int


@dataclass(slots=True)
class Verdict:
    """Counts passes: each once, whatever it planned in how many rounds."""

    passes: int = 0
    same: int = 0
    differing: int = 0
    shown: list[Again] = field(default_factory=list)
    untold: dict[str, Untold] = field(default_factory=dict)
    versions: dict[str, None] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Return whether every pass was planned again, and all came out as recorded."""
        return self.differing == 0 and not self.untold

    def take(self, plans: Iterable[Again]) -> None:
        """Count the passes that some plans are of; all plans of a pass come together."""
        by_pass: dict[int, list[Again]] = {}
        for again in plans:
            by_pass.setdefault(again.seq, []).append(again)
        for mine in by_pass.values():
            self._take_pass(mine)

    def _take_pass(self, mine: list[Again]) -> None:
        self.passes += 1
        self.versions[mine[0].version] = None
        trouble = next((again for again in mine if again.trouble is not None), None)
        if trouble is not None:
            self._take_trouble(trouble)
        elif all(again.is_same for again in mine):
            self.same += 1
        else:
            self.differing += 1
            self.shown += [again for again in mine if not again.is_same]
            del self.shown[DIFFERING_MAX:]

    def _take_trouble(self, again: Again) -> None:
        why = str(again.trouble)
        known = self.untold.setdefault(why, Untold(0, again.at_ms, again.at_ms))
        known.passes += 1
        known.last_ms = again.at_ms

    @property
    def foreign_versions(self) -> list[str]:
        """Return the versions of capi that wrote what was planned again, but this one."""
        return [version for version in self.versions if version != __version__]

    def document(self) -> dict[str, Any]:
        """Return it as JSON may hold it."""
        return {
            "passes": self.passes,
            "same": self.same,
            "differing": self.differing,
            "version": __version__,
            "recorded_by": list(self.versions),
            "differences": [_differing(again) for again in self.shown],
            "not_plannable": [
                {"why": why, "passes": it.passes, "first_at": iso(it.first_ms), "last_at": iso(it.last_ms)}
                for why, it in self.untold.items()
            ],
        }


def _differing(again: Again) -> dict[str, Any]:
    return {
        "seq": again.seq,
        "at": iso(again.at_ms),
        "version": again.version,
        "differences": differences(again),
        "recorded": list(again.recorded),
        "planned": list(again.planned),
    }
