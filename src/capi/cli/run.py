"""`capi run`: trade the latest decision on Binance, until stopped or for some passes."""

import gc
from typing import TYPE_CHECKING, Annotated, Final

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, INTERRUPTED, SAFE_MODE, USAGE, fail

if TYPE_CHECKING:
    from capi.cli.live.pace import SignalPace
    from capi.cli.live.recording import Recording
    from capi.cli.live.session import Session
    from capi.engine.loop import Loop

COLLECT_AFTER_OBJECTS: Final = 5_000
"""A pass leaves some hundred objects that only the collector finds: with the commands' own number it would hold back
fifteen megabytes of them."""


def run(
    once: Annotated[bool, typer.Option("--once", help="Run one pass, then end in order.")] = False,
    cycles: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Run so many passes, then end in order.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan on the live account, and send nothing; needs no --live.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Needed on mainnet: real money is meant.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="The first start on a mainnet account may change what it finds there.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Trade the latest decision on Binance, and keep the position protected. Testnet, unless configured otherwise.

    Ctrl-C and SIGTERM end it in order: no new entry, the own open entry is cancelled, what it filled is protected, stop
    and targets stay on the exchange. A second one ends it at once.

    Example: capi run --cycles 10 --dry-run
    """
    from capi import bootstrap
    from capi.cli.live.own_room import refuse_silence
    from capi.cli.live.pace import signal_pace
    from capi.cli.live.refusals import refuse_mainnet_without_live
    from capi.cli.live.session import acting, looking, settings_of

    if once and cycles is not None:
        fail("--once is --cycles 1: leave one of them out", USAGE)
    settings = settings_of(config)
    if not dry_run:
        refuse_mainnet_without_live(settings, live=live)
    refuse_silence(bootstrap.live_folder(settings))
    with signal_pace() as pace:
        try:
            with looking(settings, records=True) if dry_run else acting(settings, consent=yes) as session:
                _trade(session, pace, 1 if once else cycles, dry_run=dry_run)
        except KeyboardInterrupt:
            fail("ended at once: what rests on the exchange stays there; capi run or capi reconcile looks after it",
                 INTERRUPTED)  # fmt: skip


def _trade(session: "Session", pace: "SignalPace", cycles: int | None, *, dry_run: bool) -> None:
    """Run the passes and end in order; the exit status says how it ended."""
    from capi.adapters.sd_notify import ServiceManager
    from capi.cli.live.attending import attending
    from capi.cli.live.manager import told_to_manager
    from capi.cli.live.recording import recording
    from capi.cli.live.told import banner
    from capi.engine.loop import Loop

    for line in banner(session):
        session.console.say(line)
    manager = ServiceManager()
    streams = not dry_run and cycles != 1
    with attending(session, pace, streams=streams) as heard, recording(session, heard.streams_status) as record:
        if session.outlets is not None:
            session.outlets.started(session.look)
        interval, passed = float(session.settings.loop.interval_seconds), told_to_manager(record.passed, manager)
        loop = Loop(session.engine, pace, interval, passed, streams=heard.streams, operator=heard.operator)
        _settle_memory()
        loop.run(cycles)
        manager.stopping("the run ends")
        if dry_run:
            _end_dry(session, record)
        else:
            _end(session, loop, record, "stopped by a signal" if pace.stopping else "the passes are over")


def _settle_memory() -> None:
    """Have garbage collected as often as a run of weeks needs it; what was loaded by now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS)


def _end_dry(session: "Session", record: "Recording") -> None:
    session.engine.end("the dry run has ended")
    record.ended("the dry run has ended")
    session.console.say(f"dry run: nothing was sent; what was planned is in {session.folder}")


def _end(session: "Session", loop: "Loop", record: "Recording", why: str) -> None:
    """End in order, and say how that went."""
    from capi.cli.live.told import what_stays

    session.console.says_refusals = False
    session.console.say(f"{why}: no new entries; the own open entry is taken down, and what it filled is protected")
    ending = loop.wind_down()
    reason = why if ending.unsettled is None else f"{why}, not settled: {ending.unsettled}"
    if session.outlets is not None:
        session.outlets.ending(reason)
    session.engine.end(reason)
    record.ended(reason)
    for line in what_stays(ending.report, session.engine.ledger):
        session.console.say(line)
    if ending.unsettled is not None:
        cure = "start capi run again, or look at the exchange"
        fail(f"not settled within 10 s: {ending.unsettled}; {cure}", FAILED)
    if session.engine.ledger.safe_mode is not None:
        fail(f"ended in safe mode: {session.engine.ledger.safe_mode}", SAFE_MODE)
