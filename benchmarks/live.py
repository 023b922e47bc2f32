"""Live, on an exchange that is 10 ms away: from a fill to its stop, from a decision to its entry, what a pass costs."""

import gc
import random
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure
from benchmarks.live_stage import AWAY_MS, LiveRun, Wire, venue
from benchmarks.timing import Effort
from capi.adapters.binance.limits import Budget, Urgency
from capi.core.errors import Throttled

WEIGHT_LIMIT: Final = 2400
_STOP: Final = "POST /fapi/v1/algoOrder"
_ENTRY: Final = "POST /fapi/v1/order"


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield every figure of the section."""
    yield from _latencies(effort, folder)
    yield from _passes(effort, folder)
    yield from _weights(effort, folder)


def _latencies(effort: Effort, folder: Path) -> Iterator[Figure]:
    wire, dice = Wire(), random.Random(7)
    with ExitStack() as stack:
        served = stack.enter_context(venue(folder, away_ms=AWAY_MS))
        stack.enter_context(wire.tapped())
        run = LiveRun(served, folder / "latencies", stack, interval=0.25)
        _trade(run, wire, 0, dice)  # sets the leverage
        trades = [_trade(run, wire, number, dice) for number in range(1, effort.fills + 1)]
    section = f"live, exchange {AWAY_MS} ms away each way, {effort.fills} trades"
    stops = [stop * 1000 for stop, _ in trades]
    entries = [entry * 1000 for _, entry in trades]
    yield Figure(section=section, name="fill event → stop on the wire, median", value=median(stops), unit="ms",
                 digits=2, target=2, note="own time")  # fmt: skip
    yield Figure(section=section, name="fill event → stop on the wire, p99", value=percentile(stops, 99), unit="ms",
                 digits=2, target=8, note=f"worst {max(stops):.2f} ms")  # fmt: skip
    yield Figure(section=section, name="file replaced → entry on the wire, median", value=median(entries), unit="ms",
                 digits=1, target=30, note=f"p99 {percentile(entries, 99):.0f} ms; one look included")  # fmt: skip


def _trade(run: LiveRun, wire: Wire, number: int, dice: random.Random) -> tuple[float, float]:
    """Live through one trade; return seconds from the fill's event to its stop, and from the decision to its entry."""
    name = f"b{number}"
    decided_at = _decided(run, name, dice)
    entry_at = wire.first(_ENTRY, decided_at)
    run.until(lambda: not run.reports[-1].outcomes)  # the dead-man switch is armed: nothing is under way
    moved_at: list[float] = []

    def market() -> None:
        time.sleep(dice.uniform(0.0, 0.3))  # a fill comes when it comes: between passes, or while one reads
        moved_at.append(time.perf_counter())
        run.venue.control("price", bid="76890.0", ask="76890.1")

    mover = threading.Thread(target=market)
    mover.start()
    run.until(lambda: run.status_of(f"capi_sl_{name}", "algo") == "NEW")
    mover.join()
    heard_at = wire.heard_first(moved_at[0])
    stop_at = None if heard_at is None else wire.first(_STOP, heard_at)
    if entry_at is None or heard_at is None or stop_at is None:
        raise SystemExit(f"trade {name}: {entry_at=} {heard_at=} {stop_at=}")
    _leave(run)
    return stop_at - heard_at, entry_at - decided_at


def _decided(run: LiveRun, name: str, dice: random.Random) -> float:
    """Let a decision come at some time after a pass, and run until its entry rests; return when it came."""
    decided_at: list[float] = []

    def trader() -> None:
        time.sleep(dice.uniform(0.05, 0.2))
        decided_at.append(run.decide(name))

    writer = threading.Thread(target=trader)
    writer.start()
    run.until(lambda: run.status_of(f"capi_entry_{name}") == "NEW")
    writer.join()
    return decided_at[0]


def _leave(run: LiveRun) -> None:
    """Have the position closed by hand and all of the trade settled."""
    ledger = run.engine.ledger
    run.until(lambda: ledger.trades.open is not None and not run.reports[-1].outcomes)
    run.venue.control("price", bid="76915.0", ask="76915.1")
    run.venue.control("order", side="SELL", type="MARKET", quantity="0.013")
    while ledger.trades.open is not None or ledger.orders.unsettled:
        run.skip(3)
        run.passes(2)
    run.settle()


