"""`capi doctor`: check one thing after the other, and say of each whether it is as it has to be."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer

from capi.cli.doctor.checks import checks_of
from capi.cli.doctor.examine import examine
from capi.cli.doctor.finding import Finding, Status, green, red
from capi.cli.doctor.visit import SEE_ABOVE, Visit
from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, USAGE, print_json, printable
from capi.settings import ConfigError, Settings, load_settings

SCHEMA: Final = "capi.doctor/1"
_COLOURS: Final[dict[Status, str]] = {
    "green": typer.colors.GREEN,
    "yellow": typer.colors.YELLOW,
    "red": typer.colors.RED,
}
_NAME_WIDTH: Final = 14
_STATUS_WIDTH: Final = 6

Named = tuple[str, Finding]


def doctor(
    send_test: Annotated[bool, typer.Option("--send-test", help="Send a test message to each Telegram chat.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")] = False,
    config: ConfigFile = None,
) -> None:
    """Check whether an engine could start here and would work, one thing after the other, and say what to do.

    Sends nothing that trades, takes no lock and works beside a running engine. Exit status: 0 all green or yellow,
    1 something is red, 2 the configuration cannot be used.

    Example: capi doctor --json
    """
    done: list[Named] = []
    settings, first = _configuration(config)
    for name, finding in _all(settings, first, send_test=send_test):
        done.append((name, finding))
        if not as_json:
            _say(name, finding)
    ok = all(finding.status != "red" for _, finding in done)
    if as_json:
        print_json(_document(done, ok=ok))
    else:
        _say_sum(done)
    if settings is None:
        raise typer.Exit(USAGE)
    if not ok:
        raise typer.Exit(FAILED)


def _configuration(config: Path | None) -> tuple[Settings | None, Finding]:
    try:
        settings = load_settings(config)
    except ConfigError as error:
        cure = "correct it (capi config check says when it is), nothing else can be checked without it"
        return None, red(error.message, cure)
    files = [layer.where for layer in settings.layers if layer.source == "file"]
    return settings, green(f"valid, {files[0] if files else 'no file: defaults and environment'}")


def _all(settings: Settings | None, first: Finding, *, send_test: bool) -> Iterator[Named]:
    """Yield each finding as soon as it is there."""
    yield "configuration", first
    if settings is None:
        return
    visit = Visit(settings)
    for check in checks_of(visit, send_test=send_test):
        yield check.name, examine(check)
    if visit.inquiry is not None:
        with closing(visit.inquiry):
            pass


def _say(name: str, finding: Finding) -> None:
    """Print one finding: a line, and its cure below it."""
    status = finding.status.ljust(_STATUS_WIDTH)
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        status = typer.style(status, fg=_COLOURS[finding.status])
    first, *more = finding.found.splitlines() or [""]
    typer.echo(f"{status}  {name.ljust(_NAME_WIDTH)}  {printable(first)}")
    margin = " " * (_STATUS_WIDTH + _NAME_WIDTH + 4)
    for line in more:
        typer.echo(f"{margin}{printable(line)}")
    if finding.cure not in (None, SEE_ABOVE):
        typer.echo(f"{margin}-> {printable(finding.cure or '')}")


def _say_sum(done: list[Named]) -> None:
    counts = {status: sum(finding.status == status for _, finding in done) for status in _COLOURS}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    typer.echo(f"{len(done)} {'check' if len(done) == 1 else 'checks'}: {told}")


def _document(done: list[Named], *, ok: bool) -> dict[str, object]:
    checks = [
        {"name": name, "status": finding.status, "found": finding.found, "cure": finding.cure} for name, finding in done
    ]
    return {"schema": SCHEMA, "ok": ok, "checks": checks}
