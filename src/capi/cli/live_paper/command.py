"""`capi paper --live`: trade on Binance's public prices with simulated fills until Ctrl-C, then tell the result."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Final

import typer

from capi.adapters.decision_watch import Watch
from capi.cli.live.pace import SignalPace, signal_pace
from capi.cli.live.session import settings_of
from capi.cli.live_paper.session import PaperSession, paper_session
from capi.cli.output import INTERRUPTED, SAFE_MODE, fail, print_json
from capi.cli.replay.run import Result
from capi.cli.replay.show import document_of, show
from capi.core.units import text
from capi.engine.loop import Loop
from capi.settings import Settings

_STOPPED: Final = "stopped by a signal"


def paper_live(config: Path | None, *, as_json: bool) -> None:
    """Run until a signal comes, then end in order and print trades and result."""
    settings = settings_of(config)
    began = time.perf_counter()
    with signal_pace() as pace:
        try:
            with paper_session(settings, pace) as session:
                _trade(session, pace)
                result = _result(session, time.perf_counter() - began)
        except KeyboardInterrupt:
            fail("ended at once: the simulated account ended with it; what was recorded is kept", INTERRUPTED)
    _tell(result, as_json=as_json)


def _trade(session: PaperSession, pace: SignalPace) -> None:
    for line in _banner(session):
        session.console.say(line)
    settings = session.settings
    watch = Watch([settings.decision_file], pace.wake)
    watch.start()
    try:
        interval, market = float(settings.loop.interval_seconds), session.market
        loop = Loop(session.engine, pace, interval, session.recording.passed, streams=market)
        loop.run()
    finally:
        watch.close()
    session.console.says_refusals = False
    session.console.say(f"{_STOPPED}: no new entries; the own open entry is taken down")
    ending = loop.wind_down()
    reason = _STOPPED
    if ending.unsettled is not None:
        reason = f"{_STOPPED}, not settled: {ending.unsettled}"
        session.console.say(reason)
    session.engine.end(reason)
    session.recording.ended(reason)


def _banner(session: PaperSession) -> list[str]:
    settings: Settings = session.settings
    lines = [
        f"paper {settings.symbol} on Binance's public prices; nothing reaches the exchange",
        f"decisions from {settings.decision_file}",
        f"a new account of {text(settings.paper.equity_usdt)} USDT: it ends with this run, and each start begins anew",
    ]
    if session.earlier is not None:
        number = session.earlier.name
        lines.append(f"the last start's record is now run {number}: capi trades --run {number}")
    return lines


def _result(session: PaperSession, seconds: float) -> Result:
    exchange = session.market.exchange
    account = exchange.account
    return Result(
        ticks=session.market.quotes,
        passes=session.recording.passes,
        seconds=seconds,
        figures=session.tally.figures,
        equity_start=text(session.settings.paper.equity_usdt),
        equity_end=text(exchange.measure("equity") or account.wallet),
        fees=text(account.fees),
        funding=text(account.funding),
        open_qty=text(account.qty),
        safe_mode=session.engine.ledger.safe_mode,
        interrupted=False,
        start_ms=session.start_ms,
        at_ms=exchange.now_ms(),
        out=session.folder,
    )


def _tell(result: Result, *, as_json: bool) -> None:
    if as_json:
        print_json(document_of(result))
    else:
        show(result)
    if Decimal(result.open_qty) != 0:
        typer.echo(f"capi: the position of {result.open_qty} ended with the simulated account", err=True)
    typer.echo(f"capi: the journal is {result.out / 'journal.jsonl'}", err=True)
    if result.safe_mode is not None:
        raise typer.Exit(SAFE_MODE)
