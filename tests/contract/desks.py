"""One desk, two exchanges: what the contract's tests ask of an exchange and do to its market."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Protocol

from returns.pipeline import is_successful

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.instruments import instrument_for
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Fault, ScriptedFaults
from capi.adapters.paper.orders import NewOrder
from capi.core.actions import PlaceOrder
from capi.core.errors import ExchangeError, OutcomeUnknown, Rejected
from capi.core.orders import Order, OrderKey
from capi.ports.clock import Clock
from capi.ports.exchange import Ack, Exchange, Look, Request
from capi.ports.market import Quote
from tests.binance.live import Time, access_to
from tests.serve.served import Served, served

D = Decimal
BID: Final = "76915.0"
ASK: Final = "76915.1"
INSTANT: Final = PaperConfig(delay_ms=0)
START_MS: Final = 1_764_324_000_000


class Venue(Protocol):
    """What moves an exchange from outside."""

    def price(self, bid: str, ask: str, **more: str) -> None:
        """Move the market."""
        ...

    def skip(self, milliseconds: int) -> None:
        """Let time pass."""
        ...

    def by_hand(self, side: str, quantity: str) -> None:
        """Trade at the market as a person does."""
        ...

    def lose_an_order(self, *, executed: bool) -> None:
        """Leave the next plain order without an answer."""
        ...

    def refuse_connection(self) -> None:
        """Let the next plain order surely not arrive."""
        ...


class Desk:
    """An exchange behind its port, 10 000 USDT, bid 76915.0 and ask 76915.1 with 5 BTC each, no delay."""

    def __init__(self, exchange: Exchange, clock: Clock, venue: Venue) -> None:
        self.exchange: Final = exchange
        self.clock: Final = clock
        self.venue: Final = venue

    def look(self, asked: Collection[OrderKey] = (), *, fills_after: int = 0) -> Look:
        """Look a moment later, so that nothing that was read before counts as young."""
        self.venue.skip(1000)
        result = self.exchange.look(asked=asked, fills_after=fills_after, fundings_after=0)
        assert is_successful(result), result.failure()
        return result.unwrap()

    def yes(self, request: Request) -> Ack:
        """Send what is taken."""
        result = self.exchange.act(request)
        assert is_successful(result), result.failure()
        return result.unwrap()

    def no(self, request: Request) -> ExchangeError:
        """Send what is not taken."""
        result = self.exchange.act(request)
        assert not is_successful(result), result.unwrap()
        return result.failure()

    def code(self, request: Request) -> int:
        """Send what is refused with a code."""
        error = self.no(request)
        assert isinstance(error, Rejected), error
        return error.code

    def order(self, request: PlaceOrder) -> Order:
        """Return what became of an order, by asking for it."""
        return next(order for order in self.look([request.key]).orders if order.key == request.key)

    def open_orders(self) -> dict[OrderKey, Order]:
        """Return what rests."""
        return {order.key: order for order in self.look().orders}

    @property
    def qty(self) -> Decimal:
        """Return the position as it is shown."""
        return self.look().position.qty


class _Paper:
    def __init__(self, exchange: PaperExchange) -> None:
        self._exchange: Final = exchange
        self._quote = Quote(START_MS, D(BID), D(ASK), D(5), D(5))
        self._faults: Final = ScriptedFaults()
        exchange.faults = self._faults
        exchange.advance(self._quote)

    def price(self, bid: str, ask: str, **more: str) -> None:
        sizes = {"bid_qty": D(5), "ask_qty": D(5)} | {name: D(value) for name, value in more.items()}
        self._quote = Quote(self._exchange.now_ms() + 1, D(bid), D(ask), **sizes)
        self._exchange.advance(self._quote)

    def skip(self, milliseconds: int) -> None:
        self._exchange.tick_time(self._exchange.now_ms() + milliseconds)

    def by_hand(self, side: str, quantity: str) -> None:
        order = NewOrder(
            client_order_id="web_hand", kind="plain", side=_side(side), type="MARKET", quantity=D(quantity)
        )
        assert isinstance(self._exchange.manual_order(order), Order)

    def lose_an_order(self, *, executed: bool) -> None:
        self._faults.script(lambda _: Fault(OutcomeUnknown("lost"), executed=executed))

    def refuse_connection(self) -> None:
        self._faults.drop_next()


class _OverHttp:
    def __init__(self, venue: Served, time: Time) -> None:
        self._venue: Final = venue
        self._time: Final = time

    def price(self, bid: str, ask: str, **more: str) -> None:
        self._venue.price(bid, ask, **({"bid_qty": "5", "ask_qty": "5"} | more))

    def skip(self, milliseconds: int) -> None:
        self._time.skip(milliseconds)

    def by_hand(self, side: str, quantity: str) -> None:
        self._venue.control("POST", "order", side=side, type="MARKET", quantity=quantity)

    def lose_an_order(self, *, executed: bool) -> None:
        self._venue.fault("POST /fapi/v1/order", "lost" if executed else "dropped")

    def refuse_connection(self) -> None:
        self._venue.fault("POST /fapi/v1/order", "unavailable_503")


def _side(side: str) -> Any:
    return side


@contextmanager
def paper_desk() -> Iterator[Desk]:
    """Yield the paper exchange in this process, in simulated time."""
    exchange = PaperExchange(instrument_for("BTCUSDT"), D(10_000), INSTANT, START_MS)
    yield Desk(exchange, exchange, _Paper(exchange))


@contextmanager
def binance_desk() -> Iterator[Desk]:
    """Yield the Binance adapter over real HTTP; its clock and the exchange's are moved together."""
    with served(price=BID, config=INSTANT) as venue:
        time = Time(venue)
        clock = ExchangeClock(time)
        access = replace(access_to(venue, timeout_seconds=20.0), recv_window_ms=20_000)
        exchange = BinanceExchange(access, "BTCUSDT", clock=clock)
        try:
            assert is_successful(exchange.measure_clock())
            yield Desk(exchange, clock, _OverHttp(venue, time))
        finally:
            exchange.close()
