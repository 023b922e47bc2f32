"""The ids that were used for a position which no trade explains stay used, however its quantity changes."""

from dataclasses import replace

import pytest

from capi.core.account import Position
from capi.core.actions import OpenTrade, PlaceOrder
from capi.core.decision import Direction
from capi.core.errors import Rejected, Throttled
from capi.core.orders import Order
from capi.engine import events
from capi.engine.answers import no, yes
from capi.engine.ledger import Ledger
from capi.engine.view import assemble
from capi.ports.exchange import Ack, Look
from tests.engine.stage import D, look, observed, seen_order
from tests.worlds import NOW

ORPHAN = "h0123456789abcde"
FIRST, SECOND = f"capi_sl_{ORPHAN}", f"capi_sl_{ORPHAN}_2"


def stop(client_order_id: str) -> PlaceOrder:
    """Return a stop for a long position."""
    return PlaceOrder(
        client_order_id=client_order_id,
        role="sl",
        kind="algo",
        side="SELL",
        type="STOP_MARKET",
        quantity=None,
        trigger_price=D(89800),
        trigger_by="mark",
        close_position=True,
        decision_id=ORPHAN,
        rule="test",
        reason="test",
    )


def resting(client_order_id: str) -> Order:
    """Return a stop of ours as the exchange lists it."""
    return Order(
        client_order_id=client_order_id,
        kind="algo",
        side="SELL",
        type="STOP_MARKET",
        status="NEW",
        trigger_price=D(89000),
        reduce_only=True,
        close_position=True,
        created_at_ms=NOW,
        updated_at_ms=NOW,
    )


def seen(at_ms: int, qty: str, *orders: Order) -> Look:
    """Return a look at a position by hand; incomplete, so that it is guarded and not adopted."""
    return look(
        now_ms=at_ms,
        position=Position(qty=D(qty), entry_price=D(90000)),
        orders=orders,
        gaps=("the account's past could not be read",),
    )


def tried(ledger: Ledger) -> None:
    """Have a first stop that rests and a second one that was refused, for a position of 0.002."""
    observed(ledger, seen(NOW, "0.002"))
    for at_ms, request in ((NOW + 10, stop(FIRST)), (NOW + 1000, stop(SECOND))):
        ledger.apply(events.sent(at_ms, request))
        taken = request.client_order_id == FIRST
        answer = (
            yes(Ack(at_ms=at_ms, kind="order", order=resting(FIRST))) if taken else no(Rejected(-1111, "no"), at_ms)
        )
        ledger.apply(answer.event(request))


def test_a_refused_stop_is_not_forgotten_when_the_position_grows() -> None:
    ledger = Ledger()
    tried(ledger)
    grown = seen(NOW + 60_000, "0.004", resting(FIRST))
    observed(ledger, grown)
    _, orders = assemble(grown, ledger)
    assert {order.client_order_id: order.status for order in orders} == {FIRST: "NEW", SECOND: "REJECTED"}


def test_nor_when_a_list_that_lags_shows_it_flat_in_between() -> None:
    ledger = Ledger()
    tried(ledger)
    flat = look(now_ms=NOW + 2000, orders=(resting(FIRST),))
    observed(ledger, flat)
    again = seen(NOW + 60_000, "0.002", resting(FIRST))
    observed(ledger, again)
    assert SECOND in {order.client_order_id for order in assemble(again, ledger)[1]}


def test_ended_stops_of_a_lost_ledger_are_used_too() -> None:
    ledger = Ledger()
    ended = replace(resting(SECOND), status="CANCELED")
    ledger.apply(seen_order(NOW, ended))
    now = seen(NOW + 1000, "0.002", resting(FIRST))
    observed(ledger, now)
    assert {order.client_order_id for order in assemble(now, ledger)[1]} == {FIRST, SECOND}


@pytest.mark.parametrize(("side", "in_view"), [("short", True), ("long", False)])
def test_they_are_used_beside_an_open_trade_of_the_other_side_too(side: Direction, in_view: bool) -> None:
    """Turned by hand: the position is nobody's, and the trade before it is not closed yet."""
    ledger = Ledger()
    opened = OpenTrade(
        decision_id="before",
        side=side,
        qty=D("0.002"),
        entry_price=D(90000),
        sl=D(91000),
        tp1=None,
        tp2=None,
        volatility=None,
        rule="test",
        reason="test",
    )
    ledger.apply(events.trade_opened(NOW - 1000, opened))
    observed(ledger, seen(NOW, "0.002"))
    ledger.apply(events.sent(NOW + 10, stop(FIRST)))
    ledger.apply(no(Throttled(NOW + 20_000, "429"), NOW + 10).event(stop(FIRST)))
    now = seen(NOW + 20_000, "0.002")
    observed(ledger, now)
    assert (FIRST in {order.client_order_id for order in assemble(now, ledger)[1]}) == in_view
