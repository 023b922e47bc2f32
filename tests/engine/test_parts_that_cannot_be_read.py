"""A part of the view cannot be read for minutes: what of the guard is known all the same, and what is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.errors import Rejected, Unavailable
from capi.ports.exchange import Look
from capi.ports.streams import PositionTold
from tests.engine.looking import ENTRY, STOP, LoseStops, open_stops
from tests.engine.stage import D, Stage, look
from tests.worlds import decision

MINUTES = 180


@pytest.fixture
def guarded(stage: Stage) -> Stage:
    """A stage with a trade whose stop rests."""
    stage.run()
    stage.run(2, price=90799)
    assert [one.client_order_id for one in open_stops(stage)] == [STOP]
    return stage


def looks_fail(stage: Stage) -> None:
    """Let no look succeed."""
    stage.line.failure = Unavailable("503")


def stops_are_hidden(stage: Stage) -> None:
    """Let conditional orders be unreadable."""
    stage.line.lacks_algo = True


def fills_are_hidden(stage: Stage) -> None:
    """Let looks lack a part that has nothing to do with stops."""
    shown = stage.line.look

    def look(**asked: Any) -> Any:
        return shown(**asked).map(lambda seen: replace(seen, gaps=("the fills",)))

    stage.line.look = look  # type: ignore[method-assign]


@pytest.mark.parametrize("go_blind", [looks_fail, stops_are_hidden])
def test_a_stop_that_ended_unseen_is_asked_about_and_replaced(
    guarded: Stage, go_blind: Callable[[Stage], None]
) -> None:
    go_blind(guarded)
    guarded.run(40)
    assert not isinstance(guarded.exchange.manual_cancel(("algo", STOP)), Rejected)
    guarded.run(31)
    assert [(one.trigger_price, one.close_position) for one in open_stops(guarded)] == [(D("89800.0"), True)]


@pytest.mark.parametrize("go_blind", [looks_fail, stops_are_hidden])
def test_it_is_asked_about_every_half_minute(guarded: Stage, go_blind: Callable[[Stage], None]) -> None:
    go_blind(guarded)
    guarded.run(MINUTES)
    asked = guarded.sent_ids("sl")[1:]
    assert MINUTES // 30 - 1 <= len(asked) <= MINUTES // 30
    assert [one.client_order_id for one in open_stops(guarded)] == [STOP]
    assert guarded.ledger.naked_since_ms is None
    assert guarded.sent_ids("exit") == []


def test_a_service_that_is_down_is_not_stormed_with_the_question(guarded: Stage) -> None:
    stops_are_hidden(guarded)
    down = Fault(Unavailable("down"))
    guarded.exchange.faults = LoseStops(guarded, until_ms=guarded.exchange.now_ms() + MINUTES * 1000, answer=down)
    guarded.run(MINUTES)
    assert len(guarded.sent_ids("sl")) <= 1 + MINUTES // 30
    assert guarded.exchange.account.qty == D("0.011")


def test_a_stop_that_the_list_does_not_show_and_no_query_tells_of_is_asked_about(guarded: Stage) -> None:
    shown = guarded.line.look

    def look(**asked: Any) -> Any:
        return shown(**asked).map(
            lambda seen: replace(
                seen,
                orders=tuple(one for one in seen.orders if one.client_order_id != STOP),
                gaps=(f"order {STOP}",),
            )
        )

    guarded.line.look = look  # type: ignore[method-assign]
    assert not isinstance(guarded.exchange.manual_cancel(("algo", STOP)), Rejected)
    guarded.run()
    assert [one.client_order_id for one in open_stops(guarded)] == [f"{STOP}_2"]


def test_an_event_asks_nothing_about_a_stop_that_was_just_shown(guarded: Stage) -> None:
    guarded.run(40)
    grown = PositionTold(at_ms=guarded.exchange.now_ms(), qty=D("0.012"), entry_price=None)
    guarded.engine.hear([grown])
    assert guarded.engine.take_heard() == []
    assert guarded.sent_ids("sl") == [STOP]


def test_nothing_is_asked_while_conditional_orders_are_read(guarded: Stage) -> None:
    fills_are_hidden(guarded)
    guarded.run(MINUTES)
    assert guarded.sent_ids("sl") == [STOP]


def test_a_position_is_naked_when_all_stops_were_read_and_none_is_there(stage: Stage) -> None:
    stage.decisions.give(decision(proposal=None))
    stage.run(3)
    fills_are_hidden(stage)
    many = Fault(Rejected(-4045, "Reach max stop order limit."))
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 60_000, answer=many)
    stage.exchange.manual_order(NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.020")))
    stage.run(10)
    assert stage.exchange.account.qty == 0
    assert "naked_position" in stage.alerts.codes


def test_only_a_look_that_read_them_shows_stops() -> None:
    seen: Look = look()
    assert seen.shows_stops
    assert not replace(seen, gaps=("the fills",)).shows_stops
    assert replace(seen, gaps=("the fills",), stops_read=True).shows_stops


@pytest.mark.parametrize("filled", [True, False])
def test_an_entry_that_is_gone_while_looks_fail_is_asked_about(stage: Stage, filled: bool) -> None:
    stage.run()
    looks_fail(stage)
    if not filled:
        assert not isinstance(stage.exchange.manual_cancel(("plain", ENTRY)), Rejected)
    stage.run(10, price=90799)
    assert stage.ledger.orders.by_key["plain", ENTRY].order.status == "UNKNOWN"
    assert stage.exchange.account.qty == (D("0.011") if filled else 0)
    assert [one.close_position for one in open_stops(stage)] == [True] * filled
    stage.line.failure = None
    stage.run(5)
    assert [one.close_position for one in open_stops(stage)] == [True] * filled
    assert (stage.ledger.trades.open is not None) is filled
