"""`capi paper --scenario`: a scenario as a timeline for people, or a folder of them as a table."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NoReturn

import typer

from capi.adapters.fields import InputError
from capi.cli.output import DONE, FAILED, INTERRUPTED, USAGE, fail, iso, print_json, printable, table
from capi.cli.scenario.model import Scenario
from capi.cli.scenario.parse import read_scenario
from capi.cli.scenario.run import Played, Run
from capi.settings import ConfigError

PATTERN: Final = "*.toml"


def scenario(path: Path, *, as_json: bool) -> NoReturn:
    """Play what `path` names, say what came of it, and end: 0 all held, 1 something did not, 2 it cannot be played."""
    try:
        if path.is_dir():
            raise typer.Exit(_many(_in_folder(path), as_json=as_json))
        raise typer.Exit(_one(read_scenario(path), as_json=as_json))
    except InputError as error:
        fail(str(error), USAGE)
    except KeyboardInterrupt:
        fail("interrupted; a scenario leaves nothing behind", INTERRUPTED)
    except OSError as error:
        why = error.strerror or str(error)
        fail(f"the scenario cannot be played ({why}): free some space in the temporary folder", FAILED)


def play(one: Scenario) -> Played | None:
    """Play a scenario in a fresh folder; None where there is nothing to play. Raises InputError."""
    if one.play is None:
        return None
    with TemporaryDirectory(prefix="capi-scenario-") as folder:
        try:
            return Run(one.play, Path(folder)).play()
        except (InputError, ConfigError) as error:
            raise InputError(f"{one.name}: {error}") from error


def read_folder(folder: Path) -> list[Scenario]:
    """Return all scenarios of a folder in the order of their numbers. Raises InputError."""
    found = sorted((read_scenario(path) for path in folder.glob(PATTERN)), key=lambda one: one.number)
    for before, after in pairwise(found):
        if before.number == after.number:
            raise InputError(f"{folder}: {before.name} and {after.name} both have number {after.number}; change one")
    return found


def _in_folder(folder: Path) -> list[Scenario]:
    found = read_folder(folder)
    if not found:
        raise InputError(f"{folder}: holds no scenario ({PATTERN}); name a folder like fixtures/scenarios")
    return found


# one


def _one(one: Scenario, *, as_json: bool) -> int:
    played = play(one)
    if as_json:
        print_json(_document(one, played))
    else:
        _show(one, played)
    return DONE if played is None or played.all_held else FAILED


def _show(one: Scenario, played: Played | None) -> None:
    typer.echo(f"{one.number}. {one.title}\n")
    typer.echo(f"What happened: {one.happened} ({', '.join(one.reference)})")
    if played is None:
        typer.echo(f"\n{_not_played(one)}")
        return
    typer.echo(f"Why it cannot here: {one.why}\n")
    start_ms = played.seen.start_ms
    rows = [(f"{(at_ms - start_ms) / 1000:.3f}", who, what) for at_ms, who, what in played.story.moments]
    table(("second", "who", "what"), rows)
    typer.echo("")
    for one_held in played.held:
        typer.echo(f"{'held    ' if one_held.held else 'NOT HELD'}  {one_held.asked}: {one_held.found}")
    for sentence in played.broken:
        typer.echo(f"BROKEN    {printable(sentence)}")
    typer.echo(_result(played))


def _not_played(one: Scenario) -> str:
    if one.not_applicable is not None:
        return f"It is not played: {one.not_applicable}"
    return f"It is not played here, but proved by {', '.join(one.proved_by)}: {one.why}"


def _result(played: Played) -> str:
    wrong = sum(not one.held for one in played.held)
    if played.all_held:
        return f"\nAll {len(played.held)} held."
    return f"\n{wrong} of {len(played.held)} did not hold, {len(played.broken)} other things are broken."


def _document(one: Scenario, played: Played | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "number": one.number,
        "name": one.name,
        "title": one.title,
        "happened": one.happened,
        "why": one.why,
        "reference": list(one.reference),
        "proved_by": list(one.proved_by),
        "not_applicable": one.not_applicable,
        "held": None if played is None else played.all_held,
    }
    if played is not None:
        document["timeline"] = [
            {"at": iso(at_ms), "who": who, "what": what} for at_ms, who, what in played.story.moments
        ]
        document["checks"] = [
            {"at": iso(held.at_ms), "asked": held.asked, "held": held.held, "found": held.found} for held in played.held
        ]
        document["broken"] = played.broken
    return document


# many


def _many(scenarios: Sequence[Scenario], *, as_json: bool) -> int:
    results = [(one, play(one)) for one in scenarios]
    failed = [one for one, played in results if played is not None and not played.all_held]
    if as_json:
        documents = [_document(one, played) for one, played in results]
        print_json({"scenarios": documents, "held": not failed})
    else:
        table(("number", "result", "scenario", "what happened"), [_row(one, played) for one, played in results])
        played_count = sum(played is not None for _, played in results)
        typer.echo(f"\n{played_count} were played, {len(failed)} of them did not hold.")
    return FAILED if failed else DONE


def _row(one: Scenario, played: Played | None) -> tuple[str, str, str, str]:
    if played is None:
        result = "not applicable" if one.not_applicable is not None else "by a test"
    else:
        result = "held" if played.all_held else "NOT HELD"
    return str(one.number), result, one.name, one.title
