"""What the engine makes of events: more risk is guarded at once and alone, everything else waits for a look."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from returns.result import Result

from capi.adapters.decision_json import read_decision
from capi.adapters.exact_json import exact_json
from capi.adapters.paper.faults import Fault
from capi.cli.recorded.again import plans_again
from capi.core.account import Position
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.errors import ExchangeError, Rejected, Unavailable
from capi.core.orders import Order, OrderKey
from capi.ports.exchange import Fill, Look, Request
from capi.ports.streams import Disturbed, MarginCalled, OrderTold, PositionTold, StreamEvent, StreamsDown, StreamsUp
from tests.adapters.decision_examples import LONG as DOCUMENT
from tests.adapters.decision_examples import written
from tests.engine.looking import ENTRY, STOP, open_plain, open_stops
from tests.engine.stage import D, Killed, Line, Stage, quote
from tests.worlds import ID, MADE

CHECKS = ("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok", "no_major_news")
FILLED = 90799
"""A price that takes the whole entry, 0.011 at 90800."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An engine whose entry rests."""
    stage = Stage(tmp_path)
    stage.run(4)
    assert [order.client_order_id for order in open_plain(stage)] == [ENTRY]
    return stage


def truth(stage: Stage, key: OrderKey = ("plain", ENTRY)) -> tuple[Order, list[Fill]]:
    """Return an order and its fills as the exchange has them."""
    seen = stage.exchange.look(asked=(key,), fills_after=0, fundings_after=0).unwrap()
    [order] = [one for one in seen.orders if one.key == key]
    return order, [fill for fill in seen.fills if fill.client_order_id == key[1]]


def filled(stage: Stage, *, ago_ms: int = 0) -> OrderTold:
    """Let the market take the entry, unseen by a pass, and return the event that tells of it."""
    stage.exchange.advance(quote(FILLED, stage.exchange.now_ms() + 500))
    order, fills = truth(stage)
    at_ms = stage.exchange.now_ms() - ago_ms
    return OrderTold(at_ms=at_ms, order=replace(order, updated_at_ms=at_ms), fill=fills[-1])


def held(stage: Stage, qty: str) -> PositionTold:
    """Return the event that tells of a position now."""
    return PositionTold(at_ms=stage.exchange.now_ms(), qty=D(qty), entry_price=D(90800))


def requests(stage: Stage, since: int) -> list[tuple[str, str]]:
    """Return the requests that place or cancel, since the n-th."""
    sent = stage.line.requests[since:]
    return [(type(one).__name__, one.client_order_id) for one in sent if isinstance(one, PlaceOrder | CancelOrder)]


def test_a_fill_told_is_guarded_without_a_look_and_before_anything_is_written(stage: Stage) -> None:
    told = filled(stage)
    looks, sent, written = stage.line.looks, len(stage.line.requests), sum(1 for _ in stage.journal.events())
    assert stage.engine.hear([told])
    assert stage.line.looks == looks
    assert requests(stage, sent) == [("PlaceOrder", STOP)]
    assert stage.line.journalled[-1] == written
    assert [stop.close_position for stop in open_stops(stage)] == [True]
    names = [event["event"] for event in stage.journal.events()][written:]
    assert names == ["order", "sent", "answered", "heard"]


def test_of_what_is_planned_only_the_stop_is_sent_and_the_rest_is_told_as_held(stage: Stage) -> None:
    stage.engine.hear([filled(stage)])
    [heard] = stage.named("heard")
    results = [(action["action"], action["result"]) for action in heard["actions"]]
    assert ("place_order", "ack") in results
    assert all(result == "held" for name, result in results if name != "place_order")
    assert not heard["complete"]
    [report] = stage.engine.take_heard()
    assert report.gaps != ()
    assert stage.engine.take_heard() == []


def test_the_pass_after_it_does_the_rest_and_sends_no_second_stop(stage: Stage) -> None:
    stage.engine.hear([filled(stage)])
    stage.run(4, price=FILLED)
    assert stage.sent_ids().count(STOP) == 1
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]
    assert {order.client_order_id for order in open_plain(stage)} == {f"capi_tp1_{ID}", f"capi_tp2_{ID}"}
    record = stage.ledger.trades.open
    assert record is not None
    assert (record.trade.qty, record.trade.sl) == (D("0.011"), D("89800.0"))


