"""What the server remembers: bounded, and the latest of an id is found by it."""

from dataclasses import replace

import pytest

from capi.adapters.paper.orders import NewOrder, Resting
from capi.cli.serve import records
from capi.cli.serve.records import FIRST_NUMBER, Record, Records
from capi.core.units import ONE


def record(number: int, client_id: str) -> Record:
    sent = NewOrder(client_order_id=client_id, side="BUY", type="LIMIT", quantity=ONE, price=ONE, time_in_force="GTC")
    return Record(number, Resting(sent, sequence=number, sent_at_ms=0, live_from_ms=0), 0, 0)


def end(ended: Record) -> None:
    ended.resting.order = replace(ended.order, status="CANCELED")


def test_the_oldest_ended_order_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_KEPT", 3)
    kept = Records()
    first = FIRST_NUMBER["plain"]
    made = [record(first + index, f"id{index}") for index in range(5)]
    for index, it in enumerate(made):
        kept.add(it)
        if index in (1, 2):
            end(it)
    assert [it.number - first for it in kept.all("plain")] == [0, 3, 4]
    assert kept.find("plain", client_id="id1") is None
    assert kept.find("plain", number=first) is made[0]


def test_open_orders_are_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_KEPT", 1)
    kept = Records()
    for index in range(3):
        kept.add(record(index, f"id{index}"))
    assert len(list(kept.all("plain"))) == 3


def test_a_reused_id_finds_the_latest_even_when_the_first_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_KEPT", 1)
    kept = Records()
    first, second = record(1, "same"), record(2, "same")
    kept.add(first)
    end(first)
    kept.add(second)
    assert kept.find("plain", client_id="same") is second
    assert kept.find("plain", number=1) is None
    assert kept.find("algo", number=2) is None
