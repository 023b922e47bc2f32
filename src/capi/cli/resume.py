"""`capi resume`: entries again, after a pause or safe mode."""

from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile, Reason

if TYPE_CHECKING:
    from pathlib import Path

    from capi.cli.live.command_post import Told
    from capi.settings import Settings


def resume(
    reason: Reason = None,
    live: Annotated[
        bool, typer.Option("--live", help="Needed on mainnet to leave safe mode without an engine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    config: ConfigFile = None,
) -> None:
    """End a pause; end safe mode too, if a reconciliation finds nothing wrong.

    A clean reconciliation is a whole look at the account in which nothing contradicts the ledger and nothing had to be
    put right. Without a running engine this command makes it itself, and needs the keys for it.

    Example: capi resume
    """
    from capi.cli.live.command_post import ask, reason_of, room_of, running, show
    from capi.cli.live.session import settings_of

    settings, why = settings_of(config), reason_of(reason)
    folder = room_of(settings)
    held = running(folder)
    told = None if held is None else ask(folder, held, "resume", why)
    show(told or _alone(settings, folder, why, live=live), as_json=as_json)


def _alone(settings: "Settings", folder: "Path", why: str, *, live: bool) -> "Told":
    """Resume without an engine: by the journal alone, when that is all that it takes."""
    from capi.cli.live.command_post import Told, who, written
    from capi.engine import events
    from capi.ports.inbox import Given

    with written(folder) as journal:
        ledger = journal.ledger
        if ledger.flatten is not None:
            cure = "capi flatten, or capi run, goes on with it"
            return Told("resume", "refused", f"a flatten is under way: {cure}; resume when flat is confirmed", None)
        if ledger.safe_mode is None:
            if not ledger.paused:
                return Told("resume", "done", "no engine runs, and entries were not paused", None)
            journal.append(events.resumed(journal.now_ms, reason=why, given=Given(by=who())))
            return Told("resume", "done", "no engine runs; written down: the next capi run may enter again", None)
    return _after_reconciliation(settings, why, live=live)


def _after_reconciliation(settings: "Settings", why: str, *, live: bool) -> "Told":
    from capi.cli.live.attending import no_streams
    from capi.cli.live.command_post import Told, who
    from capi.cli.live.pace import signal_pace
    from capi.cli.live.recording import recording
    from capi.cli.live.refusals import refuse_mainnet_without_live
    from capi.cli.live.session import acting
    from capi.engine.loop import Loop
    from capi.engine.settled import inconsistent
    from capi.ports.inbox import Given

    refuse_mainnet_without_live(settings, live=live)
    with signal_pace() as pace, acting(settings) as session, recording(session, no_streams) as record:
        session.console.says_refusals = False
        engine = session.engine
        ending = Loop(engine, pace, 0, record.passed).wind_down()
        left = ending.unsettled or inconsistent(ending.report, engine.ledger)
        if left is None:
            engine.resume(why, Given(by=who()))
        reason = "the reconciliation before a resume has ended"
        engine.end(reason)
        record.ended(reason)
    if left is not None:
        return Told("resume", "refused", f"safe mode stays: {left}; see to it, and resume again", None)
    return Told("resume", "done", "a clean reconciliation: safe mode is over; the next capi run may enter again", None)
