"""What a test sends to the control endpoint: each body a type that holds nothing else."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from capi.cli.serve.faults import FaultKind
from capi.core.account import MarginMode
from capi.core.orders import Kind

Positive = Annotated[Decimal, Field(gt=0, le=10**9, decimal_places=12, allow_inf_nan=False)]
Quantity = Annotated[Decimal, Field(ge=0, le=10**12, decimal_places=12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Route = Literal["public", "market", "private"]


class Body(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Body):
    """No more than the request itself."""


class Price(Body):
    """Where the market is put: bid and ask, or one price and a book a tick wide. The rest is as it is not sent."""

    price: Positive | None = None
    bid: Positive | None = None
    ask: Positive | None = None
    bid_qty: Quantity | None = Decimal(5)
    ask_qty: Quantity | None = Decimal(5)
    mark: Positive | None = None
    last: Positive | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.price is None) == (self.bid is None) or (self.bid is None) != (self.ask is None):
            raise ValueError("send either price, or bid and ask")
        if self.bid is not None and self.ask is not None and self.bid >= self.ask:
            raise ValueError("the bid is not below the ask")
        return self


class Advance(Body):
    """How far the exchange's clock jumps."""

    seconds: Annotated[Decimal, Field(ge=0, le=10**8, allow_inf_nan=False)]


class Fault(Body):
    """What goes wrong with a coming request; `seconds` of a delay, a timeout, a ban, a Retry-After."""

    request: str
    kind: FaultKind
    times: Annotated[int, Field(ge=1)] = 1
    skip: Count = 0
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 30.0
    code: int = -1000
    executed: bool | None = None


class Lag(Body):
    """How late reads show a changed position and a new order."""

    position_ms: Count = 0
    orders_ms: Count = 0


class Away(Body):
    """How far away the exchange is: what a message takes, each way."""

    ms: Annotated[int, Field(ge=0, le=10_000)]


class Limits(Body):
    """Other limits; what was used is forgotten."""

    weight_minute: Count = 2_400
    orders_ten_seconds: Count = 300
    orders_minute: Count = 1_200


class Streams(Body):
    """What the streams suffer: `times` is of repeat; order is the end of reorder."""

    action: Literal["drop", "silence", "speak", "repeat", "reorder", "order"]
    route: Route | None = None
    times: Annotated[int, Field(ge=1, le=100)] = 2


class Cancel(Body):
    """The order that a person cancels."""

    kind: Kind = "plain"
    client_order_id: str


class Account(Body):
    """Settings that a person changes, and what is paid in (out when negative)."""

    hedge: bool | None = None
    multi_assets: bool | None = None
    leverage: int | None = None
    margin_mode: MarginMode | None = None
    transfer: Annotated[Decimal, Field(allow_inf_nan=False, max_digits=20)] | None = None


class Order(BaseModel):
    """An order as a person places it in the app: the parameters of REST, without those that sign."""

    model_config = ConfigDict(frozen=True, extra="allow")

    side: str
    type: str
