"""What is known of our orders: sent, answered, seen, not found, filled; and what the view makes of it."""

from dataclasses import replace
from typing import Any, Final

import pytest

from capi.core.account import Position
from capi.core.actions import CancelOrder, OpenTrade, PlaceOrder
from capi.core.errors import ClockSkewed, ExchangeError, NotAuthorised, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.orders import Order, OrderKey
from capi.engine import events
from capi.engine.answers import Answer, echo_fault, no, yes
from capi.engine.ledger import Ledger
from capi.engine.observe import ACKNOWLEDGED_GONE_MS, ENTRY_GONE_MS, LAG_MS_MAX
from capi.engine.order_merge import EARLIER_MS, LISTS_LAG_MS_MAX
from capi.engine.view import asked, assemble
from capi.ports.decisions import Received
from capi.ports.exchange import Ack
from tests.engine.stage import D, fill, look, observed
from tests.worlds import CONFIG, ID, NOW, decision, order

ENTRY, STOP = f"capi_entry_{ID}", f"capi_sl_{ID}"
PLAIN: Final[OrderKey] = ("plain", ENTRY)
ALGO: Final[OrderKey] = ("algo", STOP)
CHILD: Final[OrderKey] = ("plain", STOP)
PROOF_MS = CONFIG.recv_window_ms + 1000 + LAG_MS_MAX


def place(client_order_id: str = ENTRY, **changes: Any) -> PlaceOrder:
    """The example entry, or its stop."""
    is_entry = client_order_id.startswith(ENTRY)
    base: dict[str, Any] = {
        "role": "entry" if is_entry else "sl",
        "kind": "plain" if is_entry else "algo",
        "side": "BUY" if is_entry else "SELL",
        "type": "LIMIT" if is_entry else "STOP_MARKET",
        "quantity": D("0.011") if is_entry else None,
        "price": D(90800) if is_entry else None,
        "trigger_price": None if is_entry else D(89800),
        "close_position": not is_entry,
        "decision_id": ID,
        "sl": D(89800),
        "intended_qty": D("0.011"),
        "rule": "test",
        "reason": "test",
    }
    return PlaceOrder(client_order_id=client_order_id, **(base | changes))


def cancel(client_order_id: str = ENTRY) -> CancelOrder:
    """A cancel of the example entry."""
    return CancelOrder(client_order_id=client_order_id, kind="plain", rule="test", reason="test")


def ledger_with(request: PlaceOrder | None = None, *, at_ms: int = NOW, answer: Answer | None = None) -> Ledger:
    """A ledger that has sent one order, and has its answer when there is one."""
    ledger, request = Ledger(), request or place()
    if request.role == "entry":
        ledger.apply(events.intent(at_ms, request))
    ledger.apply(events.sent(at_ms, request))
    if answer is not None:
        ledger.apply(answer.event(request))
    return ledger


def taken(at_ms: int = NOW, **changes: Any) -> Answer:
    """A clear yes with the order that rests."""
    return yes(Ack(at_ms=at_ms, kind="order", order=order(ENTRY, **changes)))


def known(ledger: Ledger, key: OrderKey = PLAIN) -> Order:
    """Return an order as the ledger knows it."""
    return ledger.orders.by_key[key].order


# answers


def test_an_order_without_an_answer_is_of_unknown_fate_and_asked_about() -> None:
    ledger = ledger_with()
    assert (known(ledger).status, known(ledger).sent_at_ms) == ("UNKNOWN", NOW)
    assert asked(ledger) == (PLAIN,)


def test_a_yes_without_an_order_is_an_order_that_rests_as_sent() -> None:
    ledger = ledger_with(answer=yes(Ack(at_ms=NOW + 5, kind="order")))
    assert known(ledger) == replace(
        order(ENTRY), created_at_ms=NOW + 5, updated_at_ms=NOW + 5, sent_at_ms=NOW, price=D(90800)
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OutcomeUnknown("timeout"), "UNKNOWN", None),
        (Rejected(-4116, "duplicate"), "UNKNOWN", None),
        (Rejected(-1007, "timeout"), "UNKNOWN", None),
        (Rejected(-2019, "margin"), "REJECTED", -2019),
        (Throttled(NOW + 9000, "slow"), "REJECTED", -1003),
        (Unavailable("down"), "REJECTED", -1008),
        (ClockSkewed("ahead"), "REJECTED", -1021),
        (NotAuthorised(-2015, "key"), "REJECTED", -2015),
    ],
)
def test_every_answer_has_its_status_and_its_code(error: ExchangeError, status: str, code: int | None) -> None:
    ledger = ledger_with(answer=no(error, NOW + 5))
    assert (known(ledger).status, known(ledger).code) == (status, code)
    assert (PLAIN in asked(ledger)) is (status == "UNKNOWN")