def _hold(run: LiveRun) -> None:
    """Let the resting entry fill, and have its stop and targets rest."""
    run.venue.control("price", bid="76890.0", ask="76890.1")
    run.until(lambda: run.engine.ledger.trades.open is not None)
    run.settle()
    run.until(lambda: len(run.engine.ledger.orders.unsettled) == 3)


def _passes(effort: Effort, folder: Path) -> Iterator[Figure]:
    """CPU of a steady pass with a guarded position, and what the memory does over many of them."""
    with ExitStack() as stack:
        served = stack.enter_context(venue(folder, away_ms=0))
        served.control("limits", weight_minute=10**9, orders_ten_seconds=10**9, orders_minute=10**9)
        run = LiveRun(served, folder / "passes", stack, interval=0.0)
        _decided(run, "steady", random.Random(7))
        _hold(run)
        run.passes(effort.passes // 10 + 20)
        gc.collect()
        before_mb, began = _memory_mb(), time.process_time()
        run.passes(effort.passes)
        cpu_ms = (time.process_time() - began) * 1000 / effort.passes
        grown_mb = _memory_mb() - before_mb
    section = f"live, {effort.passes:,} steady passes, position guarded"
    yield Figure(section=section, name="CPU of a pass, streams included", value=cpu_ms, unit="ms", digits=2, target=3)
    yield Figure(section=section, name="memory at the end", value=_memory_mb(), unit="MB", digits=0, target=120,
                 note=f"{grown_mb:+.1f} MB over the passes")  # fmt: skip


def _weights(effort: Effort, folder: Path) -> Iterator[Figure]:
    """REST weight of a minute at an interval of a second, with streams and without, side by side."""
    with counted_weight() as spent, ThreadPoolExecutor(2) as pool:
        pending = [pool.submit(_weight, effort, folder, spent, streams) for streams in (True, False)]
        used = [one.result() for one in pending]
    section = f"live, REST weight at a 1 s interval, position guarded, over {effort.weight_seconds} s"
    for name, share, target in (("with streams", used[0], 10), ("without streams", used[1], 30)):
        yield Figure(section=section, name=f"of the limit, {name}", value=share * 100, unit="%", target=target)


def _weight(effort: Effort, folder: Path, spent: "Spent", streams: bool) -> float:
    """Return the share of the minute's limit that is used."""
    with ExitStack() as stack:
        served = stack.enter_context(venue(folder, away_ms=AWAY_MS))
        run = LiveRun(served, folder / f"weight-{streams}", stack, interval=1.0, streams=streams)
        _decided(run, "weighed", random.Random(7))
        _hold(run)
        run.passes(5)
        began = time.monotonic()
        run.until(lambda: time.monotonic() - began > effort.weight_seconds, seconds=effort.weight_seconds + 60)
        return spent(run.exchange.budget, began) / (time.monotonic() - began) * 60 / WEIGHT_LIMIT


Spent = Callable[[Budget, float], int]
"""Returns the weight that a budget has spent since a time, by `time.monotonic`."""


@contextmanager
def counted_weight() -> Iterator[Spent]:
    """Count every weight that is taken from a budget."""
    take, taken = Budget.take, list[tuple[int, float, int]]()

    def counted(budget: Budget, now_ms: int, weight: int, orders: int, urgency: Urgency) -> Throttled | None:
        held = take(budget, now_ms, weight, orders, urgency)
        if held is None:
            taken.append((id(budget), time.monotonic(), weight))
        return held

    Budget.take = counted  # type: ignore[method-assign]
    try:
        yield lambda budget, since: sum(it for one, at, it in taken if one == id(budget) and at >= since)
    finally:
        Budget.take = take  # type: ignore[method-assign]


def percentile(values: Sequence[float], rank: int) -> float:
    """Return the value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * rank // 100)]


def _memory_mb() -> float:
    """Return the memory that this process holds now; where the system does not tell, its peak."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
