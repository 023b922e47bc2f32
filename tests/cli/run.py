"""Run `capi` as a user does: a process of its own, with its streams and its exit status."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import capi

PROGRAM: Final = "import sys; sys.argv[0] = 'capi'; from capi.cli.main import main; main()"
SOURCE: Final = str(Path(capi.__file__).parents[1])


def environment(**changes: str) -> dict[str, str]:
    """Return the environment without what configures capi, or says how wide the terminal is."""
    said = ("CAPI_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(said)}
    return {**kept, "PYTHONPATH": SOURCE, **changes}


_NOBODY: Final = 65_534
_WITHOUT_POWER: Final = f"""
import importlib, os, pkgutil, capi
for module in pkgutil.walk_packages(capi.__path__, "capi."):
    importlib.import_module(module.name)  # now: nobody may not be allowed to read the source
if {{closed}}:
    os.chmod(".", 0)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({_NOBODY})
    os.setuid({_NOBODY})
"""


def run(arguments: Sequence[str | Path], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `capi` with `arguments` in `folder` and wait for it."""
    return _run(PROGRAM, arguments, folder, variables)


def run_powerless(
    arguments: Sequence[str | Path], folder: Path, *, closed: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `capi` as a user for whom rights count, unlike for root; `closed`: in a folder that is closed to it."""
    if not _nobody_has_the_packages():
        pytest.skip("the environment's folder is closed to other users")
    folder.chmod(0o777)
    try:
        return _run(f"{_WITHOUT_POWER.format(closed=closed)}\n{PROGRAM}", arguments, folder, variables)
    finally:
        folder.chmod(0o700)


@cache
def _nobody_has_the_packages() -> bool:
    """Whether a user without rights can import what is loaded late."""
    program = _WITHOUT_POWER.format(closed=False) + "\nimport typer._click.decorators"
    return _run(program, (), Path("/"), {}).returncode == 0


def _run(
    program: str, arguments: Sequence[str | Path], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
