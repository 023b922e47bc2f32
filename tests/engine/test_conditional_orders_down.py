"""The service of conditional orders is down: none can be read, and no stop is taken."""

from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.core.errors import OutcomeUnknown, Rejected, Unavailable
from tests.engine.looking import LoseStops
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
