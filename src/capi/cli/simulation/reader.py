"""The engine's own reader of the decision file, and a writer who overwrites it in the very moment of a read.

The reader then gets the first part of the old document and the rest of the new one, or all of the old one, and the
file says in either case that it is the new one already: its time is set before its content (Linux), and two writes
within one tick of the file's clock have one time. Once it has read, the file is whole.
"""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from capi.adapters.decision_file import FileDecisionSource
from capi.cli.simulation.decisions import NAME, Writer
from capi.cli.simulation.documents import text_of
from capi.cli.simulation.world import World
from capi.core.decision import Unusable
from capi.ports.decisions import Received

KIND: Final = "replaced_in_read"
SHARE: Final = 0.12
"""Of the runs with bad days: in so many the file is overwritten so."""
TIMES_MAX: Final = 6


class Overwriter:
    """Overwrites the file in place at reads that were drawn."""

    def __init__(
        self,
        world: World,
        writer: Writer,
        dice: Random,
        until_ms: int,
        *,
        badness: float,
        muted: frozenset[str],
        told: Callable[[str, str], None],
    ) -> None:
        self._world: Final = world
        self._writer: Final = writer
        self._dice: Final = dice
        self._until_ms: Final = until_ms
        self._told: Final = told
        self._reads_left: int | None = None
        self._files_read = 0  # of the writer's, when the engine read last
        if dice.random() < SHARE and badness and KIND not in muted:
            for _ in range(dice.randrange(1, TIMES_MAX + 1)):
                world.at(dice.randrange(world.now_ms, until_ms), self._come)

    def _come(self) -> None:
        """Begin at the next read, or at the one after it: the loop asks for news, and then the pass reads."""
        self._reads_left = self._dice.randrange(2)

    def read(self, read: Callable[[], Received]) -> Received:
        """Have the engine read, and the file be overwritten meanwhile when it is time for it."""
        is_time = self._reads_left == 0 and self._world.now_ms < self._until_ms
        if is_time and self._writer.path.exists() and self._files_read == self._writer.files:
            self._reads_left = None
            return self._overwrite(read)
        if self._reads_left:
            self._reads_left -= 1
        self._files_read = self._writer.files
        return read()

    def _overwrite(self, read: Callable[[], Received]) -> Received:
        path, dice = self._writer.path, self._dice
        fields, at_ns = self._writer.thinks(dice), self._writer.stamp()
        old, new, share = path.read_bytes(), text_of(fields).encode(), dice.random()
        kept = len(old) if dice.random() < 0.3 else round(share * len(old))
        what = "the old one is read" if kept == len(old) else f"{kept} bytes of the old one are read"
        _put(path, old if kept == len(old) else old[:kept] + new[kept:], at_ns)
        received = read()
        _put(path, new, at_ns)
        self._writer.is_whole(fields)
        self._files_read = self._writer.files
        self._told(KIND, f"{fields['action']} {fields['entry_zone']}, {what}")
        return received


class PlacelessSource:
    """The real reader, its reasons without the run's folder in them: the same seed gives the same journal."""

    def __init__(self, folder: Path, symbol: str, id_prefix: str, world: World, overwriter: Overwriter) -> None:
        path = folder / NAME
        self._source: Final = FileDecisionSource(path, symbol, id_prefix, file_now_ns=lambda: world.now_ms * 1_000_000)
        self._overwriter: Final = overwriter
        self._path: Final = str(path)
        self._given: Received | None = None
        self._told: Received | None = None

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force; the same object while nothing changed."""
        received = self._overwriter.read(lambda: self._source.latest(now_ms))
        if received is not self._given or self._told is None:
            self._given = self._told = received
            decision = received.decision
            if isinstance(decision, Unusable) and self._path in decision.reason:
                reason = decision.reason.replace(self._path, NAME)
                self._told = Received(
                    decision=Unusable(reason=reason, decision_id=decision.decision_id), raw=received.raw
                )
        return self._told


def _put(path: Path, document: bytes, at_ns: int) -> None:
    """Overwrite the file in place."""
    with path.open("r+b") as file:
        file.write(document)
        file.truncate()
    os.utime(path, ns=(at_ns, at_ns))
