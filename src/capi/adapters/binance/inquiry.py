"""Ask Binance one question at a time, for a check before a start: nothing is kept, and nothing is sent that trades.

The engine's observer puts answers together and remembers them. Here each answer stands alone, so that a check can say
which question failed, and why. Source: binance-usdm facts, sections 2.1 to 2.5.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from returns.result import Result

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Call, Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import Access
from capi.adapters.binance.limits import Budget, Window
from capi.adapters.binance.rows import Row, rows
from capi.adapters.binance.wire_account import (
    AccountConfig,
    Balance,
    Bracket,
    SymbolConfig,
    read_account_config,
    read_alias,
    read_balance,
    read_brackets,
    read_position,
    read_symbol_config,
)
from capi.adapters.binance.wire_inquiry import (
    KeyRights,
    Listing,
    Lock,
    read_key_rights,
    read_listing,
    read_locks,
)
from capi.adapters.binance.wire_market import (
    Book,
    Candle,
    read_book,
    read_candles,
    read_mark,
    read_server_time,
)
from capi.adapters.binance.wire_orders import placing, read_algo, read_plain
from capi.core.account import Position
from capi.core.actions import PlaceOrder
from capi.core.errors import ExchangeError
from capi.core.orders import Kind, Order

CLOCK_SAMPLES: Final = 3
WALLET_URL: Final = "https://api.binance.com"
"""Of mainnet."""


class Inquiry:
    """One symbol on one account. Close it at the end."""

    def __init__(self, access: Access, symbol: str, wallet_url: str | None = None) -> None:
        """Ask nothing yet. Raises CredentialsError for a key that cannot sign.

        `wallet_url`: where the key's own rights are told; None: nowhere, as on the testnet.
        """
        self.clock: Final = ExchangeClock()
        self._budget: Final = Budget()
        self._client: Final = Client(access, self.clock, self._budget)
        self._calls: Final = Calls(symbol)
        self._symbol: Final = symbol
        self._wallet: Final = (
            None if wallet_url is None else Client(replace(access, base_url=wallet_url), self.clock, Budget())
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        if self._wallet is not None:
            self._wallet.close()

    @property
    def weight(self) -> Window:
        """Return the minute's request weight of this address, as the last answers told it."""
        return self._budget.weight

    def measure_clock(self) -> Result[int, ExchangeError]:
        """Measure the exchange's clock; return the quickest round trip in ms."""
        return self.clock.measure(lambda: self._client.ask(self._calls.server_time(), read_server_time), CLOCK_SAMPLES)

    def listing(self) -> Result[Listing | None, ExchangeError]:
        """Ask how the symbol is listed; None: it is not. The host's limits are taken over."""

        def read(answer: object) -> Listing | None:
            listing = read_listing(answer, self._symbol)
            if listing is not None:
                self._budget.set_limits(**listing.limits)
            return listing

        return self._client.ask(self._calls.exchange_info(), read)

    def account_config(self) -> Result[AccountConfig, ExchangeError]:
        """Ask what the account may do and in which modes it is."""
        return self._client.ask(self._calls.account_config(), read_account_config)

    def account_alias(self) -> Result[str | None, ExchangeError]:
        """Ask for the exchange's own name for the account, which is no secret; None: it has none."""
        return self._client.ask(self._calls.balances(), read_alias)

    def key_rights(self) -> Result[KeyRights, ExchangeError] | None:
        """Ask what the key may do; None: it is told nowhere. The answer comes from another host than all others."""
        if self._wallet is None:
            return None
        return self._wallet.ask(Call(method="GET", path="/sapi/v1/account/apiRestrictions", params={}), read_key_rights)

    def balance(self) -> Result[Balance, ExchangeError]:
        """Ask for the account's money."""
        return self._client.ask(self._calls.balance(), read_balance)

    def symbol_config(self) -> Result[SymbolConfig, ExchangeError]:
        """Ask for leverage and margin mode."""
        return self._client.ask(self._calls.symbol_config(), lambda answer: read_symbol_config(answer, self._symbol))

    def brackets(self) -> Result[list[Bracket], ExchangeError]:
        """Ask for the leverage brackets."""
        return self._client.ask(self._calls.brackets(), lambda answer: read_brackets(answer, self._symbol))

    def position(self) -> Result[Position, ExchangeError]:
        """Ask for the position."""
        return self._client.ask(self._calls.position(), lambda answer: read_position(answer, self._symbol))

    def open_orders(self, kind: Kind) -> Result[Sequence[Order], ExchangeError]:
        """Ask for the open orders of one world, of whoever placed them."""
        read_one = read_plain if kind == "plain" else read_algo

        def read(answer: object) -> Sequence[Order]:
            return [read_one(row).order for row in rows(answer, f"{kind} orders")]

        return self._client.ask(self._calls.open_orders(kind), read)

    def book(self) -> Result[Book, ExchangeError]:
        """Ask for best bid and ask."""
        return self._client.ask(self._calls.book(), read_book)

    def mark(self) -> Result[Decimal, ExchangeError]:
        """Ask for the mark price."""
        return self._client.ask(self._calls.mark(), read_mark)

    def candles(self, count: int) -> Result[list[Candle], ExchangeError]:
        """Ask for the latest one-minute candles that have closed; fewer than `count`, which is below 100."""
        now_ms = self.clock.now_ms()
        return self._client.ask(self._calls.candles(count), lambda answer: read_candles(answer, now_ms))

    def locks(self) -> Result[list[Lock], ExchangeError]:
        """Ask by which of its indicators the exchange holds the account's trading in the symbol back."""
        call = Call(method="GET", path="/fapi/v1/apiTradingStatus", params={"symbol": self._symbol})
        return self._client.ask(call, read_locks)

    def test_order(self, order: PlaceOrder) -> Result[None, ExchangeError]:
        """Have a plain order judged as a real one would be; it reaches no matching engine."""
        call = Call(method="POST", path="/fapi/v1/order/test", params=placing(order, self._symbol))
        return self._client.ask(call, lambda answer: None)

    def listen_key(self) -> Result[str, ExchangeError]:
        """Ask for the account's listen key: the one there is, which lives on for 60 minutes, or a new one.

        It is never ended here: every process on the account shares it.
        """
        call = Call(method="POST", path="/fapi/v1/listenKey", params={}, signed=False)
        return self._client.ask(call, lambda answer: Row(answer, "listenKey").text("listenKey"))
