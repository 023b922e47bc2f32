"""What a replay is made of: prices, decisions, instrument and a fresh folder, opened and checked."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path

from capi import bootstrap
from capi.adapters.decision_replay import ReplayDecisions, read_decisions_jsonl
from capi.adapters.fields import InputError
from capi.adapters.instruments import read_exchange_info
from capi.adapters.prices import Batch, Candle, Report, open_prices
from capi.adapters.prices.generated import generate
from capi.cli.output import iso
from capi.cli.replay.run import Result, RunFolderError, new_run_dir
from capi.core.account import Instrument
from capi.core.units import text
from capi.core.value import value
from capi.ports.market import Quote
from capi.settings import Settings

BUNDLED_SYMBOL = "BTCUSDT"
DECISIONS_NAME = "decisions.jsonl"
QUOTES_PER_BATCH = 512


@value
class Inputs:
    """Everything that one replay needs. `fraction` and `warnings` grow while the batches are read."""

    settings: Settings
    instrument: Instrument
    decisions: ReplayDecisions
    batches: Iterator[Batch]
    fraction: Callable[[], float]
    warnings: Callable[[], list[str]]
    out: Path


def bundled(settings: Settings, hours: int, out: Path | None) -> Inputs:
    """Return the generated market; its decisions are written into the run's folder, as a file to look at.

    Raises InputError for another symbol, and RunFolderError.
    """
    if settings.symbol != BUNDLED_SYMBOL:
        what = f"the bundled market is {BUNDLED_SYMBOL}, not {settings.symbol}"
        raise InputError(f"symbol: {what}; give --prices and --decisions")
    instrument = bootstrap.paper_instrument(settings, None)
    quotes, written = generate(settings.paper.seed, hours)
    lines = "".join(f"{_line(decision)}\n" for decision in written)
    folder = new_run_dir(settings, out)  # only now: what ends before leaves nothing behind
    path = folder / DECISIONS_NAME
    try:
        path.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise RunFolderError.of(folder, error) from error
    total, seen = hours * 3600, [0]

    def counted() -> Iterator[Batch]:
        while batch := list[Quote | Candle](islice(quotes, QUOTES_PER_BATCH)):
            seen[0] += len(batch)
            yield batch

    return Inputs(
        settings=settings,
        instrument=instrument,
        decisions=read_decisions_jsonl(path, settings.symbol, settings.id_prefix),
        batches=counted(),
        fraction=lambda: seen[0] / total,
        warnings=list,
        out=folder,
    )


def from_files(
    settings: Settings, prices: Path, decisions: Path, instrument_file: Path | None, out: Path | None
) -> Inputs:
    """Return what the files hold. Raises InputError, PricesError, InstrumentError and RunFolderError."""
    known = None if instrument_file is None else read_exchange_info(instrument_file, settings.symbol)
    instrument = bootstrap.paper_instrument(settings, known)
    source = open_prices(prices, instrument, Report())
    read = read_decisions_jsonl(decisions, settings.symbol, settings.id_prefix)
    batches = source.batches()
    first = next(batches)  # before the folder is made: a file without a usable row leaves nothing behind
    return Inputs(
        settings=settings,
        instrument=instrument,
        decisions=read,
        batches=chain((first,), batches),
        fraction=lambda: source.fraction,
        warnings=lambda: [*read.problems, *source.warnings],
        out=new_run_dir(settings, out),
    )


def apart(inputs: Inputs, result: Result) -> list[str]:
    """Return a warning when the decisions and the prices are of different times: then nothing can have been traded."""
    age_max_ms = int(inputs.settings.loop.decision_age_seconds_max * 1000)
    if result.interrupted or inputs.decisions.any_made(result.start_ms - age_max_ms, result.at_ms):
        return []
    first_ms, last_ms = inputs.decisions.span_ms
    prices, decisions = f"{iso(result.start_ms)} to {iso(result.at_ms)}", f"{iso(first_ms)} to {iso(last_ms)}"
    what = f"no decision falls into the time of the prices ({prices}; the decisions: {decisions})"
    return [f"{what}, so nothing was traded: check the dates of both files"]


def _line(value: object) -> str:
    """Return a generated decision as decision.json would say it: numbers with their own digits."""
    match value:
        case Decimal():
            return text(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {_line(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_line(item) for item in value) + "]"
        case _:
            return json.dumps(value)
