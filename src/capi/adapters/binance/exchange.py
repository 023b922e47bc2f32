"""Binance behind the port `ports.exchange.Exchange`: look, and act. Nothing is sent twice, nothing is decided here."""

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from returns.pipeline import is_successful
from returns.result import Result

from capi.adapters.binance.acks import read_ack
from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import Access
from capi.adapters.binance.executions import Executions
from capi.adapters.binance.fees import Fees
from capi.adapters.binance.flows import Flows
from capi.adapters.binance.fundings import Fundings
from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.instrument import InstrumentParts
from capi.adapters.binance.limits import Budget
from capi.adapters.binance.look_parts import LookParts
from capi.adapters.binance.observer import Feed, Observer
from capi.adapters.binance.order_reads import OrderReads
from capi.adapters.binance.past import BinancePast
from capi.adapters.binance.streams.listen_key import ListenKey
from capi.adapters.binance.volatility import Volatility
from capi.adapters.binance.wallet import Wallet
from capi.adapters.binance.wire_account import AccountConfig, read_account_config, read_alias
from capi.adapters.binance.wire_market import read_server_time
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.errors import ClockSkewed, ExchangeError, Rejected
from capi.core.orders import OrderKey
from capi.ports.exchange import Ack, Look, Request

REST_URLS: Final = {"mainnet": "https://fapi.binance.com", "testnet": "https://demo-fapi.binance.com"}
"""By the settings' environment. The two know nothing of each other: keys, filters and limits differ."""


class BinanceExchange:
    """One symbol on one account. One thread looks and acts; `note_event` may come from another. Close it at the end."""

    def __init__(
        self, access: Access, symbol: str, feed: Feed | None = None, clock: ExchangeClock | None = None
    ) -> None:
        """Ask nothing yet: the first look reads everything. Raises CredentialsError for a key that cannot sign."""
        self.clock: Final = ExchangeClock() if clock is None else clock
        self.budget: Final = Budget()
        self.incoming: Final = Incoming()
        """What streams tell; while none is started, nothing."""
        client, calls = Client(access, self.clock, self.budget), Calls(symbol)
        orders = OrderReads(client, calls)
        self._client: Final = client
        self._calls: Final = calls
        self._orders: Final = orders
        self._wallet: Final = Wallet(client, calls, symbol)
        self._instrument: Final = InstrumentParts(client, calls, self.budget, symbol)
        self._observer: Final = Observer(
            self.clock,
            self.budget,
            lambda: client.ask(calls.server_time(), read_server_time),
            orders,
            LookParts(client, calls, symbol),
            self._instrument,
            Flows(Executions(client, calls, orders, Fees(client, calls)), Fundings(client, calls)),
            self._wallet,
            Volatility(client, calls),
            feed,
            self.incoming,
        )

    def close(self) -> None:
        """Close connections and threads."""
        self._observer.close()
        self._client.close()

    def measure_clock(self) -> Result[int, ExchangeError]:
        """Measure the exchange's clock now, as the first look does; return the quickest round trip, ms."""
        return self._observer.measure_clock()

    def account_modes(self) -> Result[AccountConfig, ExchangeError]:
        """Ask for position mode and asset mode now: for a start, before anything is looked at or sent."""
        call = replace(self._calls.account_config(), urgency="guarding")  # a position may stand without a stop
        return self._client.ask(call, read_account_config)

    def account_alias(self) -> Result[str | None, ExchangeError]:
        """Ask for the exchange's own name for the account, which is no secret; None: it has none."""
        return self._client.ask(self._calls.balances(), read_alias)

    @property
    def not_trading(self) -> str | None:
        """Return why the symbol is not open for trading, by the last look; None when it is."""
        return self._instrument.not_trading

    def past(self, id_prefix: str) -> BinancePast:
        """Return what tells of the account's past; `id_prefix`: of our orders."""
        return BinancePast(self._client, self._calls, self.clock, id_prefix)

    def tell_transfers(self, after_ms: int) -> None:
        """From now on have looks tell of money that was moved after a time (`ports.past.TransferTeller`)."""
        self._wallet.begin(after_ms)

    def note_event(self) -> None:
        """Have position, fills and money read anew at the next look: a stream told of something that concerns us."""
        self._observer.note_event()

    def note_settings(self) -> None:
        """Have leverage, margin mode and the account's modes read anew at the next look: a stream told of a change."""
        self._observer.note_settings()

    def use_feed(self, feed: Feed | None) -> None:
        """From now on take prices from a stream, as far as it has them."""
        self._observer.use_feed(feed)

    def listen_key(self, prolong_every: float) -> ListenKey:
        """Return the key of the user data stream, not asked for yet; `prolong_every`: seconds."""
        return ListenKey(self._client, self._calls, prolong_every)

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Return the account and the symbol now. A read that our clock spoiled is made again on a corrected one."""
        result = self._observer.look(asked, fills_after, fundings_after)
        if is_successful(result) or not isinstance(result.failure(), ClockSkewed):
            return result
        self.clock.mark_due()
        return self._observer.look(asked, fills_after, fundings_after)

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request, once."""
        call, began = self._calls.of_request(request), time.monotonic()
        result = self._client.ask(
            call, lambda answer: read_ack(answer, request, self.clock.now_ms(), self._orders.learn)
        )
        self._observer.note_write(request)
        if is_successful(result) and isinstance(request, PlaceOrder | CancelOrder):
            self.incoming.note_change(began)
        if not is_successful(result):
            self._note_refusal(result.failure())
        return result

    def silent_until_ms(self) -> int | None:
        """Return until when nothing may be sent, stops neither, because the exchange asked for it; None: it did not."""
        return self.budget.silent_until_ms(self.clock.now_ms())

    def _note_refusal(self, error: ExchangeError) -> None:
        """What a refusal says about our own picture: the clock, or the filters, are not what we think."""
        if isinstance(error, ClockSkewed):
            self.clock.mark_due()
        elif isinstance(error, Rejected) and error.meaning == "filter":
            self._instrument.filters.mark_due()
