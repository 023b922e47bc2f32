"""`capi paper --serve PORT`: check what was asked for, serve until a signal comes, and end in order."""

import asyncio
import os
import signal
from decimal import Decimal
from pathlib import Path
from typing import Final

import typer

from capi import bootstrap
from capi.adapters.instruments import InstrumentError, read_exchange_info
from capi.adapters.paper.config import PaperConfig
from capi.adapters.prices import PricesError, Report, open_prices
from capi.cli.output import FAILED, USAGE, fail, print_json
from capi.cli.serve.prices import Source, fixed, generated, replayed
from capi.cli.serve.security import Credentials
from capi.cli.serve.server import HOST, Server
from capi.cli.serve.venue import Venue
from capi.core.account import Instrument
from capi.core.units import plain, text
from capi.core.value import value
from capi.settings import ConfigError, Settings, load_settings

GENERATED_SYMBOL: Final = "BTCUSDT"
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@value
class ServeOptions:
    """What the command line says. `speed`: how many times as fast as they came the prices are told."""

    port: int
    prices: Path | None
    price: Decimal | None
    speed: Decimal | None
    seed: int | None
    instrument: Path | None
    control: bool
    as_json: bool
    config: Path | None


def serve(options: ServeOptions) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a sentence when it cannot."""
    try:
        settings = load_settings(options.config, {"paper": {"seed": options.seed}})
        found = None if options.instrument is None else read_exchange_info(options.instrument, settings.symbol)
        instrument = bootstrap.paper_instrument(settings, found)
        source = _source(options, settings, instrument)
        asyncio.run(_serve(options, settings, instrument, source))
    except (ConfigError, InstrumentError, PricesError) as error:
        fail(str(error), USAGE)


def _source(options: ServeOptions, settings: Settings, instrument: Instrument) -> Source:
    if options.price is not None:
        for name, given in (("--prices", options.prices), ("--speed", options.speed), ("--seed", options.seed)):
            if given is not None:
                fail(f"{name} has no meaning with --price: leave one of them out", USAGE)
        if options.price < instrument.tick_size:
            fail(f"--price {options.price} is below the tick {instrument.tick_size} of {instrument.symbol}", USAGE)
        return fixed(options.price, instrument.tick_size)
    speed = Decimal(1) if options.speed is None else options.speed
    if options.prices is not None:
        if options.seed is not None:
            fail("--seed is of the generated market: leave it out with --prices", USAGE)
        opened = open_prices(options.prices, instrument, Report())
        return replayed(opened.rows(), speed, f"read from {options.prices}", lambda: opened.warnings)
    if settings.symbol != GENERATED_SYMBOL:
        what = f"the generated market is {GENERATED_SYMBOL}, not {settings.symbol}"
        fail(f"symbol: {what}: give --prices FILE or --price PRICE", USAGE)
    return generated(settings.paper.seed, speed)


async def _serve(options: ServeOptions, settings: Settings, instrument: Instrument, source: Source) -> None:
    paper = settings.paper
    config = PaperConfig(maker_fee=paper.maker_fee, taker_fee=paper.taker_fee, delay_ms=paper.delay_ms)
    venue = Venue(instrument, Decimal(paper.equity_usdt), config)
    server = Server(venue, _credentials(settings), source, control=options.control)
    server.ended = lambda: _tell_end(source)
    stop = _stop_on_signal()
    try:
        await server.start(options.port)
    except OSError as error:
        what = f"port {options.port} of {HOST} cannot be used ({os.strerror(error.errno) if error.errno else error})"
        fail(f"{what}: end what uses it, name another port, or 0 for any free one", FAILED)
    _tell(options, settings, server, source)
    failed = asyncio.create_task(server.failed())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((failed, stopped), return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            await failed
    finally:
        await server.stop()
    state = venue.state
    typer.echo(
        f"capi: stopped; equity {text(plain(state.equity))} USDT, position {text(plain(state.account.qty))}, "
        f"{sum(map(len, state.book.worlds.values()))} open orders",
        err=True,
    )


def _credentials(settings: Settings) -> Credentials:
    """Return the configured key and secret, so that `capi run` finds its own; without both the well-known pair."""
    exchange = settings.exchange
    if exchange.api_key is None or exchange.api_secret is None:
        return Credentials()
    return Credentials(exchange.api_key.get_secret_value(), exchange.api_secret.get_secret_value())


def _tell(options: ServeOptions, settings: Settings, server: Server, source: Source) -> None:
    rest, streams = f"http://{HOST}:{server.port}", f"ws://{HOST}:{server.port}"
    known = settings.exchange.api_key is None or settings.exchange.api_secret is None
    if options.as_json:
        keys = {"key": "paper", "secret": "paper"} if known else {}
        print_json(
            {"rest_url": rest, "stream_url": streams, "symbol": settings.symbol, "control": options.control} | keys
        )
        return
    pair = 'key "paper", secret "paper"' if known else "the key and the secret of the configuration"
    typer.echo(f"Paper exchange of {settings.symbol}: REST {rest}, streams {streams}")
    typer.echo(
        f"Sign with {pair}. The account holds {text(settings.paper.equity_usdt)} USDT; the market is {source.told}."
    )
    if options.control:
        typer.echo(f"Control: {rest}/control")
    typer.echo("Ctrl-C ends it.")


def _tell_end(source: Source) -> None:
    for sentence in (*source.warnings(), "the prices have come to their end: the market stands still"):
        typer.echo(f"capi: {sentence}", err=True)


def _stop_on_signal() -> asyncio.Event:
    """Return what is set by the first signal; a second one ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def first() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        stop.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, first)
    return stop