def test_a_throttle_is_remembered_until_it_ends() -> None:
    assert ledger_with(answer=no(Throttled(NOW + 9000, "slow"), NOW)).throttled_until_ms == NOW + 9000


@pytest.mark.parametrize("error", [Rejected(-1015, "too many"), OutcomeUnknown("timeout"), Unavailable("down")])
def test_a_cancel_without_a_clear_yes_changes_nothing_but_is_asked_about(error: ExchangeError) -> None:
    ledger = ledger_with(answer=taken())
    ledger.apply(no(error, NOW + 9).event(cancel()))
    assert known(ledger).status == "NEW"
    assert asked(ledger) == (PLAIN,)


@pytest.mark.parametrize("code", [-2011, -2013])
def test_what_is_not_open_any_more_is_of_unknown_fate_until_it_is_seen(code: int) -> None:
    ledger = ledger_with(answer=taken())
    ledger.apply(no(Rejected(code, "unknown order"), NOW + 9).event(cancel()))
    assert (known(ledger).status, known(ledger).code) == ("UNKNOWN", code)
    assert asked(ledger) == (PLAIN,)
    observed(ledger, look(now_ms=NOW + 1_000, orders=(order(ENTRY, updated_at_ms=NOW),)))
    assert (known(ledger).status, known(ledger).code) == ("NEW", None)
    ledger.apply(no(Rejected(code, "unknown order"), NOW + 2_009).event(cancel()))
    observed(
        ledger,
        look(
            now_ms=NOW + 3_000,
            orders=(order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW + 2_500),),
        ),
    )
    ledger.apply(no(Rejected(code, "unknown order"), NOW + 4_009).event(cancel()))
    assert (known(ledger).status, known(ledger).code) == ("FILLED", None)


def test_a_cancel_that_crossed_a_fill_counts_what_filled() -> None:
    ledger = ledger_with(answer=taken())
    gone = order(ENTRY, status="CANCELED", filled_qty=D("0.004"))
    ledger.apply(yes(Ack(at_ms=NOW + 9, kind="cancel", order=gone)).event(cancel()))
    assert (known(ledger).status, known(ledger).filled_qty) == ("CANCELED", D("0.004"))
    assert PLAIN not in ledger.orders.unsettled


def test_until_the_first_fill_is_told_what_filled_is_asked_about_although_it_ended() -> None:
    """A first start reads the fills from this order on: it has to be known by its number, after a restart too."""
    ledger = ledger_with(answer=taken())
    gone = order(ENTRY, status="FILLED", filled_qty=D("0.011"))
    observed(ledger, look(now_ms=NOW + 1000, orders=(gone,), position=Position(qty=D("0.011"))))
    assert asked(ledger) == (PLAIN,)
    part = fill(3, ENTRY, "BUY", 90800, "0.004")
    observed(ledger, look(now_ms=NOW + 2000, fills=(part,), position=Position(qty=D("0.011"))))
    assert asked(ledger) == ()


def test_a_cancel_that_was_taken_without_saying_what_filled_is_asked_about() -> None:
    ledger = ledger_with(answer=taken())
    ledger.apply(yes(Ack(at_ms=NOW + 9, kind="cancel")).event(cancel()))
    assert known(ledger).status == "NEW"
    assert asked(ledger) == (PLAIN,)
    assert ledger.last_write_ms == NOW + 9


def test_a_cancel_of_a_foreign_order_is_no_order_of_ours() -> None:
    ledger = Ledger()
    ledger.apply(yes(Ack(at_ms=NOW, kind="cancel")).event(cancel("web_1")))
    assert ledger.orders.by_key == {}


