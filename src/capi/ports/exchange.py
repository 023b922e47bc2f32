"""The exchange: look and act. Paper, replay and Binance keep this one contract."""

from collections.abc import Collection
from decimal import Decimal
from typing import Literal, Protocol

from returns.result import Result

from capi.core.account import Instrument, MarginMode, Market, Position, PositionMode
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.decision import Side
from capi.core.errors import ExchangeError
from capi.core.orders import Order, OrderKey
from capi.core.value import value

Request = PlaceOrder | CancelOrder | SetLeverage | SetMarginMode | ArmDeadMan


@value
class Fill:
    """One execution of an order in the symbol. `client_order_id` of a triggered stop's child is the stop's own id."""

    trade_id: int  # increases; dedupe on it
    client_order_id: str
    side: Side
    price: Decimal
    qty: Decimal
    fee_usdt: Decimal | None  # > 0 paid; None: paid in something whose worth is not known
    maker: bool
    at_ms: int
    liquidation: bool = False


@value
class Funding:
    """A funding payment: positive received, negative paid, in USDT."""

    funding_id: int  # increases
    amount_usdt: Decimal
    at_ms: int


@value
class Transfer:
    """Money that was brought in (> 0) or taken out, in USDT: it moves the wallet and is neither gain nor loss."""

    transfer_id: str
    amount_usdt: Decimal
    at_ms: int  # when it was booked


@value
class Look:
    """One look at the symbol and the account. Orders are read before fills, fills before position. None is unknown.

    `orders`: all that are open, plain and algo, foreign ones too, and the answer for each asked one that is found.
    `not_found`: the asked ones that the exchange says do not exist (no proof by itself).
    `position.since_ms` is None here: since when is the ledger's to say. `gaps`: why the look is not complete.
    `stops_read`: the open conditional orders were read, whatever else was not.
    """

    now_ms: int
    equity: Decimal | None
    wallet: Decimal | None
    available: Decimal | None
    position_mode: PositionMode | None
    multi_assets: bool | None
    margin_mode: MarginMode | None
    leverage: int | None
    position: Position
    market: Market
    instrument: Instrument
    orders: tuple[Order, ...]
    not_found: tuple[OrderKey, ...] = ()
    fills: tuple[Fill, ...] = ()  # newer than asked, oldest first
    fundings: tuple[Funding, ...] = ()  # newer than asked, oldest first
    transfers: tuple[Transfer, ...] = ()  # those of late, told before or not
    gaps: tuple[str, ...] = ()
    stops_read: bool = False

    @property
    def complete(self) -> bool:
        """Return whether every part was read."""
        return not self.gaps

    @property
    def shows_stops(self) -> bool:
        """Return whether a conditional order that is open would be shown."""
        return self.stops_read or self.complete


@value
class Ack:
    """The exchange's clear yes. `order` is what it says the order is now (None for settings)."""

    at_ms: int
    kind: Literal["order", "cancel", "setting"]
    order: Order | None = None


class Exchange(Protocol):
    """One symbol on one account."""

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Return the account and the symbol now; `asked`: orders to be told of even when they are not open any more."""
        ...

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request; an answer that is neither yes nor no is OutcomeUnknown."""
        ...

    def silent_until_ms(self) -> int | None:
        """Return until when nothing may be sent, stops neither, because the exchange asked for it; None: it did not."""
        ...
