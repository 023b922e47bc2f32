"""Whole replays as a user starts them: the bundled market with and without the passes that change nothing, and files.

Quotes a second are those of the replay alone, as it reports them; seconds and peak memory are the whole process's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure
from benchmarks.price_files import HOUR_MS, MINUTE_MS, SECOND_MS, write_candles, write_decisions, write_quotes
from benchmarks.processes import Run, run_capi
from benchmarks.timing import Effort

_COUNTED: Final = frozenset({"seconds", "passes"})
"""What may differ between a replay that leaves passes out and one that runs them all."""


def measure(effort: Effort, folder: Path) -> Iterator[Figure]:
    """Yield the figures of each replay; every one runs once."""
    yield from _bundled(effort, folder)
    quotes, decisions = folder / "quotes.csv", folder / "quotes.jsonl"
    write_decisions(decisions, write_quotes(quotes, effort.hours * 4), SECOND_MS, 5 * MINUTE_MS)
    yield from _file(f"{effort.hours * 4} h of one-second quotes", quotes, decisions, folder)
    candles, decisions = folder / "candles.csv", folder / "candles.jsonl"
    write_decisions(decisions, write_candles(candles, effort.candle_days), MINUTE_MS, HOUR_MS)
    yield from _file(f"{effort.candle_days} days of one-minute candles", candles, decisions, folder)


def _bundled(effort: Effort, folder: Path) -> Iterator[Figure]:
    hours = ("paper", "--hours", str(effort.hours), "--json", "--out")
    skipping = run_capi(*hours, str(folder / "skipping"), folder=folder)
    every = run_capi(*hours, str(folder / "every"), "--every-pass", folder=folder)
    if _outcome(skipping) != _outcome(every):
        raise SystemExit("capi paper and capi paper --every-pass made different trades: that is a bug of capi")
    name = f"bundled market, {effort.hours} h"
    yield from _figures(name, skipping)
    yield from _figures(f"{name}, --every-pass", every)
    yield Figure(
        section="replay, one run each",
        name="--every-pass takes",
        value=every.document["seconds"] / skipping.document["seconds"],
        unit="times as long",
        digits=2,
    )


def _file(name: str, prices: Path, decisions: Path, folder: Path) -> Iterator[Figure]:
    out = folder / prices.stem
    arguments = ("paper", "--prices", str(prices), "--decisions", str(decisions), "--json", "--out", str(out))
    yield from _figures(name, run_capi(*arguments, folder=folder))


def _figures(name: str, run: Run) -> Iterator[Figure]:
    document, section = run.document, "replay, one run each"
    what = f"{document['ticks']:,} quotes, {document['passes']:,} passes, {len(document['trades'])} trades"
    rate = document["ticks"] / document["seconds"] if document["seconds"] else 0.0
    yield Figure(section=section, name=name, value=rate, unit="quotes/s", digits=0, note=what)
    yield Figure(section=section, name="  whole process", value=run.seconds, unit="s", digits=2)
    yield Figure(section=section, name="  peak memory", value=run.peak_mb, unit="MB", digits=0)


def _outcome(run: Run) -> dict[str, Any]:
    return {key: value for key, value in run.document.items() if key not in _COUNTED}
