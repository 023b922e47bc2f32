"""The account's past as the simulated exchange keeps it, for a ledger that was lost."""

from typing import Final

from returns.result import Result, Success

from capi.adapters.paper.exchange import PaperExchange
from capi.core.errors import ExchangeError
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.ports.past import Booking, Past


class AccountPast:
    """`ports.past.PastSource` over the simulated exchange. Call `note` whenever the wallet may have changed."""

    def __init__(self, exchange: PaperExchange, id_prefix: str) -> None:
        """Begin with an account that has never traded."""
        self._exchange: Final = exchange
        self._prefix: Final = id_prefix
        self._wallet = exchange.account.wallet
        self._bookings: list[Booking] = []

    def note(self) -> None:
        """Remember what moved the wallet since the last time."""
        wallet = self._exchange.account.wallet
        if wallet != self._wallet:
            self._bookings.append(Booking(at_ms=self._exchange.now_ms(), amount_usdt=wallet - self._wallet))
            self._wallet = wallet

    def recall(self, since_ms: int) -> Result[Past, ExchangeError]:
        """Return our orders and the account's results since then."""
        orders = [*self._exchange.open_orders(), *self._exchange.ended_lately()]
        return Success(
            Past(
                orders=tuple(order for order in orders if self._is_ours(order, since_ms)),
                results=tuple(booking for booking in self._bookings if booking.at_ms >= since_ms),
            )
        )

    def _is_ours(self, order: Order, since_ms: int) -> bool:
        return (
            parse_order_id(self._prefix, order.client_order_id) is not None and (order.updated_at_ms or 0) >= since_ms
        )
