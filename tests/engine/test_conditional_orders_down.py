"""The service of conditional orders is down: none can be read, and no stop is taken."""

from dataclasses import replace
from typing import Any

import pytest
from returns.result import Result

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.errors import ExchangeError, OutcomeUnknown, Rejected, Unavailable
from capi.ports.exchange import Look
from capi.ports.streams import OrderTold
from tests.engine.looking import STOP, LoseStops
from tests.engine.stage import D, Stage
from tests.worlds import ID, decision

DOWN_MS = 60_000


def goes_down(stage: Stage, answer: Fault) -> None:
    """Let it be down from now on."""
    stage.line.lacks_algo = True
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + DOWN_MS, answer=answer)


def test_a_trade_for_which_no_stop_was_ever_taken_is_left(stage: Stage) -> None:
    stage.run()
    goes_down(stage, Fault(Unavailable("down")))
    stage.run(10, price=90799)
    assert stage.exchange.account.qty == 0
    assert stage.sent_ids("exit") == [f"capi_exit_{ID}"]
    assert stage.ledger.safe_mode is not None
    assert len(stage.named("naked")) == 1


def test_also_when_nobody_answers(stage: Stage) -> None:
    stage.run()
    goes_down(stage, Fault(OutcomeUnknown("lost")))
    stage.run(16, price=90799)
    assert stage.exchange.account.qty == 0


def test_a_stop_that_was_taken_may_still_rest(stage: Stage) -> None:
    stage.run()
    stage.run(2, price=90799)
    assert stage.ledger.trades.open is not None
    goes_down(stage, Fault(Unavailable("down")))
    stage.run(20, price=90799)
    assert stage.sent_ids("exit") == []
    assert stage.ledger.naked_since_ms is None
    assert "stop_unsure" not in stage.alerts.codes  # the ledger knows that it rests


def is_told_of_its_end(stage: Stage) -> None:
    """Let its owner take the stop down by hand, and the exchange tell of it."""
    ended = stage.exchange.manual_cancel(("algo", STOP))
    assert not isinstance(ended, Rejected)
    stage.engine.hear([OrderTold(at_ms=stage.exchange.now_ms(), order=ended)])


def test_a_trade_whose_stop_was_seen_to_end_is_left(stage: Stage) -> None:
    stage.run()
    stage.run(2, price=90799)
    goes_down(stage, Fault(Unavailable("down")))
    is_told_of_its_end(stage)
    stage.run(10, price=90799)
    assert stage.exchange.account.qty == 0
    assert "naked_position" in stage.alerts.codes


@pytest.mark.parametrize("ends", [True, False])
def test_what_a_refusal_told_of_counts_until_it_is_seen_to_end(stage: Stage, ends: bool) -> None:
    stage.run()
    stage.run(2, price=90799)
    denies_its_stop(stage)
    stage.run()
    assert stage.ledger.orders.by_key["algo", f"{STOP}_2"].order.code == -4130
    goes_down(stage, Fault(Unavailable("down")))
    if ends:
        is_told_of_its_end(stage)
    stage.run(50, price=90799)
    assert (stage.exchange.account.qty == 0) is ends


def denies_its_stop(stage: Stage) -> None:
    """Let the exchange not know the stop, which rests."""
    shown = stage.line.look

    def look(**asked: Any) -> Result[Look, ExchangeError]:
        return shown(**asked).map(
            lambda seen: replace(
                seen,
                orders=tuple(one for one in seen.orders if one.client_order_id != STOP),
                not_found=(("algo", STOP),),
            )
        )

    stage.line.look = look  # type: ignore[method-assign]
    stage.run(8)


def test_a_position_that_was_turned_by_hand_is_somebody_elses(stage: Stage) -> None:
    stage.run()
    stage.run(2, price=90799)
    goes_down(stage, Fault(Unavailable("down")))
    is_told_of_its_end(stage)
    stage.exchange.manual_order(NewOrder(client_order_id="web_1", side="SELL", type="MARKET", quantity=D("0.022")))
    stage.run(20)
    assert stage.exchange.account.qty == D("-0.011")
    assert stage.sent_ids("exit") == []


def test_a_refusal_because_of_another_stop_tells_of_one(stage: Stage) -> None:
    stage.run()
    goes_down(stage, Fault(Rejected(-4130, "An open stop or take profit order with GTE and closePosition exists.")))
    stage.run(DOWN_MS // 1000 - 2, price=90799)
    assert stage.sent_ids("exit") == []
    assert stage.ledger.naked_since_ms is None


def test_somebody_elses_position_may_have_somebody_elses_stop(stage: Stage) -> None:
    stage.decisions.give(decision(proposal=None))
    stage.run(3)
    goes_down(stage, Fault(Unavailable("down")))
    stage.exchange.manual_order(NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.020")))
    stage.run(20)
    assert stage.exchange.account.qty == D("0.020")
    assert stage.sent_ids("exit") == []
    assert "stop_unsure" in stage.alerts.codes


@pytest.mark.parametrize("shown", [True, False])
def test_somebody_elses_position_that_was_shown_without_a_stop_is_left(stage: Stage, shown: bool) -> None:
    """Its first stop was lost on the way, and the lists showed none, before they could not be read (seed 75772)."""
    stage.decisions.give(decision(proposal=None))
    stage.run(3)
    goes_down(stage, Fault(OutcomeUnknown("lost")))
    stage.exchange.manual_order(NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.020")))
    stage.run(2)
    stage.line.lacks_algo = not shown
    stage.run(1)
    stage.line.lacks_algo = True
    stage.run(20)
    assert (stage.exchange.account.qty == 0) is shown


def test_one_whose_owners_stop_was_shown_is_not(stage: Stage) -> None:
    stage.decisions.give(decision(proposal=None))
    stage.run(3)
    stage.exchange.manual_order(NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.020")))
    theirs = NewOrder(
        client_order_id="web_sl",
        kind="algo",
        side="SELL",
        type="STOP_MARKET",
        trigger_price=D(89000),
        close_position=True,
    )
    stage.exchange.manual_order(theirs)
    goes_down(stage, Fault(OutcomeUnknown("lost")))
    stage.run(2)
    stage.line.lacks_algo = False
    stage.run(1)
    stage.line.lacks_algo = True
    stage.run(25)
    assert stage.exchange.account.qty == D("0.020")
    assert stage.sent_ids("exit") == []
