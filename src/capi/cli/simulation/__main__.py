"""`python -m capi.cli.simulation`: run many seeds and tell what became of them; `make sim` calls it."""

import argparse
import json
import sys
from collections.abc import Sequence

from rich.console import Console

from capi.cli.simulation.many import run_many
from capi.cli.simulation.table import document_of, show


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when every invariant held in every seed, 1 when one was broken, 130 when it was interrupted."""
    parser = argparse.ArgumentParser(prog="capi.cli.simulation", description="Run the engine through bad days.")
    parser.add_argument("--seeds", type=_count, default=1000, help="how many (default 1000)")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first one (default 0)")
    parser.add_argument("--workers", type=_count, default=None, help="processes (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    given = parser.parse_args(arguments)
    total = run_many(given.first, given.seeds, workers=given.workers)
    if given.json:
        print(json.dumps(document_of(total)))  # noqa: T201
    else:
        show(total, Console())
    if total.broken:
        return 1
    return 130 if total.interrupted else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


if __name__ == "__main__":
    sys.exit(main())
