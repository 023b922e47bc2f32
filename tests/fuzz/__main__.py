"""`python -m tests.fuzz`: a campaign of any length on all cores; a finding is printed as a test can hold it.

`make fuzz` feeds a million documents. `--seed` repeats a campaign, document by document, whatever the number of cores.
"""
# ruff: noqa: T201 - a command speaks on stdout

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

from tests.fuzz.campaign import Tally, fuzzed, shares, unseen
from tests.fuzz.every import targets
from tests.fuzz.target import Target

PIECE: Final = 4000
"""How many documents of a quick target are one piece of work; of slow ones they are fewer."""
ENOUGH_TO_SEE_ALL: Final = 200_000
"""Documents from which on every outcome of every target has to have been seen."""


def main() -> int:
    """Run a campaign; return the exit status: 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many documents (default: a million)")
    parser.add_argument("--seed", type=int, default=None, help="the campaign's seed (default: a fresh one)")
    parser.add_argument("--only", default="", help="only the targets whose name holds this")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at once (default: cores)")
    given = parser.parse_args()
    chosen = [target for target in targets() if given.only in target.name]
    if not chosen:
        parser.error(f"no target is called {given.only}: there are {', '.join(target.name for target in targets())}")
    seed = random.SystemRandom().randrange(10**9) if given.seed is None else given.seed
    print(f"seed {seed}, {given.inputs:,} documents for {len(chosen)} targets, {given.processes} processes", flush=True)
    tally = _run(chosen, seed, given.inputs, given.processes)
    _print_table(chosen, tally)
    lacking = list(unseen(chosen, tally)) if given.inputs >= ENOUGH_TO_SEE_ALL else []
    for sentence in lacking:
        print(f"too tame: {sentence}")
    for finding in tally.findings.values():
        print(f"\nfound by {finding.target}, seed {finding.seed}, index {finding.index}: {finding.what}")
        print(f"    ({finding.target!r}, {finding.document!r}),")
    if tally.findings:
        print("\nKeep each line in tests/fuzz/test_found.py, and mend what it shows.")
    return 1 if tally.findings or lacking else 0


def _run(chosen: list[Target], seed: int, inputs: int, processes: int) -> Tally:
    tally, started, pieces = Tally(), time.monotonic(), list(_pieces(chosen, inputs))
    with ProcessPoolExecutor(processes) as pool:
        waiting = [pool.submit(_piece, name, seed, first, end) for name, first, end in pieces]
        for count, done in enumerate(as_completed(waiting), start=1):
            tally.add(done.result())
            _show(count / len(pieces), time.monotonic() - started, len(tally.findings))
    return tally


def _pieces(chosen: list[Target], inputs: int) -> Iterator[tuple[str, int, int]]:
    counts = shares(chosen, inputs)
    for target in chosen:
        step = max(1, PIECE // target.every)
        for first in range(0, counts[target.name], step):
            yield target.name, first, min(first + step, counts[target.name])


def _piece(name: str, seed: int, first: int, end: int) -> Tally:
    target = next(one for one in targets() if one.name == name)
    return fuzzed(target, seed, range(first, end))


def _show(part: float, seconds: float, findings: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{part:6.1%}  {seconds:5.0f} s  {findings} found ", end="", file=sys.stderr, flush=True)


def _print_table(chosen: list[Target], tally: Tally) -> None:
    print(f"\n{'target':<26}{'documents':>10}  what became of them")
    total = 0
    for target in chosen:
        told = {outcome: count for (name, outcome), count in sorted(tally.outcomes.items()) if name == target.name}
        total += sum(told.values())
        words = ", ".join(f"{outcome} {count:,}" for outcome, count in told.items())
        print(f"{target.name:<26}{sum(told.values()):>10,}  {words}")
    print(f"{'all':<26}{total:>10,}  {len(tally.findings)} found")


if __name__ == "__main__":
    sys.exit(main())
