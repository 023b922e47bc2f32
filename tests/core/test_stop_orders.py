"""The stop that asks whether an entry has filled, where no look tells."""

from typing import Any

import pytest

from capi.core.actions import PlaceOrder
from tests.core.planning import cancelled, placed, planned
from tests.worlds import FLAT, ID, LONG, NOW, D, intent, market, order, trade

ENTRY, SL = f"capi_entry_{ID}", f"capi_sl_{ID}"
GONE = order(ENTRY, status="UNKNOWN", code=-2011)
OLDER = "20251128T100000Z"


def asked(*orders: Any, **changes: Any) -> list[PlaceOrder]:
    """Plan while no look succeeds, with the example's entry sent and the position last seen flat."""
    base: dict[str, Any] = {"base": LONG, "complete": False, "intents": (intent(),)}
    return placed(planned(*orders, **(base | changes)), "sl")


def test_an_entry_that_was_not_open_any_more_is_asked_about_by_its_backstop() -> None:
    [stop] = asked(GONE)
    assert (stop.client_order_id, stop.side, stop.trigger_price) == (SL, "SELL", D("89800.0"))
    assert (stop.close_position, stop.quantity, stop.rule) == (True, None, "protect_position")
    assert "was not open any more (code -2011)" in stop.reason


@pytest.mark.parametrize(
    ("orders", "changes"),
    [
        ((GONE,), {"complete": True}),  # such a look tells itself
        ((GONE,), {"trade": trade(decision_id="other")}),
        ((GONE,), {"intents": ()}),
        ((GONE,), {"intents": (intent("capi_entry_other"),)}),
        ((GONE,), {"market": market(price="89800")}),  # it would be refused
        ((order(ENTRY, status="UNKNOWN"),), {}),  # sent and not answered: it is asked about as an order
        ((order(ENTRY),), {}),
        ((order(ENTRY, status="CANCELED", code=-2011),), {}),
    ],
)
def test_nothing_else_is(orders: tuple[Any, ...], changes: dict[str, Any]) -> None:
    assert asked(*orders, **changes) == []


@pytest.mark.parametrize(
    ("answer", "ago_ms", "again"),
    [
        ({"status": "REJECTED", "code": -4509}, 4_999, False),
        ({"status": "REJECTED", "code": -4509}, 5_000, True),
        ({"status": "REJECTED", "code": -4130}, 29_999, False),
        ({"status": "REJECTED", "code": -4130}, 30_000, True),
        ({"status": "NEW"}, 29_999, False),
        ({"status": "NEW"}, 30_000, True),
    ],
)
def test_it_is_asked_again_after_a_while(answer: dict[str, Any], ago_ms: int, again: bool) -> None:
    tried = order(SL, created_at_ms=NOW - ago_ms, updated_at_ms=NOW - ago_ms, **answer)
    assert [one.client_order_id for one in asked(GONE, tried)] == ([f"{SL}_2"] if again else [])


def test_the_rest_of_an_entry_is_asked_about_at_the_level_of_its_trade() -> None:
    [stop] = asked(GONE, trade=trade(sl=D("90300.04")))
    assert stop.trigger_price == D("90300.1")  # on the tick


def test_one_question_at_a_time() -> None:
    older = order(f"capi_entry_{OLDER}", status="UNKNOWN", code=-2011)
    intents = (intent(), intent(f"capi_entry_{OLDER}", decision_id=OLDER, sl=D(90000)))
    assert [one.client_order_id for one in asked(GONE, older, intents=intents)] == [SL]
    tried = order(SL, status="REJECTED", code=-4509, updated_at_ms=NOW - 1_000)
    assert [one.client_order_id for one in asked(GONE, older, tried, intents=intents)] == [f"capi_sl_{OLDER}"]


def test_one_that_is_said_to_be_gone_is_taken_down_again() -> None:
    assert cancelled(planned(GONE, base=FLAT, complete=False, intents=(intent(),))) == {ENTRY}
    sent = order(ENTRY, status="UNKNOWN")
    assert cancelled(planned(sent, base=FLAT, complete=False, intents=(intent(),))) == set()
