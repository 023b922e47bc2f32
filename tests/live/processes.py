"""Engines as processes of their own: started as a user does, read by what they say, and never left hanging."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.cli.run import PROGRAM, environment
from tests.live.stage import Setting

Engine = subprocess.Popen[str]
HANGS_SECONDS: Final = 120.0


@contextmanager
def engine(user: Setting, *arguments: str) -> Iterator[Engine]:
    """Run `capi run`."""
    with started(user, ["run", *arguments], user.environment) as process:
        yield process


@contextmanager
def started(user: Setting, arguments: list[str], variables: Mapping[str, str]) -> Iterator[Engine]:
    """Run `capi` in a user's folder; kill it at the end, or when it is overdue: who waits is told what it said."""
    command = [sys.executable, "-c", PROGRAM, *arguments, "--config", str(user.folder / "capi.toml")]
    process = subprocess.Popen(
        command, env=environment(**variables), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    overdue = threading.Timer(HANGS_SECONDS, process.kill)
    overdue.daemon = True
    overdue.start()
    with process:
        try:
            yield process
        finally:
            overdue.cancel()
            process.kill()


def read_until(process: Engine, words: str) -> str:
    """Read what it says up to a line with `words`; the process's end would end it too."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it never said {words!r}: {said}")


def rest_of(process: Engine) -> str:
    """Wait for the end and return what was said until then."""
    assert process.stderr is not None
    said = process.stderr.read()
    process.wait(60)
    return said
