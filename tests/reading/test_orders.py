"""`capi orders`: which are shown, and what is said of each."""

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from capi.adapters.duckdb.rebuild import ensure_projected
from capi.adapters.duckdb.room import open_room
from capi.cli.reading import orders
from capi.core.orders import OPEN
from tests.cli.run import run
from tests.reading.asking import PAPER, ask, call, refused
from tests.reading.stage import ShownStage
from tests.worlds import ID


def test_open_orders_are_those_that_the_ledger_has_open(seen: ShownStage) -> None:
    open_now = {
        record.order.client_order_id for record in seen.ledger.orders.by_key.values() if record.order.status in OPEN
    }
    orders = ask("orders", "--open", *PAPER)["orders"]
    assert {order["client_order_id"] for order in orders} == open_now
    assert [order["role"] for order in orders] == ["sl", "tp1", "tp2"]  # the oldest first


def test_every_order_is_as_the_ledger_has_it(traded: ShownStage) -> None:
    traded.faults.refuse_next(-2021)
    for price in (92300, 92300, 91000, 90800, 90800, 90800):
        traded.run(price=price)
    records = traded.ledger.orders.by_key
    orders = ask("orders", "--all", *PAPER)["orders"]
    assert len(orders) == len(records)
    for order in orders:
        known = records[order["kind"], order["client_order_id"]]
        assert (order["role"], order["status"]) == (known.role, known.order.status)
        assert Decimal(order["filled_qty"]) == known.order.filled_qty
        assert order["code"] == known.order.code


def test_by_role_and_decision(seen: ShownStage) -> None:
    assert {order["role"] for order in ask("orders", "--role", "tp1", *PAPER)["orders"]} == {"tp1"}
    assert len(ask("orders", "--decision", ID, *PAPER)["orders"]) == 4
    assert ask("orders", "--decision", "another", *PAPER)["orders"] == []
    both = ask("orders", "--decision", ID, "--role", "entry", "--open", *PAPER)
    assert both["orders"] == []


def test_the_newest_so_many(seen: ShownStage) -> None:
    document = ask("orders", "--limit", "2", *PAPER)
    assert document["more"] is True
    assert [order["role"] for order in document["orders"]] == ["tp1", "tp2"]
    assert ask("orders", "--limit", "4", *PAPER)["more"] is False
    assert "the newest 2; for the others --all" in call("orders", "--limit", "2", *PAPER).stderr


def test_the_document(seen: ShownStage) -> None:
    document = ask("orders", "--role", "sl", *PAPER)
    assert (document["schema"], document["source"], document["more"]) == ("capi.orders/1", "database", False)
    [stop] = document["orders"]
    assert (stop["type"], stop["side"], stop["status"], stop["close_position"]) == ("STOP_MARKET", "SELL", "NEW", True)
    assert (stop["trigger_price"], stop["quantity"], stop["price"]) == ("89800", "0", None)
    assert stop["sent_at"] == "2025-11-28T10:05:55Z"
    assert "no backstop" in stop["reason"]


def test_the_table(seen: ShownStage) -> None:
    lines = call("orders", "--role", "sl", *PAPER).stdout.splitlines()
    assert lines[0].split() == ["at", "role", "side", "type", "status", "qty", "filled", "price", "id", "why"]
    assert lines[1].split()[1:9] == ["sl", "SELL", "STOP_MARKET", "NEW", "all", "0", "89800", f"capi_sl_{ID}"]
    assert call("orders", "--decision", "another", *PAPER).stdout == "No such order.\n"


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("--all", "--limit", "3"), "--all and --limit exclude each other"),
        (("--role", "stop"), '--role: "stop" is none of entry, sl, tp1, tp2, exit'),
        (("--role", "a\x1bb"), "a\\x1bb"),
        (("--limit", "0"), "--limit"),
        (("--run", "9"), "there is no such replay"),
    ],
)
def test_wrong_options_are_usage(seen: ShownStage, arguments: tuple[str, ...], saying: str) -> None:
    refused(2, saying, "orders", *arguments)


def test_text_in_an_option_is_only_text(seen: ShownStage) -> None:
    assert ask("orders", "--decision", "'; DROP TABLE order_states; --", *PAPER)["orders"] == []
    assert len(ask("orders", "--all", *PAPER)["orders"]) == 4


def test_looking_among_the_newest_events_first_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(("paper", "--hours", "6"), tmp_path)
    folder = tmp_path / "data" / "runs" / "1"
    ensure_projected(folder)
    with open_room(folder, *orders.TABLES) as room:
        every = orders.orders_of(room.connection, orders.Wanted(), room.mark.seq)
        assert len(every) > 30
        for near, limit, role in product((1, 3, 8, 40), (1, 5), (None, "sl")):
            monkeypatch.setattr(orders, "_NEAR", near)
            found = orders.orders_of(room.connection, orders.Wanted(limit=limit, role=role), room.mark.seq)
            assert found == [order for order in every if role in (None, order["role"])][-limit:]
