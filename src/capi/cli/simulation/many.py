"""Many seeds, on all cores: progress while they run, a table at the end, every violation with its shortest telling."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from capi.cli.simulation.run import simulate
from capi.cli.simulation.shrink import Shrunk, shrink
from capi.cli.simulation.tally import Figures

CHUNK: Final = 20
"""Seeds that a worker runs before it reports."""
SHRUNK_MAX: Final = 5
"""Violations that are shrunk: each costs some tens of runs."""
SAID_APART_SECONDS: Final = 30.0


@dataclass(slots=True)
class Sum:
    """What many runs were."""

    figures: Figures = field(default_factory=Figures)
    broken: list[Shrunk] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


def run_chunk(first: int, count: int) -> tuple[Figures, list[Shrunk]]:
    """Run some seeds in this process."""
    figures, broken = Figures(), list[Shrunk]()
    for seed in range(first, first + count):
        outcome = simulate(seed)
        figures.add(outcome.figures)
        if outcome.violation is not None:
            small = shrink(outcome) if len(broken) < SHRUNK_MAX else Shrunk(outcome, frozenset())
            broken.append(small)
    return figures, broken


def run_many(first: int, count: int, *, workers: int | None = None) -> Sum:
    """Run `count` seeds from `first` on. Ctrl-C ends it with what was done until then."""
    total, progress, began = Sum(), _Progress(count), time.monotonic()
    chunks = [(at, min(CHUNK, first + count - at)) for at in range(first, first + count, CHUNK)]
    with _pool(workers or os.cpu_count() or 1) as pool:
        waiting: set[Future[tuple[Figures, list[Shrunk]]]] = {pool.submit(run_chunk, *chunk) for chunk in chunks}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    figures, broken = future.result()
                    total.figures.add(figures)
                    total.broken += broken
                total.seconds = time.monotonic() - began
                progress.show(total)
        except KeyboardInterrupt:
            total.interrupted = True
            for future in waiting:
                future.cancel()
    progress.end()
    total.broken.sort(key=lambda shrunk: shrunk.outcome.seed)
    return total


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Workers leave Ctrl-C to the one who leads them."""
    pool = ProcessPoolExecutor(workers, initializer=_deaf)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Progress:
    """One line that is written anew on a terminal; elsewhere a line every half minute."""

    def __init__(self, count: int) -> None:
        self._count: Final = count
        self._said_at = 0.0

    def show(self, total: Sum) -> None:
        """Say how far it is, when it is time to."""
        done, on_terminal = total.figures.seeds, sys.stderr.isatty()
        if not on_terminal and total.seconds - self._said_at < SAID_APART_SECONDS:
            return
        self._said_at = total.seconds
        left = total.seconds / done * (self._count - done) if done else 0.0
        line = f"{done} of {self._count} seeds, {len(total.broken)} violations, {left:.0f} s left"
        sys.stderr.write(f"\r{line}   " if on_terminal else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")
