"""`capi replay`: each recorded pass planned again, and held against what was planned then."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import DONE, FAILED, USAGE, fail, iso, print_json, printable
from capi.cli.reading.room import AsJson, EnvironmentOption, RunOption, open_room

if TYPE_CHECKING:
    from capi.cli.recorded.again import Wanted
    from capi.cli.recorded.source import Source
    from capi.cli.recorded.verdict import Verdict

SHOWN_MAX: Final = 20
"""Differing plans that are told to people; --json tells up to a thousand."""


def replay(
    trade: Annotated[
        str | None, typer.Option("--trade", metavar="ID", help="Only what concerned this decision's trade.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="1h|TIME", help="Not before this: a span back, or an ISO 8601 time.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="1h|TIME", help="Not after this, likewise.")] = None,
    run: RunOption = None,
    environment: EnvironmentOption = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", readable=False, help="Read a bundle of capi incident instead.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Plan every recorded pass again, from the journal alone, and compare the actions one for one.

    Nothing is sent, and nothing is written. A difference is shown, and ends with status 1: then this version would not
    do today what was done then. So does a pass that cannot be planned again.

    Example: capi replay --run last
    """
    from capi.cli.recorded.source import of_bundle, of_room

    if bundle is not None:
        if run is not None or environment is not None:
            fail("--bundle excludes --run and --environment: a bundle is a journal of its own; leave them out", USAGE)
        opened = of_bundle(bundle)
    else:
        opened = of_room(open_room(config, run, environment))
    with opened as source:
        verdict = _planned_again(source, source.wanted(trade, from_, to))
    if as_json:
        print_json({"schema": "capi.replay/1", "journal": source.name, **verdict.document()})
    else:
        _say(verdict, trade)
    raise typer.Exit(DONE if verdict.is_good else FAILED)


def _planned_again(source: "Source", wanted: "Wanted") -> "Verdict":
    from capi.adapters.journal_file import JournalCorrupt
    from capi.cli.recorded.again import PlansAgain
    from capi.cli.recorded.past import StrangeEventError
    from capi.cli.recorded.progress import progress
    from capi.cli.recorded.verdict import Verdict
    from capi.cli.recorded.whole import JournalGone

    plans, verdict = PlansAgain(wanted), Verdict()
    try:
        with progress(source.last_seq) as moved:
            for event in source.events():
                verdict.take(plans.take(event))
                moved(event["seq"])
            verdict.take(plans.finish())
    except (JournalCorrupt, JournalGone) as error:
        fail(str(error), FAILED)
    except StrangeEventError as error:
        fail(f"{source.name}: {error}", FAILED)
    except OSError as error:
        fail(f"{source.name}: cannot be read ({error.strerror or error}); correct its rights", FAILED)
    return verdict


def _say(verdict: "Verdict", trade: str | None) -> None:
    for line in _lines(verdict, trade):
        typer.echo(line)


def _lines(verdict: "Verdict", trade: str | None) -> Iterator[str]:
    from capi import __version__
    from capi.cli.recorded.difference import differences

    for again in verdict.shown[:SHOWN_MAX]:
        yield f"{iso(again.at_ms)}  pass {again.seq}"
        yield from (f"  {printable(line)}" for line in differences(again))
    if len(verdict.shown) > SHOWN_MAX:
        yield f"… the first {SHOWN_MAX} of {verdict.differing}; --json tells more"
    for why, it in verdict.untold.items():
        when = iso(it.first_ms) if it.passes == 1 else f"{iso(it.first_ms)} to {iso(it.last_ms)}"
        yield f"{it.passes} cannot be planned again ({when}): {printable(why)}; --from or --to leave them out"
    if verdict.foreign_versions and not verdict.is_good:
        written = ", ".join(printable(version) for version in verdict.foreign_versions)
        yield f"recorded by capi {written}, planned again by {__version__}: another version may plan otherwise"
    yield _sum(verdict, trade)


def _sum(verdict: "Verdict", trade: str | None) -> str:
    if verdict.passes == 0:
        return "No pass was recorded " + (f"that concerned {printable(trade)}." if trade else "in that time.")
    planned = verdict.same + verdict.differing
    said = f"{planned:,} {'pass' if planned == 1 else 'passes'} planned again"
    return f"{said}, {f'{verdict.differing:,} of them otherwise' if verdict.differing else 'all as recorded'}."
