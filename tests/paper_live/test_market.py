"""The simulated exchange on prices as they come: in their order, at their times, and never without them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.wire_market import Candle
from capi.adapters.instruments import instrument_for
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.live_paper.market import STALE_SECONDS, LiveMarket
from capi.core.actions import PlaceOrder
from capi.core.errors import Unavailable
from capi.ports.market import Quote
from capi.ports.streams import Disturbed, StreamsDown, StreamsUp

D = Decimal
START_MS: Final = 1_790_000_000_000


@dataclass(slots=True)
class Given:
    """Prices that a test lets come, and the clock by which they do."""

    at_ms: int = START_MS
    waiting: list[Quote] = field(default_factory=list)
    came_ms: int | None = None
    down: str | None = None

    def now_ms(self) -> int:
        return self.at_ms

    def take(self) -> list[Quote]:
        taken, self.waiting = self.waiting, []
        return taken

    @property
    def age_seconds(self) -> float | None:
        return None if self.came_ms is None else (self.at_ms - self.came_ms) / 1000

    def come(self, bid: str) -> None:
        """Let a price come a tenth of a second later."""
        self.at_ms += 100
        self.came_ms = self.at_ms
        self.waiting.append(Quote(self.at_ms, D(bid), D(bid) + D("0.1"), D(5), D(5)))

    def pass_seconds(self, seconds: float) -> None:
        """Let time go by without one."""
        self.at_ms += round(seconds * 1000)


def market() -> tuple[LiveMarket, Given]:
    """Return a market on given prices, the first of which has come."""
    prices = Given()
    exchange = PaperExchange(instrument_for("BTCUSDT"), D(10_000), PaperConfig(delay_ms=20), START_MS)
    made = LiveMarket(exchange, prices, prices)
    prices.come("76915.0")
    made.drain()
    return made, prices


def buy(price: str) -> PlaceOrder:
    """Return a resting buy of 0.01."""
    return PlaceOrder(
        client_order_id="capi_entry_d1",
        role="entry",
        kind="plain",
        side="BUY",
        type="LIMIT",
        quantity=D("0.01"),
        price=D(price),
        time_in_force="GTC",
        decision_id="d1",
        rule="test",
        reason="test",
    )


def position(live: LiveMarket) -> Decimal:
    """Return the position that a look shows."""
    return live.look(asked=(), fills_after=0, fundings_after=0).unwrap().position.qty


def test_a_price_between_two_looks_fills() -> None:
    live, prices = market()
    assert is_successful(live.act(buy("76900.0")))
    for bid in ("76910.0", "76880.0", "76915.0"):  # through the order and back
        prices.come(bid)
    assert position(live) == D("0.01")
    assert live.quotes == 4


def test_what_changes_by_itself_is_told_once() -> None:
    live, prices = market()
    live.act(buy("76900.0"))
    live.drain()
    position(live)
    prices.come("76880.0")
    (told,) = live.drain()
    assert isinstance(told, Disturbed)
    assert live.drain() == []


def test_an_order_meets_the_market_after_the_delay_also_when_no_price_comes() -> None:
    live, prices = market()
    live.act(buy("76920.0"))  # above the ask: it is taken when it arrives
    assert position(live) == 0
    prices.pass_seconds(0.1)
    assert position(live) == D("0.01")


def test_without_prices_nothing_is_seen_done_or_filled() -> None:
    live, prices = market()
    live.act(buy("76920.0"))
    prices.pass_seconds(STALE_SECONDS + 1)
    seen = live.look(asked=(), fills_after=0, fundings_after=0)
    assert isinstance(seen.failure(), Unavailable)
    assert "no price has come from Binance since 2026-09-21T" in seen.failure().message
    assert isinstance(live.act(buy("76000.0")).failure(), Unavailable)
    assert live.exchange.account.qty == 0
    assert [order.client_order_id for order in live.exchange.open_orders()] == ["capi_entry_d1"]


def test_it_goes_on_when_prices_are_back() -> None:
    live, prices = market()
    live.act(buy("76800.0"))
    live.drain()
    position(live)
    prices.pass_seconds(60)
    assert live.drain() == []
    prices.come("76700.0")
    told = [type(one) for one in live.drain()]
    assert told == [Disturbed, StreamsUp, Disturbed]
    assert position(live) == D("0.01")


def test_streams_that_are_away_are_told_once_and_once_when_they_are_back() -> None:
    live, prices = market()
    prices.down = "public: nothing came for 10 s"
    (told,) = live.drain()
    assert isinstance(told, StreamsDown)
    assert told.reason == "public: nothing came for 10 s"
    assert live.drain() == []
    prices.down = None
    assert [type(one) for one in live.drain()] == [StreamsUp]


def test_volatility_begins_with_the_minutes_before() -> None:
    fresh = PaperExchange(instrument_for("BTCUSDT"), D(10_000), PaperConfig(), START_MS)
    prices = Given()
    live = LiveMarket(fresh, prices, prices)
    minute = START_MS // 60_000 * 60_000
    live.remember(
        Candle(minute - n * 60_000, minute - n * 60_000 + 59_999, (D(76900), D(77000), D(76800), D(76900)))
        for n in range(15, 0, -1)
    )
    prices.come("76900.0")
    live.drain()
    assert live.exchange.measure("volatility") == D("0.00260078")  # 200 of 76900.05


def test_before_the_first_price_there_is_no_market() -> None:
    prices = Given()
    exchange = PaperExchange(instrument_for("BTCUSDT"), D(10_000), PaperConfig(), START_MS)
    seen = LiveMarket(exchange, prices, prices).look(asked=(), fills_after=0, fundings_after=0)
    assert "no price has come from Binance yet" in str(seen.failure())
