"""docs/incidents.md, made of the scenario files: what can go wrong, and what capi does.

`python -m capi.cli.scenario.page fixtures/scenarios > docs/incidents.md` writes it anew; a test holds it to the files.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill
from typing import Final

from capi.cli.scenario.command import read_folder
from capi.cli.scenario.model import Scenario

CHAPTERS: Final[tuple[tuple[str, frozenset[int]], ...]] = (
    ("A position without a stop", frozenset({*range(1, 26), 107, 108})),
    ("Orders sent twice, and orders of unknown fate", frozenset(range(26, 38))),
    ("Restarts, and what the exchange and the ledger disagree on", frozenset(range(38, 58))),
    ("Exits that do not reduce, and flips", frozenset(range(58, 67))),
    ("Targets and partial fills", frozenset(range(67, 75))),
    ("Entering and chasing", frozenset(range(75, 82))),
    ("Streams", frozenset(range(82, 89))),
    ("Limits, clock, account modes, environments", frozenset(range(89, 96))),
    ("Files, alerts, and limits on risk", frozenset(range(96, 107))),
    ("Found in capi by its own proofs", frozenset(range(201, 300))),
)
_ISSUE: Final = re.compile(r"([\w.-]+/[\w.-]+)#([0-9]+)")
_WIDTH: Final = 120
_HEAD: Final = """\
# What can go wrong, and what capi does

Each of these happened to users of other engines, bots and libraries, and was reported in public; those of the last
chapter were found in capi itself. Here each is a file in [fixtures/scenarios](../fixtures/scenarios/README.md): the
prices, what goes wrong, and what must hold. {played} of the {total} are played by the real engine on the simulated
exchange, {tested} are proved by tests of the part that they are about, and {other} cannot happen by design. All of them
run with the tests, under the names below, and anyone can watch one:

```bash
capi paper --scenario fixtures/scenarios/003_would_trigger.toml   # a timeline: what happened, what the engine did, why
capi paper --scenario fixtures/scenarios                          # all of them, as a table
```

This page is made of those files. What it says is true as far as the simulated exchange is true to the real one: what is
known of that, and what is not, stands in [binance.md](binance.md); how else it is proved, in [testing.md](testing.md).
"""


def render(scenarios: Iterable[Scenario]) -> str:
    """Return the page."""
    found = list(scenarios)
    played = sum(one.play is not None for one in found)
    other = sum(one.not_applicable is not None for one in found)
    head = _HEAD.format(played=played, total=len(found), tested=len(found) - played - other, other=other)
    blocks = [head.rstrip()]
    for title, numbers in CHAPTERS:
        chapter = [one for one in found if one.number in numbers]
        blocks += [f"## {title}", *(block for one in chapter for block in _blocks(one))]
    return "\n\n".join(blocks) + "\n"


def _blocks(one: Scenario) -> Iterator[str]:
    yield f"### {one.number}. {one.title}"
    yield _wrapped(f"**What happened.** {one.happened} ({', '.join(map(_link, one.reference))})")
    yield _wrapped(f"**Here.** {one.why if one.not_applicable is None else one.not_applicable}")
    yield _wrapped(f"{_shown_by(one)}")


def _shown_by(one: Scenario) -> str:
    file = f"[{one.file}](../fixtures/scenarios/{one.file})"
    tests = ", ".join(f"`{node}`" for node in one.proved_by)
    if one.not_applicable is not None:
        return f"*Does not apply*: {file}"
    if one.play is None:
        return f"*Proved by* {tests}, named in {file}"
    return f"*Played*: `{one.name}`, {file}" + (f"; *see also* {tests}" if tests else "")


def _link(reference: str) -> str:
    match = _ISSUE.fullmatch(reference)
    return reference if match is None else f"[{reference}](https://github.com/{match[1]}/issues/{match[2]})"


def _wrapped(block: str) -> str:
    return fill(block, _WIDTH, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    sys.stdout.write(render(read_folder(Path(sys.argv[1]))))
