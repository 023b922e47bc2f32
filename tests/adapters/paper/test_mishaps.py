"""What goes wrong inside the matching engine: a thin book, and a stop that fires without effect."""

from decimal import Decimal

import pytest

from capi.adapters.paper.mishaps import ScriptedMishaps
from capi.core.orders import Order
from tests.simulation.stage import Stage, entry, stop

D = Decimal


def order(stage: Stage, kind: str, client_order_id: str) -> Order:
    found = stage.books.order(("algo" if kind == "algo" else "plain", client_order_id))
    assert found is not None
    return found


def with_mishaps(*steps: tuple[int, str]) -> tuple[Stage, ScriptedMishaps]:
    stage, mishaps = Stage(*steps), ScriptedMishaps()
    stage.books.mishaps = mishaps
    return stage, mishaps


@pytest.mark.parametrize("found", ["0.004", "0"])
def test_in_a_thin_book_a_market_order_gets_a_part_and_its_rest_expires(found: str) -> None:
    stage, mishaps = with_mishaps()
    mishaps.thin_book(D(found))
    stage.exchange.act(entry())
    stage.world.pass_time(10)
    taken = order(stage, "plain", "capi_entry_x")
    assert (taken.status, taken.filled_qty, stage.books.account.qty) == ("EXPIRED", D(found), D(found))
    stage.exchange.act(entry("capi_entry_x_2"))
    stage.world.pass_time(10)
    assert order(stage, "plain", "capi_entry_x_2").status == "FILLED"


def test_a_stop_in_a_thin_book_leaves_a_part_of_the_position() -> None:
    stage, mishaps = with_mishaps((1000, "89900.0"))
    stage.exchange.act(entry())
    stage.world.pass_time(100)
    stage.exchange.act(stop())
    mishaps.thin_book(D("0.003"))
    stage.world.pass_time(1000)
    child = order(stage, "plain", "capi_sl_x")
    assert (child.status, child.filled_qty) == ("EXPIRED", D("0.003"))
    assert order(stage, "algo", "capi_sl_x").status == "TRIGGERED"
    assert stage.books.account.qty == D("0.007")


def test_a_stop_that_fires_in_vain_is_triggered_and_the_position_stands() -> None:
    stage, mishaps = with_mishaps((1000, "89900.0"))
    stage.exchange.act(entry())
    stage.world.pass_time(100)
    stage.exchange.act(stop())
    mishaps.vain_trigger()
    stage.world.pass_time(1000)
    assert order(stage, "algo", "capi_sl_x").status == "TRIGGERED"
    child = order(stage, "plain", "capi_sl_x")
    assert (child.status, child.filled_qty) == ("EXPIRED", D(0))
    assert stage.books.account.qty == D("0.010")
    assert list(stage.books.open_orders()) == []
