"""A small world for the parts of the simulation: a market that stands, an exchange, and requests in few words."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.simulation.clock import DriftingClock
from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.trouble import ScriptedTroubles
from capi.cli.simulation.world import World
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.orders import OrderKey
from capi.ports.exchange import Look
from capi.ports.market import Quote
from tests.worlds import INSTRUMENT, NOW

D = Decimal
PRICE: Final = D("90850.0")
TRIP_MS: Final = 10


def quotes(*steps: tuple[int, str]) -> Iterator[Quote]:
    """Yield quotes: milliseconds after the start, and the bid; the ask is a tick above."""
    for after_ms, bid in ((0, str(PRICE)), *steps):
        yield Quote(timestamp_ms=NOW + after_ms, bid=D(bid), ask=D(bid) + D("0.1"), bid_qty=D(50), ask_qty=D(50))


def entry(client_order_id: str = "capi_entry_x", **changes: Any) -> PlaceOrder:
    """A market buy of 0.01 that opens a long."""
    order = PlaceOrder(
        client_order_id=client_order_id,
        role="entry",
        kind="plain",
        side="BUY",
        type="MARKET",
        quantity=D("0.010"),
        decision_id="x",
        sl=D("90000"),
        intended_qty=D("0.010"),
        rule="test",
        reason="a test",
    )
    return replace(order, **changes)


def stop(client_order_id: str = "capi_sl_x", level: str = "90000", **changes: Any) -> PlaceOrder:
    """A closePosition stop below."""
    order = PlaceOrder(
        client_order_id=client_order_id,
        role="sl",
        kind="algo",
        side="SELL",
        type="STOP_MARKET",
        quantity=None,
        trigger_price=D(level),
        trigger_by="mark",
        close_position=True,
        decision_id="x",
        rule="test",
        reason="a test",
    )
    return replace(order, **changes)


def cancel(key: OrderKey) -> CancelOrder:
    """A cancel of an order."""
    return CancelOrder(client_order_id=key[1], kind=key[0], rule="test", reason="a test")


class Stage:
    """World, clock, troubles and the way to the exchange."""

    def __init__(self, *steps: tuple[int, str]) -> None:
        paper = PaperConfig(leverage=3, margin_mode="isolated", delay_ms=1)
        self.books = PaperExchange(INSTRUMENT, D(10000), paper, NOW)
        self.world = World(self.books, quotes(*steps))
        self.clock = DriftingClock(self.world)
        self.troubles = ScriptedTroubles()
        self.exchange = FaultyExchange(self.world, self.clock, self.troubles, trip_ms=TRIP_MS)

    def look(self, *asked: OrderKey) -> Look:
        """Return a look that succeeds."""
        return self.exchange.look(asked=asked, fills_after=0, fundings_after=0).unwrap()

    def open_ids(self, look: Look) -> set[str]:
        """Return the ids that a look shows as resting."""
        return {order.client_order_id for order in look.orders if order.status == "NEW"}
