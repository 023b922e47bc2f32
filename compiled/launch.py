"""`capi paper` over prices or a bundled market, with the compiled engine that lies beside this file."""

import os
import sys
from pathlib import Path

NAME = "capi-paper"
MADE_OF_NAME = "made-of.txt"
SOURCES = ("../../src/capi", "../../compiled")
"""Seen from the folder of the program: what it was made of, and what it was made by."""
_NOT_HERE = ("--live", "--serve", "--scenario", "--faults")


def fingerprint(sources: str) -> str:
    """Return what changes when a source does: how many there are, how long, and when the last one was written."""
    count, size, written_ns = 0, 0, 0
    folders = [sources]
    while folders:
        for entry in os.scandir(folders.pop()):
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith(".py"):
                stat = entry.stat()
                count, size, written_ns = count + 1, size + stat.st_size, max(written_ns, stat.st_mtime_ns)
    return f"{count} {size} {written_ns}"


def made_of(folder: Path) -> str:
    """Return what a program in a folder is made of, as it is now: this Python, whose compiled code no other one runs,
    and the sources.
    """
    told = (f"{name}: {fingerprint(str(folder / name))}" for name in SOURCES)
    return "\n".join([str(sys.implementation.cache_tag), *told, ""])


def is_current(program: Path) -> bool:
    """Return whether a program is there, is of this Python, and its sources have not changed since it was made."""
    try:
        return (program.parent / MADE_OF_NAME).read_text() == made_of(program.parent) and program.is_file()
    except FileNotFoundError:
        return False


def launch() -> None:
    """Run it, unless its sources have changed since."""
    program = Path(__file__).resolve()
    if not is_current(program):
        sys.exit(f"{NAME}: the sources or Python have changed since it was compiled: make fast")
    for option in sys.argv[1:]:
        if option.startswith(_NOT_HERE):
            sys.exit(f"{NAME}: {option} is not compiled: capi paper {option}")
    sys.argv = ["capi", "paper", *sys.argv[1:]]
    sys.path.insert(0, str(program.parent))  # Python does it too, unless it was told not to (PYTHONSAFEPATH)
    from capi.__main__ import main  # the package beside this file

    main()


if __name__ == "__main__":
    launch()
