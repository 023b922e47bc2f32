"""One replay from its inputs to its result: opens, runs, shows progress, ends in order, also when interrupted.

Ctrl-C and SIGTERM end it between two quotes, so that no pass and no line of the journal is cut in half; a second one
ends it at once.
"""

import os
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from capi import bootstrap
from capi.adapters.decision_replay import ReplayDecisions
from capi.adapters.journal_file import JOURNAL_NAME
from capi.adapters.prices import Batch, Candle
from capi.cli.replay.driver import Replay
from capi.cli.replay.interrupts import ends_in_order
from capi.cli.replay.invariants import InvariantBroken, Invariants
from capi.cli.replay.progress import Progress
from capi.cli.replay.tally import Figures, Tally
from capi.core.account import Instrument
from capi.core.units import text
from capi.core.value import value
from capi.engine.report import PassReport
from capi.engine.told import RememberedAlerts
from capi.settings import Settings

RUNS_DIR: Final = "runs"


class RunFolderError(Exception):
    """The folder for a run cannot be used. Its text: what, where and what to do."""

    @classmethod
    def of(cls, folder: Path, error: OSError) -> "RunFolderError":
        """Return the sentence for a folder that the system refuses."""
        why = error.strerror or str(error)
        return cls(
            f"{folder}: the run cannot be kept there ({why}): correct path or rights, or name another with --out"
        )


class RunFolderTaken(RunFolderError):  # noqa: N818 (it says what the folder is)
    """The folder holds another run's journal."""


@value
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
    start_ms: int
    at_ms: int
    out: Path


def new_run_dir(settings: Settings, out: Path | None) -> Path:
    """Return a fresh folder for one run: `out`, else the next number under <state_dir>/runs.

    It is this run's alone: the empty journal in it is made here, and only one of two runs can make it. Raises
    RunFolderError, and RunFolderTaken when `out` already holds a journal.
    """
    folder = settings.state_dir / RUNS_DIR if out is None else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        room = _next_room(folder) if out is None else out
        _claim(room)
    except OSError as error:
        raise RunFolderError.of(folder, error) from error
    return room


def _claim(room: Path) -> None:
    try:
        os.close(os.open(room / JOURNAL_NAME, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise RunFolderTaken(f"{room} already holds a journal: name another folder with --out, or remove it") from None


def _next_room(runs: Path) -> Path:
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
    batches: Iterator[Batch],
    decisions: ReplayDecisions,
    instrument: Instrument,
    out: Path,
    every_pass: bool,
    progress: Progress,
) -> Result:
    """Run the engine through the batches. Raises what reading them raises, OSError and InvariantBroken."""
    first = next(batches)
    start_ms = _start_ms(first)
    exchange = bootstrap.paper_exchange(settings, instrument, start_ms)
    config = settings.core()
    began = time.perf_counter()
    with bootstrap.replay_journal(out) as journal:
        tally = Tally(journal)
        alerts = RememberedAlerts(bootstrap.Unheard())
        engine = bootstrap.paper_engine(
            exchange, decisions, tally, settings, alerts=alerts, collect_bounds=not every_pass
        )
        invariants = Invariants(exchange, config)

        reports: deque[PassReport] = deque(maxlen=1)

        def on_pass(report: PassReport) -> None:
            reports.append(report)
            invariants.check(report)
            progress.update(run.ticks, run.passes, report.at_ms)

        run = Replay(
            exchange=exchange,
            engine=engine,
            decisions=decisions,
            interval_ms=int(settings.loop.interval_seconds * 1000),
            delay_ms=settings.paper.delay_ms,
            every_pass=every_pass,
            on_pass=on_pass,
        )
        try:
            with ends_in_order() as interrupted:
                run.run(chain((first,), batches), interrupted)
        except InvariantBroken as broken:
            engine.end(str(broken))
            raise
        reason = "interrupted" if interrupted() else "the prices have ended"
        engine.end(reason)
        if reports:  # none when it was interrupted before the first quote
            board = bootstrap.replay_status(out, settings, alerts)
            board.passed(reports[0], engine.ledger, count=run.passes)
            board.ended(reason, exchange.now_ms())
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
        start_ms=start_ms,
        at_ms=exchange.now_ms(),
        out=out,
    )


def _start_ms(batch: Batch) -> int:
    if not isinstance(batch, list):
        return int(batch.at_ms[0])
    first = batch[0]
    return first.open_ms if isinstance(first, Candle) else first.timestamp_ms
