"""One account on one symbol, in real time: what every endpoint, stream and test talks to.

Nothing here waits or listens: `step` moves the exchange to the clock's time, and whoever runs it calls that before each
request and when something is due. All calls come from one thread.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from capi.adapters.instruments import INSTRUMENTS
from capi.adapters.paper.account import PaperAccount
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.orders import NewOrder
from capi.adapters.paper.simulator import FUNDING_INTERVAL_MS, Simulator
from capi.adapters.paper.state import State
from capi.cli.serve import events
from capi.cli.serve.candles import Candles
from capi.cli.serve.clock import WallClock
from capi.cli.serve.errors import WireError, refused
from capi.cli.serve.lag import Lag
from capi.cli.serve.limits import Limits, Meter
from capi.cli.serve.listen_keys import ListenKeys
from capi.cli.serve.postings import Postings
from capi.cli.serve.recorder import Change, RecordedBook
from capi.cli.serve.records import Extras, Record, Records, Traded
from capi.cli.serve.texts import TEXTS
from capi.core.account import Instrument, MarginMode
from capi.core.errors import Rejected
from capi.core.orders import Kind
from capi.core.units import ZERO
from capi.ports.market import Quote

UserEvent = dict[str, Any]


@dataclass(slots=True)
class Modes:
    """Switches of the account that the paper exchange keeps, and tells, but does not trade by."""

    hedge: bool = False
    multi_assets: bool = False
    can_trade: bool = True
    alias: str = "SgsR"  # the account's name


class Venue:
    """The served exchange. `listeners` hear of user events and of quotes as they happen."""

    def __init__(
        self,
        instrument: Instrument,
        equity: Decimal,
        config: PaperConfig,
        *,
        clock: WallClock | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Start flat, with `equity` USDT just paid in, before the first quote."""
        self.clock = WallClock() if clock is None else clock
        self.instrument = replace(instrument, maker_fee=config.maker_fee, taker_fee=config.taker_fee)
        self.instruments = {**INSTRUMENTS, instrument.symbol: self.instrument}
        now_ms = self.clock.now_ms()
        account = PaperAccount(equity, leverage=config.leverage, margin_mode=config.margin_mode)
        self.book = RecordedBook()
        self.state = State(self.instrument, config, account, now_ms, book=self.book)
        self.simulator = Simulator(self.state)
        self.book.begin(self.state, self._on_change)
        self.modes = Modes()
        self.meter = Meter(Limits() if limits is None else limits)
        self.keys = ListenKeys()
        self.candles = Candles()
        self.lag = Lag(self.state)
        self.postings = Postings(now_ms)
        self.pinned: Quote | None = None  # where a test put the market; the source of prices is passed over then
        self.position_ms = 0
        self.user_listeners: list[Callable[[UserEvent], None]] = []
        self.quote_listeners: list[Callable[[Quote], None]] = []
        self.trade_listeners: list[Callable[[Traded], None]] = []
        self.wake: Callable[[], None] = _nothing
        self._fundings = 0
        self.postings.add("TRANSFER", equity, self.now_ms())

    @property
    def account(self) -> PaperAccount:
        """Return the account's books."""
        return self.state.account

    @property
    def records(self) -> Records:
        """Return every order and trade."""
        return self.book.records

    @property
    def next_funding_ms(self) -> int:
        """Return when funding is exchanged next."""
        return (self.state.now_ms // FUNDING_INTERVAL_MS + 1) * FUNDING_INTERVAL_MS

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self.state.now_ms

    def step(self) -> int:
        """Move the exchange to the clock's time, and return it."""
        self.simulator.tick_time(self.clock.now_ms())
        self._note_fundings()
        for key in self.keys.expired(self.now_ms()):
            self.publish(events.listen_key_expired(self, key))
        return self.now_ms()

    def quote(self, quote: Quote) -> None:
        """Move the market to a quote; its time is now, whatever it says."""
        self.step()
        now = replace(quote, timestamp_ms=self.now_ms())
        self.simulator.advance(now)
        self.candles.update(now.timestamp_ms, self.state.market.last)
        self._note_fundings()
        for listen in self.quote_listeners:
            listen(now)

    def place(self, new: NewOrder, extras: Extras, *, by_hand: bool = False) -> Record:
        """Place an order. Raises WireError when it is refused."""
        if self.state.market.quotes == 0:
            raise WireError(-1000, "The paper exchange has no quote yet: nothing was carried out.", 503)
        if new.close_position and self.lag.hides_a_position():
            raise WireError(-4509, TEXTS[-4509])
        self.book.extras = extras
        outcome = self.simulator.submit(new, 0 if by_hand else self.state.config.delay_ms)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        self.wake()
        record = self.records.find(new.kind, client_id=new.client_order_id)
        if record is None:
            raise WireError(-1000, f"Order {new.client_order_id} was taken and is not known.", 500)
        return record

    def cancel(self, kind: Kind, record: Record | None) -> Record:
        """Cancel an order. Raises WireError -2011 when it is not open."""
        if record is None or not record.resting.open:
            raise WireError(-2011, TEXTS[-2011])
        outcome = self.simulator.cancel((kind, record.order.client_order_id))
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return record

    def amended(self, record: Record) -> None:
        """Tell that an order has another price or quantity; it is new to the market."""
        record.resting.placed_at_quote = None
        record.updated_ms = self.now_ms()
        self.book.version += 1
        self._on_change("AMENDMENT", record, None)

    def open_records(self, kind: Kind) -> list[Record]:
        """Return the open orders of one world, oldest first."""
        return [self.records.of(resting) for resting in self.book.worlds[kind].values()]

    def leverage_of(self, symbol: str) -> int:
        """Return a symbol's leverage; another symbol than the served one has that of a fresh account."""
        return self.account.leverage if symbol == self.instrument.symbol else self.state.config.leverage

    def margin_mode_of(self, symbol: str) -> MarginMode:
        """Return a symbol's margin mode; another symbol than the served one has that of a fresh account."""
        return self.account.margin_mode if symbol == self.instrument.symbol else self.state.config.margin_mode

    def expire_listen_key(self) -> None:
        """Let the listen key expire now, whatever its age."""
        for key in self.keys.drop():
            self.publish(events.listen_key_expired(self, key))

    def publish(self, event: UserEvent) -> None:
        """Tell everybody who listens to the account."""
        for listen in self.user_listeners:
            listen(event)

    def _on_change(self, change: Change, record: Record, traded: Traded | None) -> None:
        if change == "ALGO":
            self.publish(events.algo_update(self, record))
            return
        if traded is not None:
            self._book_trade(traded)
            self.publish(events.trade_lite(self, record, traded))
            self.publish(events.account_update(self, "ORDER"))
        self.publish(events.order_update(self, change, record, traded))
        if traded is not None:
            for listen in self.trade_listeners:
                listen(traded)

    def _book_trade(self, traded: Traded) -> None:
        self.position_ms = self.now_ms()
        self.lag.position_changed(self.now_ms())
        if traded.realised:
            self.postings.add("REALIZED_PNL", traded.realised, self.now_ms(), traded.fill.trade_id)
        self.postings.add("COMMISSION", -(traded.fill.fee_usdt or ZERO), self.now_ms(), traded.fill.trade_id)

    def _note_fundings(self) -> None:
        for funding in self.state.history.fundings_after(self._fundings):
            self._fundings = funding.funding_id
            self.postings.add("FUNDING_FEE", funding.amount_usdt, self.now_ms())
            self.publish(events.account_update(self, "FUNDING_FEE"))


def _nothing() -> None:
    """Wake nobody."""
