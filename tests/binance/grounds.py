"""The same exchange in two ways: in process behind its port, and served over HTTP with the adapter in front of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final, Protocol

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.instruments import instrument_for
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.orders import NewOrder
from capi.core.errors import Rejected
from capi.core.orders import OrderKey, OrderStatus
from capi.ports.exchange import Exchange, Look, Request
from capi.ports.market import Quote
from tests.binance.live import Time, access_to
from tests.serve.served import served
from tests.worlds import NOW

D = Decimal
TICK: Final = D("0.1")
PRICE: Final = D(76915)
CONFIG: Final = PaperConfig(delay_ms=0, leverage=20, margin_mode="cross")


class Ground(Protocol):
    """One account on one exchange, whose market and time are ours to move."""

    exchange: Exchange

    def price(self, ask: int) -> None:
        """Put the market there: the ask, and the bid a tick below."""
        ...

    def skip(self, milliseconds: int) -> None:
        """Let time go on."""
        ...

    def by_hand(self, side: str, quantity: str) -> None:
        """Let a person trade at market on the same account."""
        ...


class InProcess:
    """The paper exchange itself."""

    def __init__(self) -> None:
        self._paper = PaperExchange(instrument_for("BTCUSDT"), D(10000), CONFIG, NOW)
        self.exchange: Exchange = self._paper
        self.price(int(PRICE))

    def price(self, ask: int) -> None:
        self._paper.advance(
            Quote(
                timestamp_ms=self._paper.now_ms() + 10,
                bid=D(ask) - TICK,
                ask=D(ask),
                bid_qty=D(5),
                ask_qty=D(5),
            )
        )

    def skip(self, milliseconds: int) -> None:
        self._paper.tick_time(self._paper.now_ms() + milliseconds)

    def by_hand(self, side: str, quantity: str) -> None:
        new: dict[str, Any] = {"side": side, "type": "MARKET", "quantity": D(quantity)}
        assert not isinstance(
            self._paper.manual_order(NewOrder(client_order_id="web_1", kind="plain", **new)), Rejected
        )


class OverTheWire:
    """The served exchange, and the adapter in front of it."""

    def __init__(self, venue: Any) -> None:
        self._venue = venue
        self._time = Time(venue)
        self.adapter = BinanceExchange(
            access_to(venue, recv_window_ms=2000), "BTCUSDT", clock=ExchangeClock(self._time)
        )
        self.exchange: Exchange = self.adapter

    def price(self, ask: int) -> None:
        self._venue.price(str(D(ask) - TICK), str(D(ask)))

    def skip(self, milliseconds: int) -> None:
        self._time.skip(milliseconds)

    def by_hand(self, side: str, quantity: str) -> None:
        self._venue.control("POST", "order", side=side, type="MARKET", quantity=quantity)


@contextmanager
def in_process() -> Iterator[Ground]:
    """Yield the exchange without a wire."""
    yield InProcess()


@contextmanager
def over_the_wire() -> Iterator[Ground]:
    """Yield the exchange behind HTTP."""
    with served(price=str(PRICE - TICK), config=CONFIG) as venue:
        ground = OverTheWire(venue)
        try:
            yield ground
        finally:
            ground.adapter.close()


GROUNDS: Final = {"in process": in_process, "over the wire": over_the_wire}


class User:
    """What an engine does with an exchange, and what it keeps: the newest fill."""

    def __init__(self, ground: Ground) -> None:
        self.ground: Final = ground
        self.fills: list[Any] = []
        self.look()

    def look(self, *asked: OrderKey) -> Look:
        """Look a moment later; the look has to be complete."""
        self.ground.skip(1000)
        after = self.fills[-1].trade_id if self.fills else 0
        seen = self.ground.exchange.look(asked=asked, fills_after=after, fundings_after=0).unwrap()
        assert seen.gaps == ()
        self.fills += seen.fills
        return seen

    def until(self, holds: Callable[[Look], bool], *asked: OrderKey) -> Look:
        """Look until something holds."""
        seen = self.look(*asked)
        for _ in range(20):
            if holds(seen):
                return seen
            seen = self.look(*asked)
        raise AssertionError(f"not seen in 20 looks; the last one: {seen}")

    def does(self, request: Request) -> None:
        """Act, which has to succeed."""
        self.ground.exchange.act(request).unwrap()

    def is_told(self, request: Request) -> str:
        """Act, which has to be refused; return what the refusal means."""
        error = self.ground.exchange.act(request).failure()
        assert isinstance(error, Rejected)
        return error.meaning


def statuses(seen: Look) -> dict[OrderKey, OrderStatus]:
    """Return the orders of a look by what became of them."""
    return {order.key: order.status for order in seen.orders}
