"""What a run is played with: the exchange and its market, the network, the bad days, the owner's hands, the writer."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from capi.adapters.instruments import INSTRUMENTS
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.simulation.bad_days import BadDays
from capi.cli.simulation.clock import DriftingClock
from capi.cli.simulation.decisions import Writer
from capi.cli.simulation.disk import Disk
from capi.cli.simulation.draw import Draw
from capi.cli.simulation.hands import Hands
from capi.cli.simulation.market import PricePath
from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.past import SimulatedPast
from capi.cli.simulation.rare_days import RareDays
from capi.cli.simulation.reader import KIND as OVERWRITES
from capi.cli.simulation.reader import Overwriter
from capi.cli.simulation.stream import SimulatedStreams
from capi.cli.simulation.world import World

DISK_FULL_MEAN_MS: Final = 240_000

Told = Callable[[str, str], None]
"""Hears of a fault or an act: its kind, and what it was about."""


class Parts:
    """Laid out for one run. `fault` hears what goes wrong, `wrote` what is written into the decision file."""

    def __init__(self, drawn: Draw, folder: Path, muted: frozenset[str], fault: Told, wrote: Told) -> None:
        self.instrument: Final = INSTRUMENTS[drawn.config.symbol]
        paper = PaperConfig(delay_ms=drawn.delay_ms, leverage=drawn.leverage, margin_mode=drawn.margin_mode)
        books = PaperExchange(self.instrument, drawn.equity, paper, drawn.start_ms)
        path = PricePath(
            drawn.dice("market"),
            self.instrument,
            start_ms=drawn.start_ms,
            calm_ms=drawn.calm_at_ms,
            end_ms=drawn.ends_at_ms,
            badness=drawn.badness,
            muted=muted,
            told=fault,
            resting=books.open_orders if drawn.in_parts else None,
        )
        self.world: Final = World(books, path.quotes())
        self.clock: Final = DriftingClock(self.world, drift_ppm=drawn.drift_ppm)
        self.exchange: Final = FaultyExchange(
            self.world, self.clock, recv_window_ms=drawn.config.recv_window_ms, trip_ms=drawn.trip_ms
        )
        self.past: Final = SimulatedPast(self.world, self.exchange, drawn.config.id_prefix)
        self.disk: Final = Disk()
        self.writer: Final = Writer(
            self.world, folder, drawn.dice("decisions"), drawn.equity, drawn.calm_at_ms, muted=muted, told=wrote
        )
        badness, until_ms = drawn.badness, drawn.calm_at_ms
        self.overwriter: Final = Overwriter(
            self.world, self.writer, drawn.dice(OVERWRITES), until_ms, badness=badness, muted=muted, told=fault
        )
        days = BadDays(
            drawn.dice("troubles"),
            self.exchange,
            self.world,
            self.clock,
            badness=badness,
            until_ms=until_ms,
            muted=muted,
            told=fault,
        )
        books.mishaps = days
        self.exchange.troubles = RareDays(
            days,
            self.exchange,
            self.world,
            drawn.dice,
            badness=badness,
            until_ms=until_ms,
            muted=muted,
            told=fault,
        )
        Hands(
            self.world,
            self.exchange,
            drawn.dice("hands"),
            badness=badness,
            until_ms=until_ms,
            muted=muted,
            told=fault,
        )
        self.streams: Final = _streams(drawn, self.world, muted, fault)
        if "disk_full" not in muted:
            self._lay_down_full_disks(drawn, fault)

    def _lay_down_full_disks(self, drawn: Draw, fault: Told) -> None:
        dice, at_ms = drawn.dice("disk"), drawn.start_ms
        while drawn.badness:
            at_ms += round(dice.expovariate(drawn.badness / DISK_FULL_MEAN_MS))
            room, for_ms = dice.choice((0, 30, 500)), dice.randrange(500, 20_000)
            if at_ms + for_ms >= drawn.calm_at_ms:
                return
            self._lay_down_full_disk(at_ms, for_ms, room, fault)

    def _lay_down_full_disk(self, at_ms: int, for_ms: int, room: int, fault: Told) -> None:
        def fill() -> None:
            self.disk.room = room
            fault("disk_full", f"{room} bytes fit")

        self.world.at(at_ms, fill)
        self.world.at(at_ms + for_ms, self.disk.make_room)


def _streams(drawn: Draw, world: World, muted: frozenset[str], fault: Told) -> SimulatedStreams | None:
    if not drawn.streams:
        return None
    return SimulatedStreams(
        world,
        drawn.dice("streams"),
        badness=drawn.badness,
        until_ms=drawn.calm_at_ms,
        muted=muted,
        told=fault,
        key_dice=drawn.dice("listen_key_expired"),
    )
