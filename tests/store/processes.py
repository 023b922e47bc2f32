"""Other processes that meet the database: readers that hold it, and programs that run under a limit."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PATIENCE_SECONDS: Final = 20.0

_READER: Final = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True):
    print("open", flush=True)
    sys.stdin.read()
"""


def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fail when it does not for long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


@contextmanager
def reader(database: Path) -> Iterator[None]:
    """Have another process hold the database open for reading, as a notebook that was forgotten does."""
    with subprocess.Popen(
        [sys.executable, "-c", _READER, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield
        finally:
            process.communicate()


def run_program(program: str, *arguments: str | Path) -> str:
    """Run a Python program that may import the tests, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
