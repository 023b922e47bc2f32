"""`capi flatten`: leave the position now, and enter nothing until `capi resume`."""

from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile, Reason
from capi.cli.output import FAILED, INTERRUPTED, REFUSED, fail

if TYPE_CHECKING:
    from capi.cli.live.command_post import Told
    from capi.settings import Settings


def flatten(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = None,
    live: Annotated[
        bool, typer.Option("--live", help="Needed on mainnet when no engine runs: it sends orders.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document; needs --yes.")] = False,
    config: ConfigFile = None,
) -> None:
    """Close the position at market, take entry and targets down, and enter nothing until capi resume.

    The stop stays until flat is confirmed. The engine that runs does it; without one this command does it itself, and
    needs the keys for it. A flatten that was begun goes on after a restart, until it is done.

    Example: capi flatten --yes --reason "going on holiday"
    """
    from capi.cli.live.command_post import reason_of, room_of, running, show
    from capi.cli.live.session import settings_of

    settings, why = settings_of(config), reason_of(reason)
    folder = room_of(settings)
    if as_json and not yes:
        fail("flatten --json asks nothing: add --yes if you mean it", REFUSED)
    held, told = running(folder), None
    if held is not None:
        from capi.cli.live.command_post import ask
        from capi.cli.live.flat import from_status

        confirm(from_status(folder, settings), yes=yes)
        told, yes = ask(folder, held, "flatten", why), True
    show(told or _alone(settings, why, yes=yes, live=live), as_json=as_json)


def confirm(would: list[str], *, yes: bool) -> None:
    """Say what will be done, and ask; ends when the answer is no, or nobody can be asked."""
    import sys

    for line in would:
        typer.echo(f"capi: {line}", err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        fail("flatten sends market orders, and nobody can be asked here: add --yes if you mean it", REFUSED)
    if not typer.confirm("Flatten now?", default=False, err=True):
        fail("nothing was done", FAILED)


def _alone(settings: "Settings", why: str, *, yes: bool, live: bool) -> "Told":
    """Flatten without an engine: be one, until flat is confirmed."""
    from capi.cli.live.attending import no_streams
    from capi.cli.live.command_post import Told, who
    from capi.cli.live.flat import from_look
    from capi.cli.live.pace import signal_pace
    from capi.cli.live.recording import recording
    from capi.cli.live.refusals import refuse_mainnet_without_live
    from capi.cli.live.session import acting
    from capi.engine.loop import Loop
    from capi.ports.inbox import Given

    refuse_mainnet_without_live(settings, live=live)
    try:
        with acting(settings, consent=True) as session:
            engine = session.engine
            confirm(from_look(session), yes=yes)
            with signal_pace() as pace, recording(session, no_streams) as record:
                session.console.says_refusals = False
                engine.flatten(why, Given(by=who()))
                Loop(engine, pace, min(1.0, float(settings.loop.interval_seconds)), record.passed).run_until_flat()
                left, forgets = engine.ledger.flatten is not None, engine.forgets
                reason = "the flatten was interrupted" if left else "flat is confirmed"
                engine.end(reason)
                record.ended(reason)
    except KeyboardInterrupt:
        fail("flatten: ended at once; capi flatten, or capi run, goes on with it", INTERRUPTED)
    if left:
        cure = "its stop stays; capi flatten, or capi run, goes on with it"
        return Told("flatten", "under_way", f"interrupted before flat was confirmed: {cure}", None)
    kept = "no entries until capi resume" if not forgets else "but the pause is not: see to the disk, then capi pause"
    return Told("flatten", "done", f"flat is confirmed; {kept}", None)