@pytest.mark.parametrize(
    ("request_changes", "echo_changes", "fault"),
    [
        ({}, {}, None),
        ({}, {"quantity": D("0.001")}, None),
        ({}, {"side": "SELL"}, "was sent as BUY and taken as SELL"),
        ({}, {"reduce_only": True}, "was sent with reduce_only false and taken with true"),
        ({"reduce_only": True}, {"reduce_only": False}, "was sent with reduce_only true and taken with false"),
        ({"close_position": True}, {"reduce_only": True}, None),
    ],
)
def test_an_echo_may_be_cut_but_not_turned(
    request_changes: dict[str, Any], echo_changes: dict[str, Any], fault: str | None
) -> None:
    found = echo_fault(place(**request_changes), order(ENTRY, **echo_changes))
    assert found == (None if fault is None else f"{ENTRY} {fault}")


# sight


def test_an_order_of_ours_that_the_ledger_lost_is_known_again_by_its_id() -> None:
    ledger = Ledger()
    told = observed(ledger, look(orders=(order(ENTRY), order("web_77"))))
    assert [event["client_order_id"] for event in told if event["event"] == "order"] == [ENTRY]
    record = ledger.orders.by_key[PLAIN]
    assert (record.role, record.decision_id, record.acknowledged) == ("entry", ID, True)


def test_what_is_seen_unchanged_is_no_event() -> None:
    ledger = ledger_with(answer=taken())
    seen = order(ENTRY, updated_at_ms=NOW + 500)
    assert not [e for e in observed(ledger, look(now_ms=NOW + 1000, orders=(seen,))) if e["event"] == "order"]


@pytest.mark.parametrize("status", ["FILLED", "CANCELED", "EXPIRED"])
def test_a_list_that_lags_revives_nothing(status: str) -> None:
    ledger = ledger_with(answer=taken(status=status, filled_qty=D("0.003")))
    observed(ledger, look(now_ms=NOW + LISTS_LAG_MS_MAX - 1, orders=(order(ENTRY),)))
    orders = assemble(look(now_ms=NOW + LISTS_LAG_MS_MAX - 1, orders=(order(ENTRY),)), ledger)[1]
    assert [(o.status, o.filled_qty) for o in orders] == [(status, D("0.003"))]


@pytest.mark.parametrize(("ended_ms", "status"), [(-EARLIER_MS - 1, "NEW"), (-EARLIER_MS, "CANCELED"), (1, "CANCELED")])
def test_the_end_of_an_earlier_order_with_the_same_id_is_not_its_own(ended_ms: int, status: str) -> None:
    """A power cut took the record of the id, the target was sent again, and a read that lags tells of the first one."""
    ledger = ledger_with(answer=taken(updated_at_ms=NOW))
    earlier = order(ENTRY, status="CANCELED", filled_qty=D("0.001"), updated_at_ms=NOW + ended_ms)
    observed(ledger, look(now_ms=NOW + 500, orders=(earlier,)))
    assert known(ledger).status == status
    assert known(ledger).filled_qty == (D(0) if status == "NEW" else D("0.001"))


@pytest.mark.parametrize(("ended_ms", "status"), [(-EARLIER_MS - 1, "UNKNOWN"), (1, "CANCELED")])
def test_nor_is_it_while_its_fate_is_unknown(ended_ms: int, status: str) -> None:
    """The second one filled, so its cancel found nothing open; the first one's end says nothing of that."""
    ledger = ledger_with(answer=taken(updated_at_ms=NOW))
    ledger.apply(no(Rejected(-2011, "unknown order"), NOW + 9).event(cancel()))
    earlier = order(ENTRY, status="CANCELED", updated_at_ms=NOW + ended_ms)
    observed(ledger, look(now_ms=NOW + 500, orders=(earlier,)))
    assert known(ledger).status == status


def test_an_end_of_unknown_time_is_believed() -> None:
    ledger = ledger_with(answer=taken(updated_at_ms=NOW))
    observed(ledger, look(orders=(order(ENTRY, status="CANCELED", updated_at_ms=None),)))
    assert known(ledger).status == "CANCELED"


def test_an_order_that_still_rests_long_after_its_end_is_believed() -> None:
    ledger = ledger_with(answer=taken(status="CANCELED"))
    observed(ledger, look(now_ms=NOW + LISTS_LAG_MS_MAX, orders=(order(ENTRY),)))
    assert known(ledger).status == "NEW"


def test_what_filled_never_shrinks() -> None:
    ledger = ledger_with(answer=taken(status="PARTIALLY_FILLED", filled_qty=D("0.004")))
    observed(ledger, look(orders=(order(ENTRY, filled_qty=D("0.001")),)))
    assert known(ledger).filled_qty == D("0.004")


