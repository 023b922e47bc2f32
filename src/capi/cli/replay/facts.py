"""What one pass left behind on the exchange: what the invariants judge.

From the exchange's own books (position, open orders, executions) and from what was sent, never from what a rule made of
it. The books are neither late nor incomplete, whatever the looks of the engine are.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, Protocol

from capi.adapters.paper.account import PaperAccount
from capi.cli.output import iso
from capi.core.actions import Role
from capi.core.decision import Side
from capi.core.ids import OrderId
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.engine.report import Outcome, PassReport
from capi.ports.exchange import Fill


class InvariantBroken(Exception):  # noqa: N818 (it says what happened)
    """A pass broke what must always hold: a bug of the engine. The message is one sentence with time and ids."""

    def __init__(self, number: int, at_ms: int, sentence: str) -> None:
        super().__init__(f"invariant {number} was broken at {iso(at_ms)} of the replay: {sentence}")
        self.number, self.at_ms = number, at_ms


class Books(Protocol):
    """The exchange's own books; `version` rises with every change of orders, position or margin."""

    @property
    def version(self) -> int: ...

    @property
    def account(self) -> PaperAccount: ...

    def open_orders(self) -> Iterable[Order]:
        """Return every open order of both worlds, those on their way too."""
        ...

    def fills_after(self, trade_id: int) -> Iterable[Fill]:
        """Return the executions with a higher id, oldest first."""
        ...


class Own(NamedTuple):
    """An open order of ours, with what its id says."""

    id: OrderId
    order: Order


class Facts(NamedTuple):
    """One pass and the books after it. `fills`: since the pass before. `changed`: since then, or something was sent."""

    report: PassReport
    changed: bool
    qty: Decimal
    orders: tuple[Order, ...]
    own: tuple[Own, ...]
    fills: tuple[Fill, ...]
    sent: tuple[Outcome, ...]

    @property
    def at_ms(self) -> int:
        """Return the exchange's time of the pass's look."""
        return self.report.at_ms

    @property
    def seen_qty(self) -> Decimal:
        """Return the position that the engine saw; zero when it saw nothing."""
        return ZERO if self.report.account is None else self.report.account.position.qty

    @property
    def closing_side(self) -> Side | None:
        """Return the side that reduces the position; None while flat."""
        return None if self.qty == 0 else "SELL" if self.qty > 0 else "BUY"

    def open(self, *roles: Role) -> list[Order]:
        """Return our open orders of these roles."""
        return [own.order for own in self.own if own.id.role in roles]
