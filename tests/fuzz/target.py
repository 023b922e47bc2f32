"""What is fuzzed: a reader, its good documents, and a check that any document of any kind has to pass."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from capi.core.value import value
from tests.fuzz.mutate import document_of

Check = Callable[[bytes], str]
"""Feed one document; return in a word what became of it. Whatever it raises is a finding."""

SENTENCE_MAX: Final = 600
_CURE: Final = re.compile(
    r"; |: |, without|must be|write|correct|keep|check|give|remove|did you mean|known are|leave|at most"
)


@value
class Target:
    """`every`: one in so many inputs of a campaign is for it, for those whose check is slow."""

    name: str
    good: tuple[bytes, ...]
    check: Check
    outcomes: frozenset[str]  # all that there are: a campaign that never sees one of them tests less than it says
    every: int = 1
    make: Callable[[tuple[bytes, ...], Random], bytes] = document_of

    def document(self, seed: int, index: int) -> bytes:
        """Return the index-th document of a seed."""
        return self.make(self.good, Random(f"{seed}/{self.name}/{index}"))


def check_sentence(said: str) -> None:
    """One sentence for people: not empty, on one line, printable, of bounded length, with a cure."""
    assert said.strip(), "no sentence"
    assert said.isprintable(), f"not printable: {said!r}"
    assert len(said) <= SENTENCE_MAX, f"{len(said)} characters: {said[:100]}..."
    assert _CURE.search(said), f"no cure: {said}"
