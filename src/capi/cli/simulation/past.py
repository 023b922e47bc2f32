"""The account's past as the exchange tells it to an engine whose journal is gone."""

from collections.abc import Callable
from typing import Final

from returns.result import Failure, Result, Success

from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.world import World
from capi.core.errors import ExchangeError, Unavailable
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.ports.past import Booking, Past


class SimulatedPast:
    """`ports.past.PastSource` over a world: every order that the exchange ever took, and what moved the wallet."""

    def __init__(self, world: World, exchange: FaultyExchange, id_prefix: str) -> None:
        self._exchange: Final = exchange
        self.on_told: Callable[[], None] = _nothing
        self._world: Final = world
        self._memory: Final = exchange.memory
        self._id_prefix: Final = id_prefix
        self._bookings: Final[list[Booking]] = []
        self._wallet = world.exchange.account.wallet
        world.on_change.append(self._note)

    def _note(self) -> None:
        wallet = self._world.exchange.account.wallet
        if wallet != self._wallet:
            self._bookings.append(Booking(at_ms=self._world.now_ms, amount_usdt=wallet - self._wallet))
            self._wallet = wallet

    def recall(self, since_ms: int) -> Result[Past, ExchangeError]:
        """Return all that was since then; not while conditional orders cannot be read."""
        if self._exchange.conditional_is_down:
            return Failure(Unavailable("HTTP 503: Service Unavailable."))
        self.on_told()
        now_ms, orders = self._world.now_ms, list[Order]()
        for key in self._memory.all_orders():
            order = self._memory.order(key, now_ms)
            if order is None or parse_order_id(self._id_prefix, order.client_order_id) is None:
                continue
            if (order.created_at_ms or 0) >= since_ms:
                orders.append(order)
        bookings = tuple(booking for booking in self._bookings if booking.at_ms >= since_ms)
        return Success(Past(orders=tuple(orders), results=bookings))


def _nothing() -> None:
    """Nobody listens."""
