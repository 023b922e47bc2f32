"""The decision file of one run, written by a writer on good and bad days; read by the engine's own reader.

The file is real, in the run's folder, its time the simulated one. Good decisions lie around the price of their moment;
the others are flat, turned, resized, told again under another id, stale, from the future, broken, for another symbol,
torn, or gone for a while. `good` knows every usable one that was ever whole in the file.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from capi.adapters.decision_file import FileDecisionSource
from capi.cli.simulation.world import World
from capi.core.decision import Direction, Unusable
from capi.core.units import floor_to
from capi.ports.decisions import Received

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
_DIRECTIONS: Final[dict[str, Direction]] = {'"long"': "long", '"short"': "short"}
_TICK: Final = Decimal("0.1")
_BPS: Final = Decimal("0.0001")

Fields = dict[str, str]
"""A decision's fields as JSON text."""


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
        self.good: Final[dict[int, Direction | None]] = {}  # by timestamp
        self.unusable_since_ms: int | None = None  # when a whole file came that says nothing usable; None: it does
        self._world: Final = world
        self._dice: Final = dice
        self._equity: Final = equity
        self._until_ms: Final = until_ms
        self._count = 0
        self._direction: Direction = "long"
        self._last: Fields | None = None
        world.at(world.now_ms, self._write)

    def settle(self) -> None:
        """Leave a whole file, as it was meant last; half of the runs end with a flat decision."""
        self.unusable_since_ms = None
        fields = self._last if self._dice.random() < 0.5 and self._last is not None else self._flat()
        self._put(_text(fields))
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
        self._direction = _DIRECTIONS.get(fields["action"], self._direction)
        document = _text(fields)
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
        self._put(_text(fields), fields=fields)

    def _put(self, document: str, *, whole: bool = True, fields: Fields | None = None) -> None:
        """Replace the file by renaming, and date it by the exchange's clock."""
        beside = self.path.with_suffix(".new")
        beside.write_text(document)
        self._count += 1
        at_ns = self._world.now_ms * 1_000_000 + self._count
        os.utime(beside, ns=(at_ns, at_ns))
        beside.replace(self.path)
        if whole and fields is not None:
            self.good[int(fields["at_ms"])] = _DIRECTIONS.get(fields["action"])

    def _fields(self, kind: str) -> Fields:
        dice, last = self._dice, self._last
        direction: Direction = dice.choice(("long", "short")) if dice.random() < 0.5 else self._direction
        if kind == "flip":
            direction = "short" if self._direction == "long" else "long"
        fields = self._flat() if kind == "flat" else self._proposal(direction)
        if kind in ("resized", "again", "reused_id") and last is not None and "entry_zone" in last:
            kept = last if kind != "reused_id" else fields | {"decision_id": last["decision_id"]}
            fields = kept | {name: fields[name] for name in ("timestamp_iso", "at_ms")}
            if kind != "reused_id":
                fields["decision_id"] = f'"d{self._count}"'
            if kind == "resized":
                fields["position_size_usdt"] = str(self._size())
        now_ms = self._world.now_ms
        if kind == "stale":
            fields |= _time(now_ms - dice.randrange(601_000, 3_600_000))
        elif kind == "future":
            fields |= _time(now_ms + dice.randrange(6_000, 3_600_000))
        elif kind == "invalid":
            fields["action"] = '"buy"'
        elif kind == "other_symbol":
            fields["symbol"] = '"ETHUSDT"'
        return fields

    def _flat(self) -> Fields:
        return {"decision_id": f'"d{self._count}"', "action": '"flat"', "confidence": "0"} | _time(self._world.now_ms)

    def _size(self) -> Decimal:
        shares = ("0.05", "0.2", "0.5", "0.8", "0.8", "3")
        return max(Decimal(110), floor_to(self._equity * Decimal(self._dice.choice(shares)), Decimal(1)))

    def _proposal(self, direction: Direction) -> Fields:
        dice = self._dice
        price = self._world.exchange.mark
        away = -1 if direction == "long" else 1

        def bps(count: int) -> Decimal:
            return price * _BPS * count

        middle = price + away * bps(dice.choice((-3, 0, 0, 1, 2, 5, 15)))
        half = bps(dice.choice((3, 5, 10)))
        stop = middle + away * (half + bps(dice.choice((4, 8, 15, 40))))
        risk = abs(middle - stop)
        low, high = _price(middle - half), _price(middle + half)
        fields = {
            "decision_id": f'"d{self._count}"',
            "action": f'"{direction}"',
            "entry_zone": f"[{low}, {high}]",
            "sl": _price(stop),
            "position_size_usdt": str(self._size()),
            "leverage": str(dice.choice((1, 2, 3, 5, 20))),
            "confidence": dice.choice(("0.5", "0.8", "0.9")),
            "risk_checks": '{"daily_dd_ok": true, "weekly_dd_ok": true, "max_trades_per_day_ok": true, '
            '"session_ok": true}',
        }
        if dice.random() < 0.7:
            fields["tp1"] = _price(middle - away * risk * dice.choice((1, 2)))
            fields["tp2"] = _price(middle - away * risk * 3)
        return fields | _time(self._world.now_ms)


class PlacelessSource:
    """The real reader, its reasons without the run's folder in them: the same seed gives the same journal."""

    def __init__(self, path: Path, symbol: str, id_prefix: str) -> None:
        self._source: Final = FileDecisionSource(path, symbol, id_prefix)
        self._path: Final = str(path)
        self._given: Received | None = None
        self._told: Received | None = None

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force; the same object while nothing changed."""
        received = self._source.latest(now_ms)
        if received is not self._given or self._told is None:
            self._given = self._told = received
            decision = received.decision
            if isinstance(decision, Unusable) and self._path in decision.reason:
                reason = decision.reason.replace(self._path, NAME)
                self._told = Received(
                    decision=Unusable(reason=reason, decision_id=decision.decision_id), raw=received.raw
                )
        return self._told


def _time(at_ms: int) -> Fields:
    stamp = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {"timestamp_iso": f'"{stamp}.{at_ms % 1000:03d}Z"', "at_ms": str(at_ms)}


def _price(price: Decimal) -> str:
    return f"{floor_to(price, _TICK):f}"


def _text(fields: Fields) -> str:
    shown = ((name, value) for name, value in fields.items() if name != "at_ms")
    return "{" + ", ".join(f'"{name}": {value}' for name, value in shown) + "}"
