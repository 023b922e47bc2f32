"""What a check found, and what to do about it.

Red is what keeps an engine from starting, or its stops from reaching the exchange. Yellow works, but worse than it
could, or is not known. So a start is never held up by what an engine guards a position without (docs/decisions/0035).
"""

from typing import Literal

from capi.core.value import record

Status = Literal["green", "yellow", "red"]


@record
class Finding:
    """`found`: what is so, without a secret. `cure`: what to do; None when it is green."""

    status: Status
    found: str
    cure: str | None = None


class Concluded(Exception):  # noqa: N818 (it says how a check went, which need not be wrong)
    """A check came to its finding before its end."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.found)
        self.finding = finding


def green(found: str) -> Finding:
    """Return that all is well."""
    return Finding("green", found)


def yellow(found: str, cure: str) -> Finding:
    """Return that it works with a drawback, or that it is not known."""
    return Finding("yellow", found, cure)


def red(found: str, cure: str) -> Finding:
    """Return that it keeps an engine from working."""
    return Finding("red", found, cure)
