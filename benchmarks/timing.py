"""How long a call takes: the median over several repeats of many calls, with the garbage collector on, as in use.

Computing is measured in the processor's time, which on an idle machine is the clock's, and on a busy one leaves out the
waiting for others; what waits for a disk is measured by the clock.
"""

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
    reference_days: int  # of the reference job
    fills: int  # trades that are lived through, live
    passes: int  # live, steady ones
    weight_seconds: int  # over which the weight of a live run is counted


FULL = Effort(
    repeats=9, calls=1000, hours=6, candle_days=30, reference_days=12, fills=100, passes=2000, weight_seconds=60
)
QUICK = Effort(repeats=1, calls=10, hours=1, candle_days=1, reference_days=1, fills=1, passes=10, weight_seconds=1)
"""For trying the script itself: its figures mean little."""


def computing_us(call: Callable[[], object], effort: Effort) -> float:
    """Return the median microseconds of processor time of one call."""
    return _median_us(call, time.process_time, effort.repeats, effort.calls)


def waiting_us(call: Callable[[], object], effort: Effort, calls: int) -> float:
    """Return the median microseconds by the clock of one call, `calls` of them in a repeat."""
    return _median_us(call, time.perf_counter, effort.repeats, calls)


def _median_us(call: Callable[[], object], clock: Callable[[], float], repeats: int, calls: int) -> float:
    """Measure; a first round, not counted, warms the call up."""
    rounds = []
    for _ in range(repeats + 1):
        began = clock()
        for _ in range(calls):
            call()
        rounds.append((clock() - began) / calls * 1e6)
    return median(rounds[1:])