def test_what_was_heard_can_be_planned_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    document = exact_json(written(DOCUMENT, risk_checks=dict.fromkeys(CHECKS, True)))
    stage.decisions.received = read_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=MADE)
    stage.run(4)
    stage.engine.hear([filled(stage), held(stage, "0.011")])
    stage.run(2, price=FILLED)
    assert len(stage.named("heard")) == 1
    again = list(plans_again(stage.journal.events()))
    assert len(again) > 2
    assert [one for one in again if not one.is_same] == []


@pytest.mark.parametrize("order", ["position first", "order first"])
def test_one_fill_told_in_two_events_apart_has_one_stop(stage: Stage, order: str) -> None:
    told: list[StreamEvent] = [filled(stage), held(stage, "0.011")]
    for event in told if order == "order first" else reversed(told):
        stage.engine.hear([event])
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]
    assert len(stage.named("heard")) == 1


def test_told_twice_it_changes_nothing(stage: Stage) -> None:
    told = filled(stage)
    assert stage.engine.hear([told])
    written = sum(1 for _ in stage.journal.events())
    assert not stage.engine.hear([told])
    assert sum(1 for _ in stage.journal.events()) == written


def test_the_echo_of_a_resting_entry_calls_for_nothing(stage: Stage) -> None:
    order, _ = truth(stage)
    assert not stage.engine.hear([OrderTold(at_ms=stage.exchange.now_ms(), order=order)])


def test_a_late_event_does_not_revive_an_order_that_has_ended(stage: Stage) -> None:
    order, _ = truth(stage)
    late = OrderTold(at_ms=stage.exchange.now_ms(), order=order)
    stage.exchange.act(CancelOrder(client_order_id=ENTRY, kind="plain", rule="test", reason="by hand"))
    stage.run(8)
    assert stage.ledger.orders.by_key["plain", ENTRY].order.status == "CANCELED"
    assert not stage.engine.hear([replace(late, at_ms=stage.exchange.now_ms())])
    assert stage.ledger.orders.by_key["plain", ENTRY].order.status == "CANCELED"


def test_a_fill_told_long_after_it_waits_for_the_look(stage: Stage) -> None:
    sent = len(stage.line.requests)
    assert stage.engine.hear([filled(stage, ago_ms=6000)])
    assert requests(stage, sent) == []
    stage.run(price=FILLED)
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]


@pytest.mark.parametrize("qty", ["0", "0.004", "-0.011", "-0.02"])
def test_a_position_told_smaller_closed_or_turned_is_left_to_the_look(stage: Stage, qty: str) -> None:
    stage.run(4, price=FILLED)
    sent = len(stage.line.requests)
    stage.exchange.tick_time(stage.exchange.now_ms() + 100)
    assert stage.engine.hear([held(stage, qty)])
    assert requests(stage, sent) == []
    assert stage.ledger.position_qty == D("0.011")
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]


def test_a_position_told_of_before_the_last_look_is_left_to_the_look(stage: Stage) -> None:
    sent = len(stage.line.requests)
    told = replace(held(stage, "0.011"), at_ms=stage.exchange.now_ms() - 2000)
    assert stage.engine.hear([told])
    assert requests(stage, sent) == []
    assert stage.ledger.position_qty == 0


def test_an_order_under_our_prefix_that_the_ledger_never_wrote_is_left_to_the_look(stage: Stage) -> None:
    order, _ = truth(stage)
    other = replace(order, client_order_id="capi_entry_elsewhere", filled_qty=D("0.005"), status="PARTIALLY_FILLED")
    sent = len(stage.line.requests)
    assert stage.engine.hear([OrderTold(at_ms=stage.exchange.now_ms(), order=other)])
    assert requests(stage, sent) == []
    assert ("plain", "capi_entry_elsewhere") not in stage.ledger.orders.by_key


