"""All targets, in one list."""

from functools import cache

from tests.fuzz import acks, answers, decisions, files, heard, journals, projections, reading, snapshots, wire
from tests.fuzz.target import Target


@cache
def targets() -> tuple[Target, ...]:
    """Return every target; making some of their good documents takes a moment."""
    return (
        decisions.TARGET,
        snapshots.TARGET,
        *answers.TARGETS,
        *acks.TARGETS,
        *wire.TARGETS,
        *heard.TARGETS,
        *journals.targets(),
        *files.targets(),
        *reading.targets(),
        *projections.targets(),
    )
