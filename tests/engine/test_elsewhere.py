"""Another engine on the same account and symbol: it is told from our own past, and ends our entries."""

from dataclasses import replace
from decimal import Decimal

import pytest

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown
from capi.ports.exchange import Request
from capi.ports.inbox import Given
from tests.engine.looking import ENTRY, STOP, open_plain
from tests.engine.stage import Stage


def foreign(client_order_id: str, price: str = "70000") -> PlaceOrder:
    """A limit order as another engine, or a person, would send it."""
    return PlaceOrder(
        client_order_id=client_order_id,
        role="entry",
        kind="plain",
        side="BUY",
        type="LIMIT",
        quantity=Decimal("0.010"),
        price=Decimal(price),
        time_in_force="GTC",
        decision_id="d9",
        rule="test",
        reason="sent elsewhere",
    )


def send(stage: Stage, client_order_id: str) -> None:
    """Send an order that the engine knows nothing of."""
    stage.exchange.act(foreign(client_order_id)).unwrap()


def test_an_order_of_our_name_that_we_never_sent_ends_entries(stage: Stage) -> None:
    stage.run(6)
    send(stage, "capi_entry_d9")
    stage.run(3)
    assert "second_engine" in stage.alerts.codes
    assert stage.alerts.codes.count("second_engine") == 1
    assert "capi_entry_d9" in str(stage.ledger.safe_mode)
    assert [order.client_order_id for order in open_plain(stage)] == ["capi_entry_d9"]  # ours is taken down
    assert stage.sent_ids("entry") == [ENTRY]
    levels = {level for level, code, _, _ in stage.alerts.told if code == "second_engine"}
    assert levels == {"CRITICAL"}


def test_its_orders_are_left_alone_or_it_would_send_them_again_until_resumed(stage: Stage) -> None:
    stage.run(6)
    for number in range(1, 6):
        send(stage, f"capi_entry_d9_{number + 1}")
        stage.run(2)
    cancelled = [one["client_order_id"] for one in stage.named("sent") if one["action"] == "cancel_order"]
    assert cancelled == [ENTRY]
    assert stage.alerts.codes.count("second_engine") == 1
    stage.engine.resume("the other one was stopped", Given(by="me"))
    stage.engine.pause("to see what goes", Given(by="me"))
    stage.run(3)
    assert open_plain(stage) == []  # nobody's any more


def test_the_position_is_guarded_all_the_same(stage: Stage) -> None:
    stage.run(4)
    stage.run(2, price=90799)
    send(stage, "capi_tp1_d9")
    stage.run(3)
    assert stage.ledger.safe_mode is not None
    assert stage.sent_ids("sl") == [STOP]
    assert stage.run().guard == "guarded"


@pytest.mark.parametrize("name", ["web_abc123", "ios_x", "other_entry_d9", "autoclose-1"])
def test_a_person_or_another_prefix_is_none(stage: Stage, name: str) -> None:
    stage.run(6)
    send(stage, name)
    stage.run(3)
    assert "second_engine" not in stage.alerts.codes


def test_what_was_there_before_the_run_is_none(stage: Stage) -> None:
    """A lost ledger, or what an earlier process left on its way, within recvWindow of the start."""
    send(stage, "capi_entry_d8")
    stage.run(step_ms=900)
    send(stage, "capi_entry_d9")
    stage.run(6)
    assert "second_engine" not in stage.alerts.codes


def test_own_orders_are_none_even_when_their_answer_was_lost(stage: Stage) -> None:
    class LoseAll:
        def on_request(self, request: Request) -> Fault | None:
            return Fault(OutcomeUnknown("lost"), executed=True)

        def position_lag(self) -> int:
            return 1500

    stage.run(4)
    stage.exchange.faults = LoseAll()
    stage.run(8, price=90799)
    assert "second_engine" not in stage.alerts.codes


def test_own_orders_are_none_after_a_restart(stage: Stage) -> None:
    stage.run(6)
    stage.kill()
    stage.begin()
    stage.run(6)
    stage.run(6, price=90799)
    stage.run(6, price=88000)  # the stop fires: its child bears its id
    assert "second_engine" not in stage.alerts.codes


def test_the_same_id_sent_by_two_engines_is_seen_by_its_age(stage: Stage) -> None:
    """Both carry out one decision: the other was first, and ours was refused as a duplicate."""
    stage.run(6)
    record = stage.ledger.orders.by_key["plain", ENTRY]
    late = replace(record.order, sent_at_ms=stage.exchange.now_ms() + 20_000, status="UNKNOWN")
    stage.ledger.orders.put(replace(record, order=late))
    stage.run(2)
    assert "second_engine" in stage.alerts.codes
