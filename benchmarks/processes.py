"""Whole processes of `capi`, as a user starts them: wall-clock seconds, peak memory, and what they said."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_CHILD: Final = Path(__file__).with_name("child.py")
_SOURCES: Final = Path(__file__).resolve().parent.parent / "src"
ENTRY_POINT: Final = "from capi.cli.main import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process that ended well. `peak_mb`: 1 MB is a million bytes."""

    seconds: float
    peak_mb: float
    stdout: str

    @property
    def document(self) -> dict[str, Any]:
        """Return what it printed with --json."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document


def run_capi(*arguments: str, folder: Path) -> Run:
    """Run `capi` with these arguments in a folder of its own, so that no capi.toml is found. SystemExit: it failed."""
    return run(*capi(), *arguments, folder=folder)


def run(*command_line: str, folder: Path) -> Run:
    """Run a program in a folder of its own. SystemExit: it failed."""
    command = [sys.executable, str(_CHILD), *command_line]
    taken = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    answer = json.loads(taken.stdout)
    if answer["status"] != 0:
        said = taken.stderr.strip() or answer["stdout"].strip() or "it said nothing"
        raise SystemExit(f"{' '.join(command_line)} ended with status {answer['status']}: {said}")
    return Run(seconds=answer["seconds"], peak_mb=answer["peak_mb"], stdout=answer["stdout"])


def capi() -> list[str]:
    """Return the installed program; where it is not installed (run from the sources), the same entry point."""
    program = Path(sys.executable).with_name("capi")
    return [str(program)] if program.is_file() else [sys.executable, "-c", ENTRY_POINT]


def environment() -> dict[str, str]:
    """Return this environment without settings of capi, with these sources; compiled bytecode is written and used."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("CAPI_", "COVERAGE_", "COV_CORE_")) and key != "PYTHONDONTWRITEBYTECODE"
    }
    return environment | {"PYTHONPATH": str(_SOURCES)}
