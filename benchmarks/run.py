"""How fast capi is on this machine: `make bench`. Everything but the times is the same in every run.

    python benchmarks/run.py [--only plan,start,replay,reference,parts,reads,live] [--passes N] [--json]
                            [--quick]

Prints the machine, a calibration by which machines can be compared, and figures beside their targets. A missed target
is shown, never an error: the exit status says only whether everything could be measured.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only what lies beside it

from benchmarks import machine
from benchmarks.figures import Figure, document_of, lines_of
from benchmarks.timing import FULL, QUICK, Effort

SECTIONS: Final = ("plan", "start", "replay", "reference", "parts", "reads", "live")


def main() -> None:
    """Measure what was asked for and print it."""
    wanted = _arguments()
    effort = QUICK if wanted.quick else FULL
    effort = effort if wanted.passes is None else replace(effort, passes=wanted.passes)
    began = time.perf_counter()
    here = machine.this_machine(effort)
    with TemporaryDirectory(prefix="capi-bench.") as folder:
        figures = [
            figure for section in wanted.only for figure in _measured(section, effort, Path(folder), wanted.as_json)
        ]
    seconds = time.perf_counter() - began
    if wanted.as_json:
        document = {"machine": asdict(here), "figures": document_of(figures), "seconds": round(seconds, 1)}
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for line in (*machine.lines_of(here), *lines_of(figures)):
        print(line)
    print(f"\nmeasured in {seconds:.0f} s")


def _measured(section: str, effort: Effort, folder: Path, quiet: bool) -> Iterator[Figure]:
    """Yield a section's figures; only what it measures is imported."""
    if not quiet:
        print(f"measuring {section} …", file=sys.stderr)
    if section == "plan":
        from benchmarks import plans

        yield from plans.measure(effort)
    elif section == "start":
        from benchmarks import starts

        yield from starts.measure(effort, folder)
    elif section == "replay":
        from benchmarks import replays

        yield from replays.measure(effort, folder)
    elif section == "reference":
        from benchmarks import reference

        yield from reference.measure(effort, folder)
    elif section == "reads":
        from benchmarks import reads

        yield from reads.measure(effort, folder)
    elif section == "live":
        from benchmarks import live

        yield from live.measure(effort, folder)
    else:
        from benchmarks import parts

        yield from parts.measure(effort, folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how fast capi is on this machine.")
    parser.add_argument("--only", type=_sections, default=SECTIONS, help=f"of {','.join(SECTIONS)}; default: all")
    parser.add_argument("--passes", type=int, metavar="N", help="live passes for CPU and memory, e.g. 100000")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="try the script itself: its figures mean little")
    return parser.parse_args()


def _sections(written: str) -> tuple[str, ...]:
    named = written.split(",")
    unknown = sorted(set(named) - set(SECTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is no section: name some of {','.join(SECTIONS)}")
    return tuple(section for section in SECTIONS if section in named)


main()