def test_a_refusal_gives_way_to_the_sight_of_the_order() -> None:
    ledger = ledger_with(answer=no(Unavailable("down"), NOW))
    observed(ledger, look(now_ms=NOW + 1, orders=(order(ENTRY),)))
    assert (known(ledger).status, known(ledger).code) == ("NEW", None)


# not found


def test_not_found_is_doubted_first_and_believed_when_the_request_can_no_longer_be_accepted() -> None:
    ledger = ledger_with()
    observed(ledger, look(now_ms=NOW + 500, not_found=(PLAIN,)))
    assert known(ledger).status == "UNKNOWN"
    observed(ledger, look(now_ms=NOW + PROOF_MS, not_found=(PLAIN,)))
    assert known(ledger).status == "UNKNOWN"
    observed(ledger, look(now_ms=NOW + PROOF_MS + 1, not_found=(PLAIN,)))
    assert (known(ledger).status, known(ledger).code, known(ledger).filled_qty) == ("REJECTED", -2013, D(0))
    assert asked(ledger) == ()


def test_since_when_an_order_is_not_found_is_in_view_until_it_is_seen_again() -> None:
    ledger, since = ledger_with(), []
    missing = look(now_ms=NOW + 500, not_found=(PLAIN,))
    for seen in (missing, replace(missing, now_ms=NOW + 700), look(now_ms=NOW + 900, orders=(order(ENTRY),))):
        observed(ledger, seen)
        since += [one.not_found_since_ms for one in assemble(seen, ledger)[1] if one.key == PLAIN]
    assert since == [NOW + 500, NOW + 500, None]


def test_one_not_found_proves_nothing_however_late_it_comes() -> None:
    ledger = ledger_with()
    late = look(now_ms=NOW + 10 * PROOF_MS, not_found=(PLAIN,))
    observed(ledger, late)
    observed(ledger, late)
    assert known(ledger).status == "UNKNOWN"
    observed(ledger, replace(late, now_ms=late.now_ms + 1))
    assert known(ledger).status == "REJECTED"


def test_being_seen_in_between_begins_the_proof_anew() -> None:
    ledger = ledger_with()
    observed(ledger, look(now_ms=NOW + 500, not_found=(PLAIN,)))
    observed(ledger, look(now_ms=NOW + 600, orders=(order(ENTRY),)))
    assert ledger.orders.by_key[PLAIN].not_found_since_ms is None
    observed(ledger, look(now_ms=NOW + 2 * PROOF_MS, not_found=(PLAIN,)))
    assert known(ledger).status == "UNKNOWN"


def test_an_entry_that_was_acknowledged_is_gone_only_after_ten_minutes_of_not_found() -> None:
    ledger = ledger_with(answer=taken(filled_qty=D("0.002")))
    for later_ms in (0, 5000, ENTRY_GONE_MS - 1):
        observed(ledger, look(now_ms=NOW + 60_000 + later_ms, not_found=(PLAIN,)))
        assert known(ledger).status == "UNKNOWN"
    observed(ledger, look(now_ms=NOW + 60_000 + ENTRY_GONE_MS, not_found=(PLAIN,)))
    assert (known(ledger).status, known(ledger).code, known(ledger).filled_qty) == ("EXPIRED", -2013, D("0.002"))


def test_a_stop_that_was_acknowledged_is_gone_after_five_seconds_of_not_found() -> None:
    rested = yes(Ack(at_ms=NOW, kind="order", order=order(STOP, kind="algo", type="STOP_MARKET")))
    ledger = ledger_with(place(STOP), answer=rested)
    for later_ms in (0, ACKNOWLEDGED_GONE_MS - 1):
        observed(ledger, look(now_ms=NOW + 60_000 + later_ms, not_found=(ALGO,)))
        assert known(ledger, ALGO).status == "UNKNOWN"
    observed(ledger, look(now_ms=NOW + 60_000 + ACKNOWLEDGED_GONE_MS, not_found=(ALGO,)))
    assert known(ledger, ALGO).status == "EXPIRED"