def test_before_the_first_look_there_is_nothing_to_bring_forward(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.engine.hear([held(stage, "0.011"), Disturbed(at_ms=stage.exchange.now_ms(), reason="connected")])
    assert stage.line.requests == []


def test_where_the_exchange_does_not_see_the_position_yet_the_stop_goes_by_quantity_at_once(stage: Stage) -> None:
    told = filled(stage)
    stage.faults.refuse_next(-4509)
    stage.engine.hear([told])
    stops = open_stops(stage)
    assert [(one.client_order_id, one.close_position, one.quantity) for one in stops] == [
        (f"{STOP}_2", False, D("0.011"))
    ]
    stage.run(3, price=FILLED)
    assert any(one.close_position for one in open_stops(stage))


class LateReads(Line):
    """Looks that show position, fills and orders as they were, until a time."""

    until_ms = 0
    before: Look | None = None

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Look, with the past where it lags."""
        result = super().look(asked=asked, fills_after=fills_after, fundings_after=fundings_after)
        if self.before is None or self.exchange.now_ms() >= self.until_ms:
            return result
        plain = tuple(one for one in self.before.orders if one.kind == "plain")
        return result.map(
            lambda seen: replace(
                seen,
                position=Position(qty=D(0)),
                fills=(),
                orders=(*(one for one in seen.orders if one.kind == "algo"), *plain),
            )
        )


@pytest.mark.parametrize("lag_ms", [1000, 2000, 3000, 4500])
@pytest.mark.parametrize("tells", ["fill", "position", "both"])
def test_reads_that_lag_behind_the_event_do_not_take_the_fresh_stop_down(stage: Stage, lag_ms: int, tells: str) -> None:
    late = LateReads(stage.exchange, stage.journal)
    late.before = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    stage.line.look = late.look  # type: ignore[method-assign]
    told = filled(stage)
    late.until_ms = stage.exchange.now_ms() + lag_ms
    both: list[StreamEvent] = [told, held(stage, "0.011")]
    stage.engine.hear({"fill": both[:1], "position": both[1:], "both": both}[tells])
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]
    for _ in range(lag_ms // 250 + 12):
        stage.run(price=FILLED, step_ms=250)
        assert STOP in [stop.client_order_id for stop in open_stops(stage)]
    assert not any(isinstance(one, CancelOrder) and one.client_order_id == STOP for one in stage.line.requests)
    assert stage.ledger.trades.open is not None
    assert stage.sent_ids().count(STOP) == 1


def test_a_flat_that_is_true_is_believed_after_a_while_although_an_event_said_otherwise(stage: Stage) -> None:
    stage.engine.hear([filled(stage)])
    stage.run(3, price=FILLED)
    stage.exchange.tick_time(stage.exchange.now_ms() + 100)
    stage.engine.hear([held(stage, "0.02")])  # a later event, that it was closed by hand, is lost
    side = PlaceOrder(
        client_order_id="web_1", role="exit", kind="plain", side="SELL", type="MARKET", quantity=D("0.011"),
        decision_id=ID, rule="test", reason="by hand",
    )  # fmt: skip
    stage.exchange.act(side).unwrap()
    stage.run(12, price=FILLED)
    assert stage.ledger.trades.open is None
    assert open_stops(stage) == []


def test_a_read_that_is_newer_than_the_events_is_believed_at_once(stage: Stage) -> None:
    stage.engine.hear([held(stage, "0")])  # as margin mode was set, and after it the stream fell silent
    stage.run(price=FILLED)
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]
    report = stage.run(price=FILLED)
    assert report.gaps == ()


def test_a_close_that_reads_do_not_show_yet_makes_them_doubtful_for_a_while(stage: Stage) -> None:
    stage.run(4, price=FILLED)
    stage.exchange.tick_time(stage.exchange.now_ms() + 100)
    stage.engine.hear([held(stage, "0.004"), held(stage, "0")])
    gaps = [bool(stage.run(price=FILLED, step_ms=1000).gaps) for _ in range(6)]
    assert gaps == [True, True, True, True, False, False]


def test_an_event_that_agrees_with_a_look_that_was_doubted_calls_for_the_next_one(stage: Stage) -> None:
    """The exit's own event comes just after the look that shows it: nothing else would call for a pass."""
    stage.engine.hear([filled(stage), held(stage, "0.011")])
    stage.run(4, price=FILLED)
    side = PlaceOrder(
        client_order_id="web_1", role="exit", kind="plain", side="SELL", type="MARKET", quantity=D("0.011"),
        decision_id=ID, rule="test", reason="by hand",
    )  # fmt: skip
    stage.exchange.act(side).unwrap()
    doubtful = stage.run(price=FILLED, step_ms=100)
    assert doubtful.account is not None
    assert (doubtful.account.position.qty, bool(doubtful.gaps)) == (D(0), True)
    assert stage.engine.hear([held(stage, "0")])
    assert stage.run(price=FILLED, step_ms=100).gaps == ()
    assert not stage.engine.hear([held(stage, "0")])


def test_a_full_disk_does_not_hold_the_stop_up(stage: Stage) -> None:
    told = filled(stage)
    stage.journal.full = True
    stage.engine.hear([told])
    assert [stop.client_order_id for stop in open_stops(stage)] == [STOP]
    stage.journal.full = False
    stage.run(price=FILLED)
    assert [event["event"] for event in stage.kept() if event.get("client_order_id") == STOP][:2] == [
        "sent",
        "answered",
    ]


@pytest.mark.parametrize("when", ["kill_before", "kill_after"])
def test_a_process_that_ends_at_the_stop_is_restarted_without_harm(stage: Stage, when: str) -> None:
    told = filled(stage)
    setattr(stage.line, when, len(stage.line.requests) + 1)
    with pytest.raises(Killed):
        stage.engine.hear([told])
    stage.kill()
    stage.begin()
    stage.run(4, price=FILLED)
    assert sum(stop.close_position for stop in open_stops(stage)) == 1
    assert stage.ledger.trades.open is not None


def test_a_stop_that_cannot_be_sent_is_sent_by_the_pass(stage: Stage) -> None:
    told = filled(stage)
    stage.faults.drop_next()
    stage.engine.hear([told])
    assert open_stops(stage) == []
    stage.run(price=FILLED)
    assert len(open_stops(stage)) == 1


def test_streams_that_are_down_are_told_and_call_for_no_pass(stage: Stage) -> None:
    now = stage.exchange.now_ms()
    assert not stage.engine.hear([StreamsDown(at_ms=now, reason="private: it is silent")])
    assert not stage.engine.hear([StreamsUp(at_ms=now + 1)])
    assert [(level, code) for level, code, _, _ in stage.alerts.told][-2:] == [
        ("WARNING", "streams_down"),
        ("INFO", "streams_up"),
    ]
    assert {"streams_down", "streams_up"} <= {event["code"] for event in stage.named("alert")}


def test_a_call_for_margin_is_told_and_calls_for_a_look(stage: Stage) -> None:
    assert stage.engine.hear([MarginCalled(at_ms=stage.exchange.now_ms())])
    assert [(level, code) for level, code, _, _ in stage.alerts.told][-1:] == [("CRITICAL", "margin_call")]
    assert stage.named("alert")[-1]["code"] == "margin_call"


def test_what_was_told_of_a_refused_stop_survives_a_lost_network(stage: Stage) -> None:
    class Down:
        """Faults: nothing reaches the exchange."""

        def on_request(self, request: Request) -> Fault | None:
            """Refuse."""
            return Fault(Rejected(-4509, "no position"))

        def position_lag(self) -> int:
            """Nothing is late."""
            return 0

    told = filled(stage)
    stage.exchange.faults = Down()
    stage.line.failure = Unavailable("the network is away")
    stage.engine.hear([told])
    tried = len([one for one in stage.line.requests if isinstance(one, PlaceOrder) and one.role == "sl"])
    assert tried == 3
    stage.exchange.faults = stage.faults
    stage.line.failure = None
    stage.run(3, price=FILLED)
    assert any(stop.close_position for stop in open_stops(stage))
