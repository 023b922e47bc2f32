"""A damaged journal: the line is named, or what is left folds into a ledger. It never just breaks."""

import re
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from capi.adapters.journal_file import FileJournal, JournalCorrupt, read_events
from capi.engine.ledger import Ledger
from capi.ports.journal import JournalError
from tests.engine.stage import Stage
from tests.fuzz import scratch
from tests.fuzz.mutate import change_bytes, change_tree
from tests.fuzz.target import Target, check_sentence
from tests.fuzz.tree import put_together, taken_apart

_PLACE: Final = re.compile(r"journal:\d+ \(byte \d+\)|last line \(byte \d+\)|event \d+ \(")


def check(document: bytes) -> str:
    """Open it as the engine does, and fold it."""
    path = scratch.written("journal.jsonl", document)
    try:
        for _ in read_events(path):
            pass
        with FileJournal(path, durable=False) as journal:
            Ledger().replay(journal.events())
            return "folded" if journal.torn_tail is None else "folded, its tail taken off"
    except JournalError as error:
        said = str(error)
        check_sentence(said)
        assert _PLACE.search(said.replace(str(path), "journal")), said
        return "corrupt" if isinstance(error, JournalCorrupt) else "not foldable"


def _damaged(good: tuple[bytes, ...], dice: Random) -> bytes:
    """Return a journal with some damage: of its bytes, of one line's JSON, or of the order of its lines."""
    document = dice.choice(good)
    roll = dice.random()
    if roll < 0.3:
        return change_bytes(document, dice)
    lines = document.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    if roll < 0.4:
        other = dice.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif roll < 0.5:
        del lines[at : at + dice.randrange(1, 4)]
    else:
        tree = taken_apart(lines[at])
        change_tree(tree, dice)
        lines[at] = put_together(tree) + b"\n"
    return b"".join(lines)


def _written() -> tuple[bytes, ...]:
    """Return the journal of a whole trade, and its parts that end in the middle of it."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        stage.run(2)
        for price in (90790, 90800, 92210, 92210, 93510, 93510, 93510):
            stage.run(2, price=price)
        stage.kill()
        whole = stage.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    return tuple(b"".join(lines[:count]) for count in (len(lines), len(lines) // 2, len(lines) // 4))


@cache
def targets() -> tuple[Target, ...]:
    """Return the target; its good journals come from an engine that trades."""
    return (
        Target(
            name="journal",
            good=_written(),
            check=check,
            make=_damaged,
            outcomes=frozenset({"folded", "folded, its tail taken off", "corrupt", "not foldable"}),
            every=4,
        ),
    )
