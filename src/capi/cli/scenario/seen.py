"""What is known of a run while it is played: what the checks judge and the story is told from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from capi.adapters.paper.exchange import PaperExchange
from capi.core.config import Config
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.engine.action_fields import order_fields
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.ports.journal import Event


@dataclass
class Seen:
    """The exchange's books, the ledger in force, every event of every journal of the run, and every pass."""

    exchange: PaperExchange
    config: Config
    start_ms: int
    ledger: Ledger = field(default_factory=Ledger)  # of the engine that runs
    events: list[Event] = field(default_factory=list)
    reports: list[PassReport] = field(default_factory=list)
    qty_max: Decimal = ZERO
    naked_ms_max: int = 0

    @property
    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self.exchange.now_ms()

    def named(self, name: str) -> list[tuple[int, Mapping[str, Any]]]:
        """Return the events of a name, each with its time."""
        return [(event["at_ms"], event) for event in self.events if event["event"] == name]

    def own(self) -> list[Order]:
        """Return our open orders."""
        return [order for order in self.exchange.open_orders() if self._is_own(order)]

    def foreign(self) -> list[Order]:
        """Return the open orders that are not ours."""
        return [order for order in self.exchange.open_orders() if not self._is_own(order)]

    def fields_of(self, order: Order) -> Mapping[str, Any]:
        """Return an order's fields, with the role that its id says."""
        owner = parse_order_id(self.config.id_prefix, order.client_order_id)
        return {**order_fields(order), "role": None if owner is None else owner.role}

    def stops(self) -> list[Order]:
        """Return our open stops."""
        return [order for order in self.own() if order.kind == "algo" and order.type == "STOP_MARKET"]

    def covering(self) -> list[Order]:
        """Return those of them that would close the whole position, each alone."""
        qty = self.exchange.account.qty
        side = "SELL" if qty > 0 else "BUY"
        return [s for s in self.stops() if s.side == side and (s.close_position or s.remaining_qty >= abs(qty))]

    def is_covered(self) -> bool:
        """Return whether our open stops together would close the whole position."""
        qty = self.exchange.account.qty
        side = "SELL" if qty > 0 else "BUY"
        stops = [stop for stop in self.stops() if stop.side == side]
        return any(s.close_position for s in stops) or sum((s.remaining_qty for s in stops), ZERO) >= abs(qty)

    def _is_own(self, order: Order) -> bool:
        return parse_order_id(self.config.id_prefix, order.client_order_id) is not None
