"""`python -m tests.simulation.seeded_bugs.search`: which seed catches which bug, and which bug is not caught.

Prints the table of `seeds.py`, and then that of docs/testing.md; run it anew when the simulation draws otherwise.
"""
# ruff: noqa: T201 - a command speaks on stdout

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from capi.cli.simulation.run import simulate
from tests.simulation.seeded_bugs.every import BUGS, BY_NAME
from tests.simulation.seeded_bugs.plant import planted


def main() -> int:
    """Search; return 1 when a bug is caught by no seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.seeded_bugs.search", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds to try for each bug (default: 500)")
    parser.add_argument("--only", default="", help="only the bugs whose name holds this")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = [one for one in BUGS if given.only in one.name]
    missed, rows = 0, []
    with ProcessPoolExecutor(given.processes) as pool:
        names = [one.name for one in chosen]
        for name, found in zip(names, pool.map(_search, names, [given.seeds] * len(names)), strict=True):
            missed += found is None
            told = f"    # {name}: not caught" if found is None else f'    "{name}": {found[0]},  # {found[1]}'
            print(told, flush=True)
            rows += [f"| `{name}` | {BY_NAME[name].said} | {found[0]} |"] if found else []
    print("\n".join(["", *rows]))
    return 1 if missed else 0


def _search(name: str, seeds: int) -> tuple[int, str] | None:
    """Return the first seed that catches a bug and passes without it, and what the judge says."""
    one = BY_NAME[name]
    for seed in range(seeds):
        with planted(one):
            broken = simulate(seed).violation
        if broken is not None and simulate(seed).violation is None:
            return seed, f"{broken.number}: {broken.sentence}"
    return None


if __name__ == "__main__":
    sys.exit(main())
