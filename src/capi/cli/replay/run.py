"""One replay from its inputs to its result: opens, runs, shows progress, ends in order, also when interrupted.

Ctrl-C and SIGTERM end it between two quotes, so that no pass and no line of the journal is cut in half; a second one
ends it at once.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path
from types import FrameType
from typing import Final

from capi import bootstrap
from capi.adapters.decision_replay import ReplayDecisions
from capi.adapters.prices import Candle
from capi.cli.replay.driver import Replay
from capi.cli.replay.invariants import InvariantBroken, Invariants
from capi.cli.replay.progress import Progress
from capi.cli.replay.tally import Figures, Tally
from capi.core.account import Instrument
from capi.core.units import text
from capi.engine.report import PassReport
from capi.ports.market import Quote
from capi.settings import Settings

RUNS_DIR: Final = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a replay was. Money in USDT; `seconds` is wall-clock time, everything else follows from the inputs."""

    ticks: int
    passes: int
    seconds: float
    figures: Figures
    equity_start: str
    equity_end: str
    fees: str
    funding: str
    open_qty: str
    safe_mode: str | None
    interrupted: bool
    at_ms: int
    out: Path


def new_run_dir(settings: Settings, out: Path | None) -> Path:
    """Return a fresh folder for one run: `out`, else the next number under <state_dir>/runs.

    Raises OSError when it cannot be made, and FileExistsError when `out` already holds a journal.
    """
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        if (out / bootstrap.JOURNAL_NAME).exists():
            raise FileExistsError(f"{out} already holds a journal: name another folder with --out, or remove it")
        return out
    runs = settings.state_dir / RUNS_DIR
    runs.mkdir(parents=True, exist_ok=True)
    number = max((int(path.name) for path in runs.iterdir() if path.name.isascii() and path.name.isdigit()), default=0)
    while True:
        number += 1
        try:
            (runs / str(number)).mkdir()
        except FileExistsError:
            continue
        return runs / str(number)


def replay(
    settings: Settings,
    *,
    rows: Iterator[Quote | Candle],
    decisions: ReplayDecisions,
    instrument: Instrument,
    out: Path,
    every_pass: bool,
    progress: Progress,
) -> Result:
    """Run the engine through the rows. Raises what reading them raises, OSError and InvariantBroken."""
    first = next(rows)
    start_ms = first.open_ms if isinstance(first, Candle) else first.timestamp_ms
    exchange = bootstrap.paper_exchange(settings, instrument, start_ms)
    config = settings.core()
    began = time.perf_counter()
    with bootstrap.replay_journal(out) as journal:
        tally = Tally(journal)
        engine = bootstrap.paper_engine(exchange, decisions, tally, settings)
        invariants = Invariants(exchange, config)

        def on_pass(report: PassReport) -> None:
            invariants.check(report)
            progress.update(run.ticks, run.passes, report.at_ms)

        run = Replay(
            exchange=exchange,
            engine=engine,
            decisions=decisions,
            config=config,
            interval_ms=int(settings.loop.interval_seconds * 1000),
            delay_ms=settings.paper.delay_ms,
            every_pass=every_pass,
            on_pass=on_pass,
        )
        try:
            with _interruptible() as interrupted:
                run.run(takewhile(lambda _: not interrupted(), chain((first,), rows)))
        except InvariantBroken as broken:
            engine.end(str(broken))
            raise
        engine.end("interrupted" if interrupted() else "the prices have ended")
    account = exchange.account
    return Result(
        ticks=run.ticks,
        passes=run.passes,
        seconds=time.perf_counter() - began,
        figures=tally.figures,
        equity_start=text(settings.paper.equity_usdt),
        equity_end=text(exchange.measure("equity") or account.wallet),
        fees=text(account.fees),
        funding=text(account.funding),
        open_qty=text(account.qty),
        safe_mode=engine.ledger.safe_mode,
        interrupted=interrupted(),
        at_ms=exchange.now_ms(),
        out=out,
    )


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Yield whether Ctrl-C or SIGTERM has come; the second one raises KeyboardInterrupt where it finds us."""
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
