"""`capi init`: a commented capi.toml and an example decision, so that the next command has something to work on."""

import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from capi.cli.output import FAILED, USAGE, fail

DECISION_FILE: Final = Path("data/decision.json")
EXAMPLE_DECISION: Final = """\
{
  "symbol": "BTCUSDT",
  "timestamp_iso": "2025-11-28T10:05:00Z",
  "action": "long",
  "reason": "trend_up_with_support_below",
  "entry_zone": [90700.0, 90900.0],
  "sl": 89800.0,
  "tp1": 92200.0,
  "tp2": 93500.0,
  "risk_level": 3,
  "position_size_usdt": 1000.0,
  "leverage": 3,
  "confidence": 0.76,
  "risk_checks": {
    "daily_dd_ok": true,
    "weekly_dd_ok": true,
    "max_trades_per_day_ok": true,
    "session_ok": true,
    "no_major_news": true
  }
}
"""
"""A good decision of the past: it shows the form, and is too old to be traded by accident."""


def init(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", readable=False, help="Where to write (default: the current folder).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the files that exist.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", readable=False, help="Write the configuration to this file instead of DIR/capi.toml."),
    ] = None,
) -> None:
    """Write a commented capi.toml and an example data/decision.json. Overwrites nothing without --force.

    Example: capi init my-engine
    """
    if directory is not None and config is not None:
        fail("DIR and --config both say where to write: give one of them.", USAGE)
    from capi.settings.written import default_toml

    path = config if config is not None else (directory or Path()) / "capi.toml"
    decision = path.parent / DECISION_FILE
    if not force:
        _refuse_existing(path, decision)
    _write(path, default_toml())
    _write(decision, EXAMPLE_DECISION)
    _say_what_next(path, decision)


def _refuse_existing(*paths: Path) -> None:
    """End the command before anything is written when one of the files is there."""
    existing = [str(path) for path in paths if os.path.lexists(path)]
    if existing:
        there = f"{' and '.join(existing)} {'is' if len(existing) == 1 else 'are'} already there"
        fail(f"{there}, so nothing was written: write elsewhere, or overwrite with --force.", FAILED)


def _write(path: Path, content: str) -> None:
    """Write a whole file or leave the old one as it was: an engine may be reading it."""
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        fail(_unwritable(path, error), FAILED)


def _unwritable(path: Path, error: OSError) -> str:
    """Return why a file could not be written, and what to do. Its folder was made, unless something is in the way."""
    if isinstance(error, FileNotFoundError):
        return f"{path} could not be written (the current folder no longer exists): change to one that does."
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{path} could not be written ({path.parent} is no folder): name another one."
    return f"{path} could not be written ({error.strerror}): correct the path or its rights."


def _say_what_next(path: Path, decision: Path) -> None:
    """Print what was written and the next commands."""
    given = "" if path == Path("capi.toml") else f" --config {shlex.quote(str(path))}"
    typer.echo(f"Wrote {path}: every key with its default and what it means.")
    typer.echo(f"Wrote {decision}: an example, too old to be traded.")
    typer.echo("Next: check both, then trade on the simulated exchange, which needs no keys.")
    typer.echo(f"  capi config check{given}")
    typer.echo(f"  capi decision validate {shlex.quote(str(decision))}")
    typer.echo(f"  capi paper{given}")
