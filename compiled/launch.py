"""`capi paper` over prices or a bundled market, with the compiled engine that lies beside this file."""

import os
import sys
from pathlib import Path

NAME = "capi-paper"
SOURCES_NAME = "made-of.txt"
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


def is_current(program: Path) -> bool:
    """Return whether a program is there and its sources have not changed since it was made."""
    try:
        sources, made_of = program.with_name(SOURCES_NAME).read_text().splitlines()
    except FileNotFoundError:
        return False
    return fingerprint(sources) == made_of


def launch() -> None:
    """Run it, unless its sources have changed since."""
    if not is_current(Path(__file__).resolve()):
        sys.exit(f"{NAME}: the sources have changed since it was compiled: make fast")
    for option in sys.argv[1:]:
        if option.startswith(_NOT_HERE):
            sys.exit(f"{NAME}: {option} is not compiled: capi paper {option}")
    sys.argv = ["capi", "paper", *sys.argv[1:]]
    from capi.__main__ import main  # the package beside this file

    main()


if __name__ == "__main__":
    launch()
