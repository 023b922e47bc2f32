"""`capi paper`: the real engine, rules and ledger on a simulated exchange."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, INTERRUPTED, REFUSED, SAFE_MODE, USAGE, fail, iso, print_json

if TYPE_CHECKING:
    from capi.cli.replay.inputs import Inputs
    from capi.cli.replay.run import Result


HOURS: Final = 6


def _folder(text: str) -> Path:
    """Return the folder that is named. An empty name, as of an unset variable, is not the current folder."""
    if not text:
        fail("--out names no folder: name one, or leave it out", USAGE)
    return Path(text)


def _above_zero(text: str) -> Decimal:
    """Return a number above zero, in fixed point."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text, re.ASCII) or not (number := Decimal(text)):
        fail(f"{text!r} is no number above zero: write it like 76915.5", USAGE)
    return number


def paper(
    prices: Annotated[
        Path | None,
        typer.Option(readable=False, help="Prices to replay: CSV, zipped CSV or Parquet, recognised by their columns."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            readable=False, help="Decisions to replay: decision.json, one a line, each known from its timestamp."
        ),
    ] = None,
    instrument: Annotated[
        Path | None,
        typer.Option(readable=False, help="The symbol's filters: a saved exchangeInfo. Default: a built-in table."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=_folder, metavar="<path>", help="Folder for the journal. Default: <state_dir>/runs/<number>."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the bundled market. Default: paper.seed.")] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, max=240, help=f"Length of the bundled market. Default: {HOURS}.")
    ] = None,
    every_pass: Annotated[
        bool, typer.Option("--every-pass", help="Run also the passes that would change nothing. Slow; the same trades.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    serve: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="<port>", help="Serve the exchange over Binance's wire; 0: any port."),
    ] = None,
    price: Annotated[
        Decimal | None,
        typer.Option(parser=_above_zero, metavar="<price>", help="Of --serve: a book that stands still."),
    ] = None,
    speed: Annotated[
        Decimal | None, typer.Option(parser=_above_zero, metavar="<times>", help="Of --serve: as fast as they came: 1.")
    ] = None,
    control: Annotated[bool, typer.Option("--control", help="Of --serve: let tests move it, under /control.")] = False,
    scenario: Annotated[
        Path | None,
        typer.Option(readable=False, help="Play an incident as a timeline, or a folder of them as a table."),
    ] = None,
    faults: Annotated[
        int | None, typer.Option(metavar="<seed>", help="A bad day of the exchange, drawn from a seed, as a timeline.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(metavar="<kind>", help="Of --faults: leave a kind out; may be repeated.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Trade in real time on Binance's public prices; decisions as in capi run.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Trade on a simulated exchange: a bundled market, or your own prices and decisions. Needs no keys.

    Inside a candle the price takes the path that is worse for us: the stop comes before the target.

    Example: capi paper --prices BTCUSDT-1m.zip --decisions decisions.jsonl
    """
    if faults is not None:
        files: dict[str, object] = {
            "--prices": prices,
            "--decisions": decisions,
            "--instrument": instrument,
            "--scenario": scenario,
        }
        market: dict[str, object] = {"--seed": seed, "--hours": hours, "--every-pass": every_pass or None}
        market["--live"] = live or None
        served = {"--serve": serve, "--price": price, "--speed": speed, "--control": control or None}
        _faults(faults, without or [], {**files, **market, **served}, config, out, as_json=as_json)
        return
    if without:
        fail("--without is of a bad day: give --faults SEED as well, or leave it out", USAGE)
    if live:
        replayed = {"--prices": prices, "--decisions": decisions, "--instrument": instrument, "--out": out}
        market = {"--seed": seed, "--hours": hours, "--every-pass": every_pass or None, "--scenario": scenario}
        served = {"--serve": serve, "--price": price, "--speed": speed, "--control": control or None}
        _live({**replayed, **market, **served}, config, as_json=as_json)
        return
    if scenario is not None:
        files = {"--prices": prices, "--decisions": decisions, "--instrument": instrument, "--out": out}
        market = {"--seed": seed, "--hours": hours, "--every-pass": every_pass or None, "--config": config}
        served = {"--serve": serve, "--price": price, "--speed": speed, "--control": control or None}
        _scenario(scenario, {**files, **market, **served}, as_json=as_json)
        return
    if serve is not None:
        given = {"--decisions": decisions, "--out": out, "--hours": hours, "--every-pass": every_pass or None}
        _serve(serve, given, prices, price, speed, seed, instrument, control, as_json, config)
        return
    for name, value in (("--price", price), ("--speed", speed), ("--control", control or None)):
        if value is not None:
            fail(f"{name} is of the served exchange: give --serve PORT as well, or leave it out", USAGE)
    from capi.cli.replay.interrupts import ends_at_once

    journal: Path | None = None
    try:
        with ends_at_once():
            inputs = _inputs(config, prices, decisions, instrument, out, seed, hours)
            journal = inputs.out / "journal.jsonl"
            result = _run(inputs, every_pass=every_pass)
    except KeyboardInterrupt:
        if journal is None or not journal.exists():
            fail("interrupted before the first price; nothing was traded", INTERRUPTED)
        fail(f"interrupted at once; what was done until then is in the journal {journal}", INTERRUPTED)
    _tell(inputs, result, as_json=as_json)


def _faults(
    seed: int,
    without: list[str],
    without_meaning: Mapping[str, object],
    config: Path | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Play one bad day; the seed brings prices and decisions."""
    from capi.cli.simulation.command import faults

    for name, value in without_meaning.items():
        if value is not None:
            fail(f"{name} means nothing to a bad day, its seed says it all: leave it out with --faults", USAGE)
    faults(seed, without=without, config=config, out=out, as_json=as_json)


def _live(without_meaning: Mapping[str, object], config: Path | None, *, as_json: bool) -> None:
    """Trade on live prices until a signal comes."""
    from capi.cli.live_paper.command import paper_live

    for name, value in without_meaning.items():
        if value is not None:
            fail(f"{name} has no meaning on live prices: leave it out with --live", USAGE)
    paper_live(config, as_json=as_json)


def _scenario(path: Path, without_meaning: Mapping[str, object], *, as_json: bool) -> None:
    """Play what stands in a scenario's file; it brings its own prices, decisions and configuration."""
    from capi.cli.scenario.command import scenario

    for name, value in without_meaning.items():
        if value is not None:
            fail(f"{name} means nothing to a scenario, its file says it all: leave it out with --scenario", USAGE)
    scenario(path, as_json=as_json)


def _serve(
    port: int,
    without_meaning: Mapping[str, object],
    prices: Path | None,
    price: Decimal | None,
    speed: Decimal | None,
    seed: int | None,
    instrument: Path | None,
    control: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Serve the exchange until a signal comes."""
    from capi.cli.serve.command import ServeOptions, serve

    for name, value in without_meaning.items():
        if value is not None:
            fail(f"{name} is of a replay: leave it out with --serve", USAGE)
    serve(
        ServeOptions(
            port=port,
            prices=prices,
            price=price,
            speed=speed,
            seed=seed,
            instrument=instrument,
            control=control,
            as_json=as_json,
            config=config,
        )
    )


def _inputs(
    config: Path | None,
    prices: Path | None,
    decisions: Path | None,
    instrument: Path | None,
    out: Path | None,
    seed: int | None,
    hours: int | None,
) -> "Inputs":
    """Return what is to be replayed, or end with a sentence."""
    from capi.adapters.fields import InputError
    from capi.adapters.instruments import InstrumentError
    from capi.adapters.prices import PricesError
    from capi.cli.replay.inputs import bundled, from_files
    from capi.cli.replay.run import RunFolderError, RunFolderTaken
    from capi.settings import ConfigError, load_settings

    try:
        settings = load_settings(config, {"paper": {"seed": seed}})
        if prices is None and decisions is None:
            if instrument is not None:
                fail("--instrument is of a replay: give --prices and --decisions as well, or leave it out", USAGE)
            return bundled(settings, hours or HOURS, out)
        if prices is None or decisions is None:
            missing = "--prices" if prices is None else "--decisions"
            fail(f"{missing} is missing: a replay needs both --prices and --decisions", USAGE)
        for name, given in (("--seed", seed), ("--hours", hours)):
            if given is not None:
                fail(f"{name} is of the bundled market: leave it out with --prices and --decisions", USAGE)
        return from_files(settings, prices, decisions, instrument, out)
    except (ConfigError, InputError, PricesError, InstrumentError) as error:
        fail(str(error), USAGE)
    except RunFolderTaken as error:
        fail(str(error), REFUSED)
    except RunFolderError as error:
        fail(str(error), FAILED)


def _run(inputs: "Inputs", *, every_pass: bool) -> "Result":
    """Return what the replay came to, or end with a sentence."""
    from capi.adapters.prices import PricesError
    from capi.cli.replay.facts import InvariantBroken
    from capi.cli.replay.progress import progress_bar
    from capi.cli.replay.run import replay

    try:
        with progress_bar(inputs.fraction) as progress:
            return replay(
                inputs.settings,
                batches=inputs.batches,
                decisions=inputs.decisions,
                instrument=inputs.instrument,
                out=inputs.out,
                every_pass=every_pass,
                progress=progress,
            )
    except PricesError as error:
        fail(str(error), USAGE)
    except InvariantBroken as error:
        fail(f"{error}: this is a bug of capi: keep the journal {inputs.out / 'journal.jsonl'} and report it", FAILED)
    except OSError as error:
        what = f"{inputs.out / 'journal.jsonl'}: {error.strerror or error}, what was written until then is kept"
        fail(f"{what}: free some space, correct its rights, or name another folder with --out", FAILED)


def _tell(inputs: "Inputs", result: "Result", *, as_json: bool) -> None:
    from capi.cli.replay.inputs import apart
    from capi.cli.replay.show import document_of, show

    for warning in (*inputs.warnings(), *apart(inputs, result)):
        typer.echo(f"capi: {warning}", err=True)
    try:
        if as_json:
            print_json(document_of(result))
        else:
            show(result)
    finally:  # also when nobody reads the tables
        if result.interrupted:
            at = iso(result.at_ms)
            typer.echo(f"capi: interrupted at {at} of the replay; what was done until then is kept", err=True)
        typer.echo(f"capi: the journal is {result.out / 'journal.jsonl'}", err=True)
    if result.safe_mode is not None:
        raise typer.Exit(SAFE_MODE)
