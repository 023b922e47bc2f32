"""The decision file of one run, written by a writer on good and bad days; read by the engine's own reader.

The file is real, in the run's folder, its time the simulated one. Good decisions lie around the price of their moment;
the others are flat, turned, resized, told again under another id, stale, from the future, broken, for another symbol,
torn, or gone for a while. `good` knows every usable one that was ever whole in the file.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from capi.cli.simulation.documents import DIRECTIONS, Author, Fields, proposal_of, text_of, time_of
from capi.cli.simulation.world import World
from capi.core.decision import Direction, Proposal

NAME: Final = "decision.json"
KINDS: Final = (
    *("good",) * 14,
    *("flat",) * 2,
    *("flip",) * 3,
    *("resized",) * 2,
    *("again",) * 2,
    "reused_id",
    "stale",
    "future",
    "broken",
    "invalid",
    "other_symbol",
    "torn",
    "gone",
)
BAD: Final = frozenset({"stale", "future", "broken", "invalid", "other_symbol", "torn", "gone", "reused_id"})
"""What a writer does on its bad days."""


class Writer:
    """Writes the file from time to time. `told` hears what was done, by kind."""

    def __init__(
        self,
        world: World,
        folder: Path,
        dice: Random,
        equity: Decimal,
        until_ms: int,
        *,
        muted: frozenset[str],
        told: Callable[[str, str], None],
    ) -> None:
        self._told: Final = told
        self._muted: Final = muted
        self.path: Final = folder / NAME
        self.good: Final[dict[int, Proposal | None]] = {}  # by timestamp
        self.unusable_since_ms: int | None = None  # when a whole file came that says nothing usable; None: it does
        self._world: Final = world
        self._dice: Final = dice
        self._author: Final = Author(world, equity)
        self._until_ms: Final = until_ms
        self._count = 0
        self._direction: Direction = "long"
        self._last: Fields | None = None
        world.at(world.now_ms, self._write)

    def settle(self) -> None:
        """Leave a whole file, as it was meant last; half of the runs end with a flat decision."""
        self.unusable_since_ms = None
        fields = self._last if self._dice.random() < 0.5 and self._last is not None else self._author.flat(self._count)
        self._put(text_of(fields))
        self._told("written", "the last decision stands")

    def _write(self) -> None:
        world, dice = self._world, self._dice
        if world.now_ms >= self._until_ms:
            return
        kind = dice.choice(KINDS)
        world.at(world.now_ms + dice.randrange(5_000, 60_000), self._write)
        fields, pause_ms = self._fields(kind), dice.randrange(300, 15_000)
        if kind in self._muted:
            kind = "good"
        self._direction = DIRECTIONS.get(fields["action"], self._direction)
        document = text_of(fields)
        match kind:
            case "broken":
                self._put(document.replace(":", "=", 1))
                self.unusable_since_ms = world.now_ms
            case "torn":
                self._put(document[: dice.randrange(len(document))], whole=False)
                world.at(world.now_ms + pause_ms, lambda: self._keep(fields))
            case "gone":
                self.path.unlink(missing_ok=True)
                world.at(world.now_ms + pause_ms, lambda: self._keep(fields))
            case "stale" | "future" | "invalid" | "other_symbol":
                is_usable = kind in ("stale", "future")
                self._put(document, whole=is_usable, fields=fields)
                self.unusable_since_ms = None if is_usable else world.now_ms
            case _:
                self._keep(fields)
        self._told(kind, f"{fields['action']} {fields.get('entry_zone', '')}")

    def _keep(self, fields: Fields) -> None:
        self._last = fields
        self.unusable_since_ms = None
        self._put(text_of(fields), fields=fields)

    def thinks(self, dice: Random) -> Fields:
        """Return a new decision, the other way round in half of the cases."""
        direction: Direction = self._direction
        if dice.random() < 0.5:
            direction = "short" if direction == "long" else "long"
        return self._author.proposal(dice, direction, self._count)

    @property
    def files(self) -> int:
        """Return how many files were written."""
        return self._count

    def stamp(self) -> int:
        """Return the time of the next file, in ns: no two have the same."""
        self._count += 1
        return self._world.now_ms * 1_000_000 + self._count

    def is_whole(self, fields: Fields) -> None:
        """Note that the file holds a decision that was written past this writer."""
        self._last, self.unusable_since_ms = fields, None
        self._direction = DIRECTIONS.get(fields["action"], self._direction)
        self.good[int(fields["at_ms"])] = proposal_of(fields)

    def _put(self, document: str, *, whole: bool = True, fields: Fields | None = None) -> None:
        """Replace the file by renaming, and date it by the exchange's clock: it was written a second ago.

        Whether it counts at once must not hang on the number that the disk gives it, which may have been another's.
        """
        beside = self.path.with_suffix(".new")
        beside.write_text(document)
        at_ns = self.stamp() - 1_000_000_000
        os.utime(beside, ns=(at_ns, at_ns))
        beside.replace(self.path)
        if whole and fields is not None:
            self.good[int(fields["at_ms"])] = proposal_of(fields)

    def _fields(self, kind: str) -> Fields:
        dice, last = self._dice, self._last
        direction: Direction = dice.choice(("long", "short")) if dice.random() < 0.5 else self._direction
        if kind == "flip":
            direction = "short" if self._direction == "long" else "long"
        fields = (
            self._author.flat(self._count) if kind == "flat" else self._author.proposal(dice, direction, self._count)
        )
        if kind in ("resized", "again", "reused_id") and last is not None and "entry_zone" in last:
            kept = last if kind != "reused_id" else fields | {"decision_id": last["decision_id"]}
            fields = kept | {name: fields[name] for name in ("timestamp_iso", "at_ms")}
            if kind != "reused_id":
                fields["decision_id"] = f'"d{self._count}"'
            if kind == "resized":
                fields["position_size_usdt"] = str(self._author.size(dice))
        now_ms = self._world.now_ms
        if kind == "stale":
            fields |= time_of(now_ms - dice.randrange(601_000, 3_600_000))
        elif kind == "future":
            fields |= time_of(now_ms + dice.randrange(6_000, 3_600_000))
        elif kind == "invalid":
            fields["action"] = '"buy"'
        elif kind == "other_symbol":
            fields["symbol"] = '"ETHUSDT"'
        return fields