def test_an_order_proven_absent_that_is_seen_after_all_exists() -> None:
    ledger = ledger_with(answer=taken())
    for at_ms in (NOW + 60_000, NOW + 60_000 + ENTRY_GONE_MS):
        observed(ledger, look(now_ms=at_ms, not_found=(PLAIN,)))
    assert known(ledger).status == "EXPIRED"
    observed(ledger, look(now_ms=NOW + 60_001 + ENTRY_GONE_MS, orders=(order(ENTRY),)))
    assert (known(ledger).status, known(ledger).code) == ("NEW", None)


def test_not_found_of_an_order_that_ended_or_is_not_ours_says_nothing() -> None:
    ledger = ledger_with(answer=taken(status="CANCELED"))
    told = observed(ledger, look(now_ms=NOW + 60_000, not_found=(PLAIN, ("plain", "capi_entry_other"))))
    assert not [event for event in told if event["event"] == "order"]


# fills


def test_a_fill_of_an_order_of_unknown_fate_proves_that_it_exists() -> None:
    ledger = ledger_with()
    observed(ledger, look(fills=(fill(1, ENTRY, "BUY", 90800, "0.004"),)))
    record = ledger.orders.by_key[PLAIN]
    assert (record.acknowledged, record.order.status, record.order.filled_qty) == (True, "UNKNOWN", D("0.004"))
    observed(ledger, look(fills=(fill(2, ENTRY, "BUY", 90800, "0.007"),)))
    assert known(ledger).status == "FILLED"


def test_a_fill_counts_once_however_often_it_is_told() -> None:
    ledger = ledger_with(answer=taken())
    for _ in range(3):
        observed(ledger, look(fills=(fill(7, ENTRY, "BUY", 90800, "0.004"),)))
    assert (known(ledger).filled_qty, ledger.fills_cursor) == (D("0.004"), 7)


def test_a_fill_of_an_order_proven_absent_revives_it() -> None:
    ledger = ledger_with()
    for at_ms in (NOW + 9000, NOW + 9001):
        observed(ledger, look(now_ms=at_ms, not_found=(PLAIN,)))
    observed(ledger, look(now_ms=NOW + 9002, fills=(fill(1, ENTRY, "BUY", 90800, "0.004"),)))
    assert (known(ledger).status, known(ledger).filled_qty) == ("UNKNOWN", D("0.004"))
    assert asked(ledger) == (PLAIN,)


@pytest.mark.parametrize("role", ["entry", "tp1", "exit"])
def test_a_fill_of_an_order_of_ours_that_was_not_known_makes_it_known(role: str) -> None:
    ledger = Ledger()
    observed(ledger, look(fills=(fill(1, f"capi_{role}_{ID}", "BUY", 90800, "0.004"),)))
    [record] = ledger.orders.by_key.values()
    assert (record.role, record.order.status, record.order.remaining_qty) == (role, "UNKNOWN", D(0))
    assert record.order.reduce_only is (role != "entry")
    assert asked(ledger) == (("plain", f"capi_{role}_{ID}"),)


# triggered stops


def stop_ledger() -> Ledger:
    """A ledger with a stop that rests."""
    return ledger_with(place(STOP), answer=yes(Ack(at_ms=NOW, kind="order", order=order(STOP))))


def test_a_triggered_stop_is_settled_by_the_end_of_its_child() -> None:
    ledger = stop_ledger()
    fired = order(STOP, status="TRIGGERED", triggered_at_ms=NOW + 900)
    observed(ledger, look(now_ms=NOW + 1000, orders=(fired,), position=Position(qty=D("0.011"))))
    assert asked(ledger) == (ALGO, CHILD)
    child = order(STOP, kind="plain", type="MARKET", status="FILLED", quantity=D("0.011"), filled_qty=D("0.011"))
    observed(ledger, look(now_ms=NOW + 2000, orders=(fired, child), position=Position(qty=D("0.011"))))
    assert not {ALGO, CHILD} & ledger.orders.unsettled.keys()
    assert known(ledger, ALGO).status == "TRIGGERED"


def test_a_triggered_stop_does_not_rest_again_in_a_list_that_lags() -> None:
    ledger = stop_ledger()
    observed(ledger, look(now_ms=NOW + 1000, orders=(order(STOP, status="TRIGGERED", triggered_at_ms=NOW),)))
    observed(ledger, look(now_ms=NOW + 90_000, orders=(order(STOP),)))
    assert known(ledger, ALGO).status == "TRIGGERED"


