"""All seeded bugs."""

from typing import Final

from tests.simulation.seeded_bugs import of_entries, of_knowledge, of_protection
from tests.simulation.seeded_bugs.plant import Bug

BUGS: Final[tuple[Bug, ...]] = (*of_entries.BUGS, *of_protection.BUGS, *of_knowledge.BUGS)
BY_NAME: Final = {one.name: one for one in BUGS}
