"""Which folder a reading command looks into: the live room of an environment and symbol, or a replay's."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from capi.cli.output import FAILED, USAGE, fail, printable
from capi.cli.reading.place import Place, plain_place
from capi.core.value import value

JOURNAL: Final = "journal.jsonl"
STATUS: Final = "status.json"
LOCK: Final = "lock"
RUNS: Final = "runs"
LAST: Final = "last"
LIMIT_MAX: Final = 1_000_000_000
"""Rows; what --limit may ask for."""
ENVIRONMENTS: Final = ("paper", "testnet", "mainnet")

RunOption = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="N|last|DIR", help="Read a replay instead: its number, the last one, or the folder it is in."
    ),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment", metavar="|".join(ENVIRONMENTS), help="Whose records to read. Default: exchange.environment."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]


@value
class Room:
    """A folder with a journal, and what stands beside it. `name` is for sentences: "testnet BTCUSDT", "run 3"."""

    folder: Path
    name: str
    is_replay: bool
    environment: str
    symbol: str | None  # None: whatever the replay was of

    @property
    def journal(self) -> Path:
        """Return the journal's path."""
        return self.folder / JOURNAL

    @property
    def status(self) -> Path:
        """Return the path of the status."""
        return self.folder / STATUS

    @property
    def lock(self) -> Path:
        """Return the path of the lock that a running engine holds."""
        return self.folder / LOCK

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was recorded here yet. A folder that may not be read is not empty."""
        try:
            return self.journal.stat().st_size == 0
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError as error:
            fail(f"{self.journal}: cannot be read ({error.strerror or error}); correct its rights", FAILED)

    @property
    def nothing_yet(self) -> str:
        """Return the sentence for a room in which nothing was recorded yet."""
        if self.is_replay:
            return f"{self.journal}: nothing was recorded yet; replay something with capi paper, or name another --run"
        return f"{self.journal}: nothing was recorded yet; start the engine with capi run, or read a replay with --run"


def open_room(config: Path | None, run: str | None, environment: str | None) -> Room:
    """Return the room that the options name, or end with a sentence."""
    if environment is not None and environment not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        fail(f'--environment: "{printable(environment)}" is none of {known}; write one of them', USAGE)
    if run is not None and environment is not None:
        fail("--run and --environment exclude each other: a replay has no environment; leave one out", USAGE)
    place = plain_place(config) or _configured(config)
    return _live(place, environment) if run is None else _replay(place, run)


def _configured(config: Path | None) -> Place:
    from capi.settings import ConfigError, load_settings

    try:
        settings = load_settings(config)
    except ConfigError as error:
        fail(error.message, USAGE)
    return Place(state_dir=settings.state_dir, symbol=settings.symbol, environment=settings.exchange.environment)


def _live(place: Place, environment: str | None) -> Room:
    wanted = environment or place.environment
    return Room(
        folder=place.state_dir / wanted / place.symbol,
        name=f"{wanted} {place.symbol}",
        is_replay=False,
        environment=wanted,
        symbol=place.symbol,
    )


def _replay(place: Place, run: str) -> Room:
    runs = place.state_dir / RUNS
    if not run:
        fail("--run names nothing: write a replay's number, last, or its folder", USAGE)
    if run == LAST:
        numbers = _numbers(runs)
        if not numbers:
            fail(f"--run last: there is no replay in {runs} yet; make one with capi paper", USAGE)
        return _numbered(runs, max(numbers))
    if run.isascii() and run.isdigit():
        numbers = _numbers(runs)
        if int(run) not in numbers:
            there = f"there are {min(numbers)} to {max(numbers)}" if numbers else "there is none yet"
            fail(f"--run {run}: there is no such replay in {runs} ({there}); write another number, or last", USAGE)
        return _numbered(runs, int(run))
    folder = Path(run)
    if not folder.is_dir():
        fail(f"--run {printable(run)}: there is no such folder; write a replay's number, last, or its folder", USAGE)
    return _replay_room(folder, f"run {printable(run)}")


def _numbered(runs: Path, number: int) -> Room:
    return _replay_room(runs / str(number), f"run {number}")


def _replay_room(folder: Path, name: str) -> Room:
    return Room(folder=folder, name=name, is_replay=True, environment="paper", symbol=None)


def _numbers(runs: Path) -> list[int]:
    try:
        names = os.listdir(runs)  # noqa: PTH208 - names alone are wanted
    except FileNotFoundError:
        return []
    except OSError as error:
        fail(f"{runs}: cannot be read ({error.strerror or error}); correct its rights", FAILED)
    return [int(name) for name in names if name.isascii() and name.isdigit()]
