"""A small market and short words for what the tests do to it."""

from decimal import Decimal
from typing import Literal, TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Faults
from capi.core.account import Instrument
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode, TimeInForce
from capi.core.config import TriggerBy
from capi.core.decision import Side
from capi.core.errors import ExchangeError, Rejected
from capi.core.orders import Kind, Order, OrderStatus, OrderType
from capi.ports.exchange import Ack, Fill, Look, Request
from capi.ports.market import Quote

D = Decimal
START_MS = 1_764_324_000_000  # 2025-11-28T10:00:00Z
INSTANT = PaperConfig(delay_ms=0)
INSTRUMENT = Instrument(
    symbol="BTCUSDT",
    tick_size=D("0.1"),
    step_size=D("0.001"),
    min_qty=D("0.001"),
    max_qty=D("1000"),
    market_max_qty=D("120"),
    min_notional=D("50"),
    price_band_up=D("0.05"),
    price_band_down=D("0.05"),
    maker_fee=D("0.0002"),
    taker_fee=D("0.0005"),
    maintenance_margin=D("0.004"),
)
T = TypeVar("T")


def yes(result: Result[T, ExchangeError]) -> T:
    """Return what succeeded."""
    assert is_successful(result), result.failure()
    return result.unwrap()


def no(result: Result[Ack, ExchangeError]) -> ExchangeError:
    """Return what was refused."""
    assert not is_successful(result), result.unwrap()
    return result.failure()


def maybe(value: str | None) -> Decimal | None:
    """Return a Decimal, or None."""
    return None if value is None else D(value)


class World:
    """A paper exchange at 100 000 USDT, bid 99 999.9 and ask 100 000.1 with 5 BTC each, a second between quotes."""

    def __init__(
        self,
        config: PaperConfig = INSTANT,
        *,
        equity: str = "100000",
        faults: Faults | None = None,
        quoted: bool = True,
        start_ms: int = START_MS,
    ) -> None:
        self.exchange = PaperExchange(INSTRUMENT, D(equity), config, start_ms, faults)
        self.at_ms = start_ms
        if quoted:
            self.quote("99999.9", "100000.1")

    def quote(
        self,
        bid: str,
        ask: str,
        qty: str | None = "5",
        *,
        after_ms: int = 1000,
        mark: str | None = None,
        last: str | None = None,
    ) -> None:
        """Move to the next quote, `after_ms` later."""
        self.at_ms = max(self.at_ms, self.exchange.now_ms()) + after_ms
        quantity = maybe(qty)
        self.exchange.advance(Quote(self.at_ms, D(bid), D(ask), quantity, quantity, maybe(mark), maybe(last)))

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Send one request."""
        return self.exchange.act(request)

    def code(self, request: Request) -> int:
        """Send one request that is refused; return the code."""
        error = no(self.exchange.act(request))
        assert isinstance(error, Rejected), error
        return error.code

    def done(self, request: Request) -> Order:
        """Send an order request that is accepted; return the order."""
        order = yes(self.exchange.act(request)).order
        assert order is not None
        return order

    def look(self, *asked: tuple[Kind, str], fills_after: int = 0, fundings_after: int = 0) -> Look:
        """Look once."""
        return yes(self.exchange.look(asked=asked, fills_after=fills_after, fundings_after=fundings_after))

    def order(self, client_order_id: str, kind: Kind = "plain") -> Order:
        """Return an order, open or ended."""
        return next(o for o in self.look((kind, client_order_id)).orders if o.key == (kind, client_order_id))

    def status(self, client_order_id: str, kind: Kind = "plain") -> OrderStatus:
        """Return an order's status."""
        return self.order(client_order_id, kind).status

    @property
    def qty(self) -> Decimal:
        """Return the position."""
        return self.look().position.qty

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Return all fills."""
        return self.look().fills

    @property
    def wallet(self) -> Decimal:
        """Return the wallet balance."""
        return self.exchange.account.wallet


def place(
    client_order_id: str,
    side: Side,
    order_type: OrderType,
    quantity: str | None,
    *,
    kind: Kind = "plain",
    price: str | None = None,
    trigger: str | None = None,
    trigger_by: TriggerBy | None = None,
    tif: TimeInForce | None = None,
    reduce_only: bool = False,
    close_position: bool = False,
) -> PlaceOrder:
    """Return a request to place an order."""
    return PlaceOrder(
        client_order_id=client_order_id,
        role="entry",
        kind=kind,
        side=side,
        type=order_type,
        quantity=maybe(quantity),
        price=maybe(price),
        trigger_price=maybe(trigger),
        trigger_by=trigger_by,
        reduce_only=reduce_only,
        close_position=close_position,
        time_in_force=tif,
        decision_id="d",
        rule="test",
        reason="test",
    )


def limit(
    client_order_id: str,
    side: Side,
    quantity: str,
    price: str,
    *,
    reduce_only: bool = False,
    tif: TimeInForce = "GTC",
) -> PlaceOrder:
    """Return a LIMIT order."""
    return place(client_order_id, side, "LIMIT", quantity, price=price, tif=tif, reduce_only=reduce_only)


def market(client_order_id: str, side: Side, quantity: str, *, reduce_only: bool = False) -> PlaceOrder:
    """Return a MARKET order."""
    return place(client_order_id, side, "MARKET", quantity, reduce_only=reduce_only)


def stop(
    client_order_id: str,
    side: Side,
    trigger: str,
    quantity: str | None = None,
    *,
    order_type: OrderType = "STOP_MARKET",
    trigger_by: TriggerBy = "mark",
    reduce_only: bool | None = None,
) -> PlaceOrder:
    """Return a conditional order: closePosition without a quantity, else reduce-only unless said otherwise."""
    return place(
        client_order_id,
        side,
        order_type,
        quantity,
        kind="algo",
        trigger=trigger,
        trigger_by=trigger_by,
        reduce_only=quantity is not None if reduce_only is None else reduce_only,
        close_position=quantity is None,
    )


def cancel(client_order_id: str, kind: Kind = "plain") -> CancelOrder:
    """Return a request to cancel."""
    return CancelOrder(client_order_id=client_order_id, kind=kind, rule="test", reason="test")


def leverage(value: int) -> SetLeverage:
    """Return a request to set the leverage."""
    return SetLeverage(leverage=value, rule="test", reason="test")


def margin_mode(value: Literal["isolated", "cross"]) -> SetMarginMode:
    """Return a request to set the margin mode."""
    return SetMarginMode(margin_mode=value, rule="test", reason="test")


def dead_man(seconds: int) -> ArmDeadMan:
    """Return a request to arm the countdown."""
    return ArmDeadMan(seconds=seconds, rule="test", reason="test")
