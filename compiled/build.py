"""Build the compiled replay into build/fast: `python -m compiled.build`. Needs a C compiler; takes about two minutes.

A copy of the sources is rewritten (plain.py) and what a replay runs through is compiled by mypyc. Then both programs
replay the same markets and a day of the reference job: unless their journals are the same, byte for byte, nothing is
left of the build.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import reference_job
from compiled.launch import MADE_OF_NAME, NAME, is_current, made_of
from compiled.plain import plain

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "src" / "capi"
FOLDER: Final = ROOT / "build" / "fast"
COMPILED: Final = ("core", "engine", "ports", "adapters/paper", "cli/replay")
LEFT_ALONE: Final = frozenset({
    "core/value.py",  # mypy asks its decorators for an attribute that no compiled function has
    "core/lazy.py",  # the same
    "ports/journal.py",  # an OSError: mypyc compiles no class of an exception with a layout of its own
})  # fmt: skip
_START: Final = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
"""
"""A shell's command and a Python's text: `#!` takes no path that is long, or has a space in it."""
MARKETS: Final = 10
HOURS: Final = 12
IF_POSSIBLE: Final = "--if-possible"
"""Else nothing is built, which is then no failure."""


def main() -> None:
    """Build unless it is there, compare, and say where the program is."""
    why = missing()
    if why is not None:
        why = f"{why}: capi paper replays as it is, in half as much time again"
        if IF_POSSIBLE not in sys.argv:
            sys.exit(why)
        print(why, file=sys.stderr)
        return
    if not is_current(FOLDER / NAME):
        build(FOLDER)
    print(f"{(FOLDER / NAME).relative_to(ROOT)} takes what capi paper takes")


def missing() -> str | None:
    """Return what compiling needs and is not here; None: nothing."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler {compiler} here (apt install gcc)"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "there are no C headers of this Python here (apt install python3-dev)"
    return None


def build(folder: Path) -> None:
    """Build into a folder. The program gets its name last: what has it was compared."""
    shutil.rmtree(folder, ignore_errors=True)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = made_of(folder)  # as it is before it is copied: what is changed while it is compiled is not in it
        compile_all(folder, rewrite(folder))
        program = finish(folder, made)
        compare(program)
        program.rename(folder / NAME)
        undo.pop_all()


def rewrite(folder: Path) -> list[Path]:
    """Copy the package into a folder, with what is to be compiled written out; return those modules."""
    package = folder / "capi"
    shutil.copytree(SOURCES, package, ignore=shutil.ignore_patterns("__pycache__"))
    found = [path for part in COMPILED for path in sorted((package / part).rglob("*.py"))]
    modules = [path for path in found if str(path.relative_to(package)) not in LEFT_ALONE]
    for path in modules:
        path.write_text(plain(path.read_text()))
    return modules


def compile_all(folder: Path, modules: list[Path]) -> None:
    """Compile modules of a copy. SystemExit: one does not compile."""
    print(f"compiling {len(modules)} modules (about two minutes) …", file=sys.stderr)
    named = [str(path.relative_to(folder)) for path in modules]
    command = [sys.executable, str(Path(__file__).with_name("compile_here.py")), *named]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"it does not compile:\n{done.stdout}{done.stderr}")
    shutil.rmtree(folder / "build")


def finish(folder: Path, made: str) -> Path:
    """Put the program beside the package, under a name for the time being, and what it was made of; return it."""
    (folder / MADE_OF_NAME).write_text(made)
    program = folder / f"{NAME}.new"
    program.write_text(_START.format(python=sys.executable) + Path(__file__).with_name("launch.py").read_text())
    program.chmod(0o755)
    return program


def compare(program: Path) -> None:
    """Replay markets and files with the program and with capi paper. SystemExit: their journals differ."""
    print(f"comparing {MARKETS + 1} replays with the engine as it is …", file=sys.stderr)
    with TemporaryDirectory(prefix="capi-compiled.") as name:
        room = Path(name)
        reference_job.write(room / "job", days=1)
        job = (room / "job", ["--prices", "quotes.parquet", "--decisions", "decisions.jsonl"])
        markets = [(room, ["--seed", str(seed), "--hours", str(HOURS)]) for seed in range(MARKETS)]
        for number, (folder, options) in enumerate([job, *markets]):
            wanted = journal_of([sys.executable, "-m", "capi", "paper", *options], folder, f"{number}-plain")
            found = journal_of([str(program), *options], folder, f"{number}-compiled")
            if found != wanted:
                what = f"capi paper {' '.join(options)}"
                sys.exit(f"{what}: the compiled engine does something else, so it is removed; please report it")


def journal_of(command: list[str], folder: Path, out: str) -> bytes:
    """Replay in a folder, and return the journal. SystemExit: the replay failed."""
    whole = [*command, "--json", "--out", out]
    done = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(whole)} ended with status {done.returncode}: {done.stderr}")
    return (folder / out / "journal.jsonl").read_bytes()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: nothing is left of the build")