def test_a_triggered_stop_whose_child_is_never_found_is_settled_when_the_position_is_gone() -> None:
    ledger = stop_ledger()
    held = Position(qty=D("0.011"))
    fired = order(STOP, status="TRIGGERED", triggered_at_ms=NOW)
    observed(ledger, look(now_ms=NOW + 1000, orders=(fired,), position=held))
    observed(ledger, look(now_ms=NOW + 9000, not_found=(ALGO, CHILD), position=held))
    assert asked(ledger) == (ALGO, CHILD)
    observed(ledger, look(now_ms=NOW + 9500, not_found=(ALGO, CHILD)))
    assert asked(ledger) == ()


# the view


def test_an_answer_newer_than_the_look_stands_and_makes_the_view_incomplete() -> None:
    ledger = ledger_with(answer=taken(at_ms=NOW + 20))
    account, orders = assemble(look(now_ms=NOW), ledger)
    assert [o.status for o in orders] == ["NEW"]
    assert not account.complete
    account, _ = assemble(look(now_ms=NOW + 20, orders=(order(ENTRY),)), ledger)
    assert account.complete


def test_an_answer_as_new_as_a_look_that_is_silent_about_it_stands() -> None:
    ledger = ledger_with(answer=taken(at_ms=NOW + 20))
    assert [o.status for o in assemble(look(now_ms=NOW + 20), ledger)[1]] == ["NEW"]


def test_an_order_that_a_later_complete_look_is_silent_about_is_unknown() -> None:
    ledger = ledger_with(answer=taken())
    assert [o.status for o in assemble(look(now_ms=NOW + 1), ledger)[1]] == ["UNKNOWN"]
    assert [o.status for o in assemble(look(now_ms=NOW + 1, gaps=("orders",)), ledger)[1]] == ["NEW"]


def test_ended_orders_stay_in_view_for_the_decision_in_force_alone() -> None:
    ledger = ledger_with(answer=no(Rejected(-2019, "margin"), NOW))
    observed(ledger, look(now_ms=NOW + 3000))
    ledger.apply({"event": "equity", "at_ms": NOW + 3000})
    assert ledger.intents == {}
    assert assemble(look(now_ms=NOW + 3000), ledger)[1] == ()
    ledger.apply(events.decision(NOW + 3000, Received(decision=decision())))
    assert [(o.status, o.code) for o in assemble(look(now_ms=NOW + 3000), ledger)[1]] == [("REJECTED", -2019)]


def test_foreign_orders_are_in_view_as_seen() -> None:
    foreign = order("web_1", side="SELL")
    assert assemble(look(orders=(foreign,)), Ledger())[1] == (foreign,)


def test_an_incomplete_look_makes_an_incomplete_view() -> None:
    assert assemble(look(gaps=("balance",)), Ledger())[0].complete is False


# what a refused stop was told of


def test_a_stop_of_another_decision_that_ended_after_a_refusal_because_of_it_is_seen() -> None:
    """It was denied when the position was adopted under another decision: -4130 told that it rests. Then it went."""
    other = "capi_sl_h206e4de6e56254f"
    ledger, refused = (
        ledger_with(place(STOP), answer=no(Rejected(-4130, "one rests"), NOW)),
        place(other, decision_id="h206e4de6e56254f"),
    )
    rested = order(other, kind="algo", type="STOP_MARKET", close_position=True)
    ledger.apply(events.sent(NOW - 1000, refused))
    ledger.apply(yes(Ack(at_ms=NOW - 1000, kind="order", order=rested)).event(refused))
    opened = OpenTrade(
        decision_id=ID, side="long", qty=D("0.011"), entry_price=D(90800), sl=D(89800), tp1=None, tp2=None,
        volatility=None, rule="test", reason="test",
    )  # fmt: skip
    ledger.apply(events.trade_opened(NOW, opened))
    held = look(now_ms=NOW + 5000, position=Position(qty=D("0.011"), entry_price=D(90800)))
    gone = replace(rested, status="CANCELED", updated_at_ms=NOW + 4000)
    observed(ledger, replace(held, orders=(gone,)))
    _, orders = assemble(replace(held, now_ms=NOW + 6000), ledger)
    assert {one.client_order_id: one.status for one in orders if one.close_position} == {
        STOP: "REJECTED", other: "CANCELED",
    }  # fmt: skip
