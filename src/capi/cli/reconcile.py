"""`capi reconcile`: one whole look, and what follows from it, while no engine runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, INTERRUPTED, SAFE_MODE, fail, print_json

if TYPE_CHECKING:
    from capi.cli.live.reconciled import Reconciled
    from capi.settings import Settings


def reconcile(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and send nothing; also beside an engine.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Needed on mainnet: real money is meant.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="The first start on a mainnet account may change what it finds there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    config: ConfigFile = None,
) -> None:
    """Compare ledger and exchange, and put right what differs: stops, orphans, phantoms, leftovers. Opens nothing.

    An own entry that rests is taken down: with no engine running, nobody would protect what it fills.

    Example: capi reconcile --dry-run
    """
    from capi.cli.live.reconciled import document_of, show
    from capi.cli.live.refusals import refuse_mainnet_without_live
    from capi.cli.live.session import settings_of

    settings = settings_of(config)
    if not dry_run:
        refuse_mainnet_without_live(settings, live=live)
    try:
        result = _looked(settings) if dry_run else _acted(settings, consent=yes)
    except KeyboardInterrupt:
        fail("ended at once: run capi reconcile again, to see what is left", INTERRUPTED)
    if as_json:
        print_json(document_of(result, dry_run=dry_run))
    else:
        show(result, dry_run=dry_run)
    if result.unsettled is not None:
        fail(f"not settled within 10 s: {result.unsettled}; run capi reconcile again", FAILED)
    if result.safe_mode is not None:
        fail(f"ended in safe mode: {result.safe_mode}", SAFE_MODE)


def _looked(settings: "Settings") -> "Reconciled":
    """Return what one pass that sends nothing has found."""
    from capi.cli.live.reconciled import Reconciled
    from capi.cli.live.session import looking

    with looking(settings, records=False) as session:
        session.engine.wind_down()
        report = session.engine.run_pass()
        if report.account is None:
            fail(f"{report.failure}: try again", FAILED)
        return Reconciled((report,), None, session.engine.ledger.safe_mode)


def _acted(settings: "Settings", *, consent: bool) -> "Reconciled":
    """Return what passes that open nothing have found and done, until all had settled."""
    from capi.cli.live.attending import no_streams
    from capi.cli.live.pace import signal_pace
    from capi.cli.live.reconciled import Reconciled
    from capi.cli.live.recording import recording
    from capi.cli.live.session import acting
    from capi.cli.live.told import what_stays
    from capi.engine.loop import Loop
    from capi.engine.report import PassReport

    with signal_pace() as pace, acting(settings, consent=consent) as session, recording(session, no_streams) as record:
        session.console.says_refusals = False
        reports: list[PassReport] = []

        def passed(report: PassReport, seconds: float) -> None:
            reports.append(report)
            record.passed(report, seconds)

        ending = Loop(session.engine, pace, 0, passed).wind_down()
        if session.outlets is not None:
            session.outlets.ending()
        session.engine.end("the reconciliation has ended")
        record.ended("the reconciliation has ended")
        for line in what_stays(ending.report, session.engine.ledger):
            session.console.say(line)
        return Reconciled(tuple(reports), ending.unsettled, session.engine.ledger.safe_mode)
