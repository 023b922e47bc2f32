"""One run on live prices: the room is locked and empty, the symbol trades, prices come, the engine has started."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from returns.pipeline import is_successful

from capi import bootstrap
from capi.adapters.binance.inquiry import Inquiry
from capi.adapters.binance.wire_inquiry import PERPETUAL, TRADING
from capi.adapters.duckdb.thread import ProjectionThread
from capi.cli.live.console import Console
from capi.cli.live.own_room import locked_room, make_room, opened_journal
from capi.cli.live.pace import SignalPace
from capi.cli.live.teller import Teller
from capi.cli.live_paper.market import LiveMarket
from capi.cli.live_paper.room import put_away
from capi.cli.output import FAILED, INTERRUPTED, USAGE, fail
from capi.cli.replay.tally import Tally
from capi.core.account import Instrument
from capi.core.value import value
from capi.core.volatility import CANDLES
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.engine.told import RememberedAlerts
from capi.settings import Settings

FIRST_PRICE_SECONDS: Final = 15.0
"""How long a start waits for the first price, of streams or of REST."""


@value
class PaperSession:
    """An engine that has started and not yet passed. `earlier`: where the last start's record is now."""

    settings: Settings
    market: LiveMarket
    engine: Engine
    tally: Tally
    console: Console
    recording: "Recording"
    folder: Path
    earlier: Path | None
    start_ms: int


class Recording:
    """Is told of each pass: the console, status.json, the database."""

    def __init__(self, folder: Path, settings: Settings, console: Console, engine: Engine, alerts: RememberedAlerts):
        self.projection: Final = ProjectionThread(folder)
        self.passes = 0
        self._console: Final = console
        self._engine: Final = engine
        self._board: Final = bootstrap.live_paper_status(folder, settings, alerts, self.projection)
        self._last_ms = 0

    def passed(self, report: PassReport, seconds: float) -> None:
        """Show what a pass saw and did."""
        self.passes += 1
        self._last_ms = report.at_ms
        self._console.passed(report)
        self._board.passed(report, self._engine.ledger, seconds)

    def ended(self, reason: str) -> None:
        """Have the last events in the database, and show that the run has ended, and why."""
        self.projection.close()
        self._board.ended(reason, self._last_ms)


@contextmanager
def paper_session(settings: Settings, pace: SignalPace) -> Iterator[PaperSession]:
    """Open a session; each price that comes wakes `pace`. Ends with a sentence where one cannot be.

    The instrument, the clock and the prices are Binance's; fees and equity are those of [paper].
    """
    folder = bootstrap.live_paper_folder(settings)
    with ExitStack() as stack:
        make_room(folder)
        stack.enter_context(locked_room(folder))
        inquiry = bootstrap.public_inquiry(settings)
        stack.callback(inquiry.close)
        market = _market(settings, inquiry, stack, pace.wake)
        _await_price(market, pace)
        earlier = put_away(folder, settings)
        tally = Tally(stack.enter_context(opened_journal(folder)))
        teller = Teller()
        stack.callback(teller.close)
        console = Console(teller, sends=True)
        alerts = RememberedAlerts(console)
        engine = bootstrap.live_paper_engine(market, market, tally, alerts, settings)
        _start(engine, folder)
        recording = Recording(folder, settings, console, engine, alerts)
        recording.projection.start()
        stack.callback(recording.projection.close)
        yield PaperSession(
            settings=settings,
            market=market,
            engine=engine,
            tally=tally,
            console=console,
            recording=recording,
            folder=folder,
            earlier=earlier,
            start_ms=market.now_ms(),
        )


def _start(engine: Engine, folder: Path) -> None:
    try:
        engine.start()
    except OSError as error:
        fail(f"{folder}: the journal cannot be written ({error.strerror or error}): see to its disk and rights", FAILED)


def _market(settings: Settings, inquiry: Inquiry, stack: ExitStack, wake: Callable[[], None]) -> LiveMarket:
    measured = inquiry.measure_clock()
    if not is_successful(measured):
        why = measured.failure().message
        fail(f"Binance's clock cannot be read ({why}): see to network and exchange.rest_url", FAILED)
    instrument = bootstrap.paper_instrument(settings, _instrument(settings, inquiry))
    exchange = bootstrap.paper_exchange(settings, instrument, inquiry.clock.now_ms())
    prices = bootstrap.public_prices(settings, inquiry, wake)
    market = LiveMarket(exchange, prices, inquiry.clock)
    candles = inquiry.candles(CANDLES + 2)  # one more than are averaged, for the close before, and the open one
    if is_successful(candles):  # else volatility is measured from the first quote on
        market.remember(candles.unwrap())
    prices.start()
    stack.callback(prices.close)
    return market


def _instrument(settings: Settings, inquiry: Inquiry) -> Instrument:
    answer = inquiry.listing()
    if not is_successful(answer):
        fail(f"the symbol's filters cannot be read ({answer.failure().message}): see to network, start again", FAILED)
    listing = answer.unwrap()
    if listing is None:
        fail(f"Binance does not list {settings.symbol}: correct symbol", USAGE)
    if listing.status != TRADING or listing.contract != PERPETUAL:
        fail(f"{settings.symbol} is {listing.contract} with status {listing.status}: choose one that trades", USAGE)
    if listing.instrument is None:
        fail(f"{listing.problem}", FAILED)
    return listing.instrument


def _await_price(market: LiveMarket, pace: SignalPace) -> None:
    """Wait for the first price, or end: without one there is no market."""
    until = pace.seconds() + FIRST_PRICE_SECONDS
    while market.quotes == 0:
        left = until - pace.seconds()
        if left <= 0:
            cure = "see to network, firewall, exchange.rest_url and exchange.stream_url"
            fail(f"no price has come within {FIRST_PRICE_SECONDS:g} s: {cure}", FAILED)
        if pace.stopping:
            fail("interrupted before the first price; nothing was traded", INTERRUPTED)
        pace.wait(left)
        market.drain()
