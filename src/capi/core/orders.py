"""Orders as exchange and ledger know them. Identity: (kind, client id): a triggered algo's child bears its id."""

from decimal import Decimal
from typing import Final, Literal

from capi.core.decision import Side
from capi.core.value import value

Kind = Literal["plain", "algo"]
OrderType = Literal[
    "LIMIT", "MARKET", "STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TAKE_PROFIT", "TRAILING_STOP_MARKET"
]
OrderStatus = Literal[
    "NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED", "TRIGGERED", "UNKNOWN"
]
OrderKey = tuple[Kind, str]

OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED"})
"""Rests on the exchange."""
ENDED: Final = frozenset({"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"})
"""Reached an end; `filled_qty` may still be above zero. TRIGGERED is neither: its child tells. UNKNOWN is unknown."""


@value
class Order:
    """One order. Times in exchange milliseconds; None is unknown. `code`: the exchange's, of a refusal."""

    client_order_id: str
    kind: Kind
    side: Side
    type: OrderType
    status: OrderStatus
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    quantity: Decimal = Decimal(0)  # the exchange's (it may have cut ours); 0 for closePosition
    filled_qty: Decimal = Decimal(0)
    reduce_only: bool = False
    close_position: bool = False
    created_at_ms: int | None = None
    updated_at_ms: int | None = None
    sent_at_ms: int | None = None
    triggered_at_ms: int | None = None
    not_found_since_ms: int | None = None  # since when the exchange says that it does not exist; None: it does not
    code: int | None = None

    @property
    def key(self) -> OrderKey:
        """Return the order's identity."""
        return self.kind, self.client_order_id

    @property
    def remaining_qty(self) -> Decimal:
        """Return what could still fill of it."""
        return self.quantity - self.filled_qty

    @property
    def born_at_ms(self) -> int | None:
        """Return when it came to be, as well as is known: created, else sent, else last updated."""
        if self.created_at_ms is not None:
            return self.created_at_ms
        return self.sent_at_ms if self.sent_at_ms is not None else self.updated_at_ms


Orders = tuple[Order, ...]
