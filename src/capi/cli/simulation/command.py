"""`capi paper --faults SEED`: one bad day as a timeline for people, or as the document of `capi paper --json`."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import typer

from capi.adapters.journal_file import read_events
from capi.cli.output import FAILED, REFUSED, SAFE_MODE, USAGE, fail, iso, print_json, table
from capi.cli.replay.run import RunFolderError, RunFolderTaken, new_run_dir
from capi.cli.simulation.catalogue import KINDS
from capi.cli.simulation.draw import Draw, draw
from capi.cli.simulation.run import Run, quietly
from capi.cli.simulation.tally import Outcome, Told
from capi.core.units import ZERO, text
from capi.settings import ConfigError, Settings, load_settings

SYMBOL: Final = "BTCUSDT"
_LEFT_OUT: Final = frozenset({"seq", "event", "at_ms"})
_TIMES: Final = ("opened_at_ms", "closed_at_ms")


def faults(seed: int, *, without: list[str], config: Path | None, out: Path | None, as_json: bool) -> None:
    """Play one seed. With a configuration of your own, it trades by that one instead of the drawn one."""
    for kind in without:
        if kind not in KINDS:
            fail(f"--without {kind}: no such fault; there are {', '.join(sorted(KINDS))}", USAGE)
    settings, folder = _room(config, out)
    drawn = draw(seed) if config is None else replace(draw(seed), config=settings.core())
    lines: list[Told] = []
    began = time.monotonic()
    with quietly():
        run = Run(drawn, folder, muted=frozenset(without), told=lines.append if as_json else _say(drawn))
        outcome = run.run()
    seconds = time.monotonic() - began
    if as_json:
        print_json(_document(run, outcome, lines, seconds, folder))
    else:
        _show(run, outcome, folder)
    typer.echo(f"capi: the journal is {folder / 'journal.jsonl'}", err=True)
    if outcome.violation is not None:
        fail(f"{outcome.sentence}: this is a bug of capi: keep the journal, and report the seed", FAILED)
    if outcome.safe_mode is not None:
        raise typer.Exit(SAFE_MODE)


def _room(config: Path | None, out: Path | None) -> tuple[Settings, Path]:
    try:
        settings = load_settings(config)
        if config is not None and settings.symbol != SYMBOL:
            fail(f"{config}: symbol is {settings.symbol}, and bad days are {SYMBOL}'s: leave --config out", USAGE)
        return settings, new_run_dir(settings, out)
    except ConfigError as error:
        fail(str(error), USAGE)
    except RunFolderTaken as error:
        fail(str(error), REFUSED)
    except RunFolderError as error:
        fail(str(error), FAILED)


class _say:  # noqa: N801 (called like a function)
    """Prints the timeline while it happens."""

    def __init__(self, drawn: Draw) -> None:
        self._start_ms = drawn.start_ms
        typer.echo(f"seed {drawn.seed}, from {iso(drawn.start_ms)}: {_day(drawn)}")
        typer.echo(f"{'time':>9}  {'mark':>9}   what")

    def __call__(self, told: Told) -> None:
        at, mark = (told.at_ms - self._start_ms) / 1000, f"{told.price:.1f}"
        sign = "!" if told.is_fault else " "
        typer.echo(f"{at:9.3f}  {mark:>9} {sign} {told.kind}: {told.text}".rstrip(": "))


def _day(drawn: Draw) -> str:
    words = "a good day" if drawn.badness == 0 else f"badness {drawn.badness:g}"
    pace = f"a pass each {drawn.interval_ms} ms, {drawn.trip_ms} ms to the exchange"
    return f"{words}, equity {text(drawn.equity)} USDT, {pace}, {'with' if drawn.streams else 'without'} streams"


def _show(run: Run, outcome: Outcome, folder: Path) -> None:
    trades = list(_trades(folder))
    typer.echo("")
    if trades:
        columns = ("opened", "side", "qty", "entry", "exit", "by", "net PnL", "naked s", "decision")
        keys = ("opened_at", "side", "qty", "entry_price", "exit_price", "exit_reason", "net_pnl", "naked_seconds")
        table(columns, [[*(str(trade[key]) for key in keys), str(trade["decision_id"])] for trade in trades])
    else:
        typer.echo("No trade was closed.")
    figures = outcome.figures
    typer.echo("")
    table(
        ("result", "value"),
        [
            ("passes", str(figures.passes)),
            ("orders sent", str(figures.orders)),
            ("faults", ", ".join(f"{kind} {count}" for kind, count in sorted(figures.faults.items())) or "none"),
            ("longest without a stop", f"{figures.naked_ms / 1000:.3f} s after {figures.naked_cause or 'nothing'}"),
            ("the same, silenced or down", f"{figures.kept_ms / 1000:.3f} s"),
            ("equity at the end", text(run.equity)),
            ("invariants", "all held" if outcome.violation is None else f"{outcome.violation.number} was broken"),
        ],
    )


def _document(run: Run, outcome: Outcome, lines: list[Told], seconds: float, folder: Path) -> dict[str, Any]:
    """Return the document: as of any replay, and what went wrong. Only `seconds` is wall-clock time."""
    trades, broken, figures = list(_trades(folder)), outcome.violation, outcome.figures
    account = run.world.exchange.account
    return {
        "seed": outcome.seed,
        "ticks": run.quotes,
        "passes": figures.passes,
        "seconds": round(seconds, 3),
        "trades": trades,
        "net_pnl": sum((Decimal(trade["net_pnl"]) for trade in trades if trade["net_pnl"] is not None), ZERO),
        "fees": account.fees,
        "funding": account.funding,
        "naked_seconds_max": Decimal(figures.naked_ms) / 1000,
        "naked_seconds_max_silenced_or_down": Decimal(figures.kept_ms) / 1000,
        "equity_start": run.draw.equity,
        "equity_end": run.equity,
        "open_qty": outcome.qty,
        "orders": figures.orders,
        "faults": dict(sorted(figures.faults.items())),
        "violation": None
        if broken is None
        else {"invariant": broken.number, "at": iso(broken.at_ms), "sentence": broken.sentence},
        "safe_mode": outcome.safe_mode,
        "ended_at": iso(outcome.at_ms),
        "timeline": [
            {"at": iso(told.at_ms), "mark": told.price, "kind": told.kind, "text": told.text, "fault": told.is_fault}
            for told in lines
        ],
    }


def _trades(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the closed trades, as the journal has them."""
    for event in read_events(folder / "journal.jsonl"):
        if event["event"] == "trade_closed":
            trade = {key: value for key, value in event.items() if key not in _LEFT_OUT}
            for key in _TIMES:
                trade[key.removesuffix("_ms")] = iso(trade.pop(key))
            yield trade
