"""A short campaign over every target: with `CI=true` always the same documents, else fresh ones, the seed printed.

`make fuzz` is the long one. A document that fails stays in `test_found.py`.
"""

import os
import random
from typing import Final

import pytest

from tests.fuzz.campaign import fuzzed, shares, unseen
from tests.fuzz.every import targets
from tests.fuzz.mutate import document_of
from tests.fuzz.target import Target, check_sentence

DOCUMENTS: Final = 25_000
FIXED_SEED: Final = 20251128
SEED: Final = FIXED_SEED if os.environ.get("CI") == "true" else random.SystemRandom().randrange(10**9)
COUNTS: Final = shares(targets(), DOCUMENTS)


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_no_document_of_any_kind_breaks_a_reader(target: Target) -> None:
    tally = fuzzed(target, SEED, range(COUNTS[target.name]))
    told = [f"({one.target!r}, {one.document!r}),  # seed {SEED}: {one.what}" for one in tally.findings.values()]
    assert told == []


def test_the_same_seed_makes_the_same_documents() -> None:
    target = targets()[0]
    documents = [target.document(7, index) for index in range(100)]
    assert documents == [target.document(7, index) for index in range(100)]
    assert documents != [target.document(8, index) for index in range(100)]
    assert len(set(documents)) > 90


def test_what_is_made_up_is_mostly_neither_good_nor_noise() -> None:
    (decisions,) = [target for target in targets() if target.name == "decision"]
    tally = fuzzed(decisions, FIXED_SEED, range(4000))
    assert list(unseen([decisions], tally)) == []
    assert tally.outcomes["decision", "unusable"] < 3900


def test_a_reader_that_breaks_is_found_and_its_document_made_short() -> None:
    def check(document: bytes) -> str:
        if b"Infinity" in document:
            raise ZeroDivisionError
        return "fine"

    target = Target(name="broken", good=(b'{"price": 1, "qty": [1, 2]}',), check=check, outcomes=frozenset({"fine"}))
    (finding,) = fuzzed(target, FIXED_SEED, range(4000)).findings.values()
    assert finding.document == b"Infinity"
    assert finding.what.startswith("ZeroDivisionError at test_fuzz.py:")


@pytest.mark.parametrize(
    "said", ["", "no\nline; correct it", "\x1b[2J; correct it", "nothing to do about it", "x" * 601]
)
def test_what_is_no_sentence_is_noticed(said: str) -> None:
    with pytest.raises(AssertionError):
        check_sentence(said)


def test_good_documents_come_through_as_they_are() -> None:
    good = (b'{"a": 1}',)
    made = [document_of(good, random.Random(number)) for number in range(300)]
    assert good[0] in made
