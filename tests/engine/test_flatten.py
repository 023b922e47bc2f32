"""A flatten: the position is left, its stop stays until flat is confirmed, and nothing is entered until resumed."""

from dataclasses import replace
from pathlib import Path

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown, Rejected
from capi.engine.settled import inconsistent
from capi.ports.exchange import Request
from capi.ports.inbox import Given
from tests.engine.looking import ENTRY, STOP, LoseStops, open_plain, open_stops
from tests.engine.stage import Stage
from tests.worlds import ID, decision

EXIT = f"capi_exit_{ID}"
BY = Given(by="trader at desk, process 7", command="1")


def in_position(stage: Stage) -> None:
    """Have the position with stop and targets."""
    stage.run(4)
    stage.run(3, price=90799)
    assert stage.ledger.position_qty == stage.exchange.account.qty != 0
    assert len(open_plain(stage)) == 2


class LoseExits:
    """Faults: exits are not answered, or refused, for some times."""

    def __init__(self, fault: Fault, times: int) -> None:
        self.fault, self.times = fault, times

    def on_request(self, request: Request) -> Fault | None:
        """Lose exits."""
        if isinstance(request, PlaceOrder) and request.role == "exit" and self.times:
            self.times -= 1
            return self.fault
        return None

    def position_lag(self) -> int:
        """Nothing is late."""
        return 0


def test_the_position_is_closed_reduce_only_and_the_stop_goes_last(stage: Stage) -> None:
    in_position(stage)
    stage.engine.flatten("holiday", BY)
    report = stage.run()
    [exit_] = [one for one in report.actions if isinstance(one, PlaceOrder)]
    assert (exit_.client_order_id, exit_.type, exit_.reduce_only, exit_.rule) == (EXIT, "MARKET", True, "flatten")
    assert "holiday" in exit_.reason
    assert [order.client_order_id for order in open_stops(stage)] == [STOP]  # nobody has confirmed flat yet
    stage.run(5)
    [closed] = stage.named("trade_closed")
    assert closed["exit_reason"] == "flatten"
    assert open_plain(stage) == open_stops(stage) == []
    assert stage.ledger.flatten is None
    assert [event["event"] for event in stage.kept() if event["event"].startswith("flatten")] == [
        "flatten",
        "flattened",
    ]
    [event] = stage.named("flatten")
    assert (event["reason"], event["by"], event["command"]) == ("holiday", BY.by, BY.command)


def test_nothing_is_entered_until_resumed(stage: Stage) -> None:
    in_position(stage)
    stage.engine.flatten("holiday", BY)
    stage.run(5)
    fresh = decision(decision_id="another", timestamp_ms=stage.exchange.now_ms())
    stage.decisions.give(fresh)
    stage.run(5, price=90850)
    assert stage.sent_ids("entry") == [ENTRY]
    stage.engine.resume("back", BY)
    stage.run(5)
    assert stage.sent_ids("entry") == [ENTRY, "capi_entry_another"]


def test_a_resting_entry_is_taken_down(stage: Stage) -> None:
    stage.run(4)
    assert [order.client_order_id for order in open_plain(stage)] == [ENTRY]
    stage.engine.flatten("holiday", BY)
    stage.run(6)
    assert open_plain(stage) == []
    assert stage.ledger.flatten is None
    assert stage.ledger.paused


def test_flat_with_nothing_open_it_is_done_when_flat_is_certain(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.engine.flatten("just to be sure", BY)
    stage.run()
    assert stage.named("flattened") == []  # seen flat once is not confirmed
    stage.run(3)
    assert len(stage.named("flattened")) == 1
    assert stage.sent_ids() == []


def test_it_goes_on_after_a_restart(stage: Stage) -> None:
    in_position(stage)
    stage.exchange.faults = LoseExits(Fault(Rejected(-1111, "no")), 1)
    stage.engine.flatten("holiday", BY)
    stage.run()
    assert stage.exchange.account.qty != 0
    stage.kill()
    stage.begin()
    assert (stage.ledger.flatten, stage.ledger.paused) == ("holiday", True)
    stage.run(6)
    assert stage.exchange.account.qty == 0
    assert len(stage.named("flattened")) == 1
    assert stage.folded() == stage.ledger


def test_an_exit_whose_answer_is_lost_is_not_sent_under_its_id_again(stage: Stage) -> None:
    in_position(stage)
    stage.exchange.faults = LoseExits(Fault(OutcomeUnknown("lost")), 1)
    stage.engine.flatten("holiday", BY)
    stage.run(8)
    assert stage.sent_ids("exit") == [EXIT, f"{EXIT}_2"]
    assert stage.exchange.account.qty == 0
    assert stage.named("trade_closed")[0]["exit_reason"] == "flatten"


def test_what_fills_of_the_entry_meanwhile_is_closed_too(stage: Stage) -> None:
    stage.run(4)
    stage.exchange.faults = LoseStops(stage, until_ms=0)
    stage.engine.flatten("holiday", BY)
    stage.run(price=90799)  # it fills before the cancel arrives
    stage.run(6)
    assert stage.exchange.account.qty == 0
    assert open_plain(stage) == open_stops(stage) == []
    assert stage.named("trade_closed")[0]["exit_reason"] == "flatten"


def test_why_safe_mode_is_not_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert inconsistent(stage.run(3), stage.ledger) is not None  # an entry was just sent
    assert inconsistent(stage.run(2), stage.ledger) is None
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 1500)
    naked = stage.run(price=90799)
    assert naked.account is not None
    whole = replace(naked, account=replace(naked.account, complete=True), outcomes=())
    assert "the position is unknown" in str(inconsistent(whole, stage.ledger))
    stage.line.failure = OutcomeUnknown("lost")
    assert "could not be read as a whole" in str(inconsistent(stage.run(), stage.ledger))
