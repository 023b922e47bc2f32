"""How long a call takes: the median over several repeats of many calls, with the garbage collector on, as in use."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured: more repeats give steadier medians, and nothing else."""

    repeats: int
    calls: int  # of a function, in one repeat
    hours: int  # of the bundled market, and of the file of quotes times four
    candle_days: int


FULL = Effort(repeats=9, calls=1000, hours=6, candle_days=30)
QUICK = Effort(repeats=1, calls=10, hours=1, candle_days=1)
"""For trying the script itself: its figures mean little."""


def microseconds(call: Callable[[], object], effort: Effort, calls: int | None = None) -> float:
    """Return the median microseconds of one call. A first round, not counted, warms it up."""
    count = effort.calls if calls is None else calls
    rounds = []
    for _ in range(effort.repeats + 1):
        began = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - began) / count * 1e6)
    return median(rounds[1:])
