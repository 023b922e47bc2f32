"""The account's past as the exchange keeps it, for a ledger that knows none."""

from decimal import Decimal
from typing import Protocol

from returns.result import Result

from capi.core.errors import ExchangeError
from capi.core.orders import Orders
from capi.core.value import value


@value
class Booking:
    """What was won (> 0) or lost at one time, in USDT: profit, fees, funding. Money brought in or out is none."""

    at_ms: int
    amount_usdt: Decimal


@value
class Past:
    """What was since a time. `orders`: ours of the symbol, ended and open; `results`: of the whole account."""

    orders: Orders
    results: tuple[Booking, ...]


class PastSource(Protocol):
    """Tells of one symbol on one account."""

    def recall(self, since_ms: int) -> Result[Past, ExchangeError]:
        """Return all that was since then, or why it cannot be told whole."""
        ...


class TransferTeller(Protocol):
    """Has looks tell of money that was moved (`ports.exchange.Look.transfers`)."""

    def tell_transfers(self, after_ms: int) -> None:
        """From now on tell of those after a time. Called once, before the first look."""
        ...
