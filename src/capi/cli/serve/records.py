"""What the wire tells of orders and trades beyond what matching needs: numbers, sums, parents and children.

An order's number follows from its place in the order of arrival, so it is unique over both worlds and never used twice.
A conditional order and the plain order that it gives birth to are two records that know each other.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from capi.adapters.paper.orders import Resting
from capi.core.orders import Kind, Order, OrderKey
from capi.core.units import ZERO
from capi.core.value import value
from capi.ports.exchange import Fill

FIRST_NUMBER: Final[dict[Kind, int]] = {"plain": 8_389_765_000_000, "algo": 1_000_000_000_000_000}
RECORDS_KEPT: Final = 20_000
TRADES_KEPT: Final = 20_000

AlgoStatus = Literal["NEW", "CANCELED", "EXPIRED", "REJECTED", "TRIGGERED", "FINISHED"]


@value
class Extras:
    """What was sent with an order, is told again, and changes nothing here."""

    price_protect: bool = False
    self_trade_prevention: str = "EXPIRE_MAKER"


@dataclass(slots=True, eq=False)
class Record:
    """One order. `resting.order` is its state now; times are the exchange's milliseconds."""

    number: int  # orderId, or algoId
    resting: Resting
    created_ms: int
    updated_ms: int
    extras: Extras = field(default_factory=Extras)
    quote_qty: Decimal = ZERO  # Σ price × quantity of its fills, in USDT
    parent: "Record | None" = None  # the conditional order that it came from
    child: "Record | None" = None  # the plain order that it gave birth to
    refusal: str | None = None  # why no child came of it

    @property
    def order(self) -> Order:
        """Return the order as it is now."""
        return self.resting.order

    @property
    def average_price(self) -> Decimal:
        """Return the mean price of its fills; zero without any."""
        return self.quote_qty / self.order.filled_qty if self.order.filled_qty else ZERO

    @property
    def algo_status(self) -> AlgoStatus:
        """Return how a conditional order's life is named (facts, section 3.3)."""
        if self.refusal is not None:
            return "REJECTED"
        if self.child is not None:
            return "TRIGGERED" if self.child.resting.open else "FINISHED"
        match self.order.status:
            case "CANCELED" | "EXPIRED" as ended:
                return ended
            case _:
                return "NEW"


@value
class Traded:
    """One execution: the fill, the order it belongs to, and what it realised in USDT."""

    fill: Fill
    number: int
    realised: Decimal


class Records:
    """Every order of the account, the oldest ended ones forgotten; and its trades."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_number: OrderedDict[int, Record] = OrderedDict()
        self._by_key: dict[OrderKey, Record] = {}
        self.trades: deque[Traded] = deque(maxlen=TRADES_KEPT)

    def add(self, record: Record) -> None:
        """Keep a record; of several with one id the latest is found by it."""
        self._by_number[record.number] = record
        self._by_key[record.order.key] = record
        if len(self._by_number) > RECORDS_KEPT:
            self._forget_oldest()

    def of(self, resting: Resting) -> Record:
        """Return the record of an order that was added."""
        return self._by_number[number_of(resting)]

    def find(self, kind: Kind, *, number: int | None = None, client_id: str | None = None) -> Record | None:
        """Return an order of one world, by its number before its client id."""
        if number is None:
            return None if client_id is None else self._by_key.get((kind, client_id))
        record = self._by_number.get(number)
        return record if record is not None and record.order.kind == kind else None

    def all(self, kind: Kind) -> Iterable[Record]:
        """Return the orders of one world, oldest first."""
        return (record for record in self._by_number.values() if record.order.kind == kind)

    def _forget_oldest(self) -> None:
        number = next((n for n, record in self._by_number.items() if not record.resting.open), None)
        if number is None:
            return
        record = self._by_number.pop(number)
        if self._by_key.get(record.order.key) is record:
            del self._by_key[record.order.key]


def number_of(resting: Resting) -> int:
    """Return the orderId or algoId of an order."""
    return FIRST_NUMBER[resting.order.kind] + resting.sequence
