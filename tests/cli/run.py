"""Run `capi` as a user does: a process of its own, with its streams and its exit status."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import capi

PROGRAM: Final = "import sys; sys.argv[0] = 'capi'; from capi.cli.main import main; main()"
SOURCE: Final = str(Path(capi.__file__).parents[1])


def environment(**changes: str) -> dict[str, str]:
    """Return the environment without what configures capi."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAPI_")}
    return {**kept, "PYTHONPATH": SOURCE, **changes}


def run(arguments: Sequence[str | Path], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `capi` with `arguments` in `folder` and wait for it."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
