"""What must hold at every pass of every replay, checked against the exchange's own books (design, "How it is proven").

Nothing here is shared with the rules that decide, so that a wrong rule and its check cannot agree. What is remembered
is bounded: a replay of years needs no more memory than one of an hour.
"""

from typing import Final

from capi.cli.replay.facts import Books, Facts, InvariantBroken, Own
from capi.cli.replay.invariants_of_guard import GuardInvariants
from capi.cli.replay.invariants_of_orders import OrderInvariants
from capi.core.config import Config
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.engine.report import PassReport
from capi.ports.exchange import Fill

__all__ = ["InvariantBroken", "Invariants"]


class Invariants:
    """Checks each pass as it comes. Call `check` after every pass, in order."""

    def __init__(self, books: Books, config: Config) -> None:
        self._books: Final = books
        self._prefix: Final = config.id_prefix
        self._guard: Final = GuardInvariants(config)
        self._orders: Final = OrderInvariants(config)
        self._version = -1
        self._last_trade_id = 0
        self._open: tuple[Order, ...] = ()
        self._own: tuple[Own, ...] = ()
        self._qty = ZERO

    def check(self, report: PassReport) -> None:
        """Check one pass. Raises InvariantBroken."""
        facts = self._facts(report)
        self._orders.check(facts)
        self._guard.check(facts)

    def _facts(self, report: PassReport) -> Facts:
        books = self._books
        fills: tuple[Fill, ...] = ()
        moved = books.version != self._version
        if moved:
            self._version = books.version
            fills = tuple(books.fills_after(self._last_trade_id))
            self._last_trade_id = fills[-1].trade_id if fills else self._last_trade_id
            self._qty = books.account.qty
            self._open = tuple(books.open_orders())
            self._own = self._parsed()
        sent = tuple([outcome for outcome in report.outcomes if outcome.is_sent])
        return Facts(report, moved or bool(sent), self._qty, self._open, self._own, fills, sent)

    def _parsed(self) -> tuple[Own, ...]:
        known = [(parse_order_id(self._prefix, order.client_order_id), order) for order in self._open]
        return tuple([Own(parsed, order) for parsed, order in known if parsed is not None])
