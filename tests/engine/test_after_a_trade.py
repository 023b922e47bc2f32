"""What follows a trade: the next position is not the last one's, and nakedness ends with the fill that ended it."""

from decimal import Decimal

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.decision import Unusable
from capi.core.errors import Rejected
from tests.engine.looking import LoseStops, open_stops
from tests.engine.stage import D, Stage
from tests.worlds import ID


def stopped_out(stage: Stage) -> None:
    """Enter, be stopped out, and settle."""
    stage.run(2)
    stage.run(price=90799)
    stage.run(price=89700)
    stage.decisions.give(Unusable(reason="none any more"))
    stage.run(5)
    assert [closed["exit_reason"] for closed in stage.named("trade_closed")] == ["sl"]
    assert stage.exchange.account.qty == 0


def test_a_position_opened_by_hand_is_not_the_last_trades(stage: Stage) -> None:
    """A stop of the last trade that fired unseen would explain it, and have it left at once."""
    stopped_out(stage)
    stage.run(60, step_ms=5000)
    by_hand = NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.003"))
    stage.exchange.manual_order(by_hand)
    report = stage.run()
    assert [order.client_order_id for order in report.orders if order.client_order_id.endswith(ID)] == []
    stage.run(3)
    assert stage.exchange.account.qty == D("0.003")
    [adopted] = stage.named("trade_adopted")
    [stop] = open_stops(stage)
    assert adopted["decision_id"] in stop.client_order_id


def test_nakedness_that_a_flat_ends_ends_with_the_last_exits_fill(stage: Stage) -> None:
    stage.run()
    refused = Fault(Rejected(-2010, "refused"))
    stage.exchange.faults = LoseStops(stage, stage.exchange.now_ms() + 600_000, refused)
    stage.run(price=90799)
    [naked] = stage.named("naked")
    stage.exchange.faults = None
    stage.kill()
    by_hand = NewOrder(client_order_id="web_1", side="SELL", type="MARKET", quantity=D("0.011"))
    for order in list(stage.exchange.open_orders()):
        stage.exchange.manual_cancel(order.key)
    stage.exchange.tick_time(stage.exchange.now_ms() + 500)
    stage.exchange.manual_order(by_hand)
    closed_at_ms = stage.exchange.now_ms()
    stage.exchange.tick_time(closed_at_ms + 120_000)  # nobody looked
    stage.begin()
    stage.run(4)
    [closed] = stage.named("trade_closed")
    assert closed["closed_at_ms"] == closed_at_ms
    assert Decimal(closed["naked_seconds"]) == Decimal(closed_at_ms - naked["at_ms"]) / 1000
