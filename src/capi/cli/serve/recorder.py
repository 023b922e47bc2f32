"""A book that keeps a record of every change and tells it on, at the moment it happens and as it is then."""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from capi.adapters.paper.book import Book
from capi.adapters.paper.orders import Resting
from capi.adapters.paper.state import State
from capi.cli.serve.records import Extras, Record, Records, Traded, number_of
from capi.core.orders import Order, OrderStatus
from capi.core.units import ZERO

Change = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "AMENDMENT", "ALGO"]
"""What happened: `x` of ORDER_TRADE_UPDATE; ALGO is a change of a conditional order."""

Tell = Callable[[Change, Record, Traded | None], None]


class RecordedBook(Book):
    """`Book`, with records. `begin` must be called once the state that it belongs to exists."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.records = Records()
        self.extras = Extras()  # of the order that is being placed
        self._firing: Record | None = None
        self._realised = ZERO

    def begin(self, state: State, tell: Tell) -> None:
        """Learn whose book this is, and who listens."""
        self._state, self._tell = state, tell

    def add(self, resting: Resting) -> None:
        """Add an open order: one that was sent, or the child of one that fired."""
        super().add(resting)
        now_ms = self._state.now_ms
        record = Record(number_of(resting), resting, now_ms, now_ms, self.extras)
        parent, self._firing = self._firing, None
        if parent is not None:
            record.parent, parent.child = parent, record
            record.extras = parent.extras
        self.records.add(record)
        if resting.order.kind == "algo":
            self._tell("ALGO", record, None)
            return
        self._tell("NEW", record, None)
        if parent is not None:
            self._tell("ALGO", parent, None)

    def end(self, resting: Resting, status: OrderStatus, at_ms: int, code: int | None = None) -> None:
        """Move an order to the ended ones. A last fill is told by `record_fill`, a trigger by what comes of it."""
        super().end(resting, status, at_ms, code)
        record = self.records.of(resting)
        record.updated_ms = self._state.now_ms
        if status == "TRIGGERED":
            self._firing = record
        elif resting.order.kind == "algo":
            self._tell("ALGO", record, None)
        elif status != "FILLED":
            self._tell("CANCELED" if status == "CANCELED" else "EXPIRED", record, None)
            self._tell_parent(record)

    def record_fill(self, resting: Resting, qty: Decimal, at_ms: int) -> None:
        """Count a fill: the state's history holds it already, and the account has booked it."""
        super().record_fill(resting, qty, at_ms)
        record, fill = self.records.of(resting), self._state.history.fills[-1]
        realised = self._state.account.realised
        traded = Traded(fill=fill, number=record.number, realised=realised - self._realised)
        self._realised = realised
        record.quote_qty += fill.price * fill.qty
        record.updated_ms = self._state.now_ms
        self.records.trades.append(traded)
        self._tell("TRADE", record, traded)
        if not resting.open:
            self._tell_parent(record)

    def remember(self, order: Order) -> None:
        """Keep an ended order. A refused one never rested: it is the child that a fired order should have had."""
        super().remember(order)
        record, refused = self._firing, order.status == "REJECTED"
        if refused and record is not None:
            self._firing = None
            record.refusal = f"{order.code}"
            record.updated_ms = self._state.now_ms
            self._tell("ALGO", record, None)

    def _tell_parent(self, record: Record) -> None:
        if record.parent is not None:
            record.parent.updated_ms = self._state.now_ms
            self._tell("ALGO", record.parent, None)
