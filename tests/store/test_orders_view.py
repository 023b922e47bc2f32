"""The view `orders` says of every order what the engine's ledger says of it, whatever happened."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from capi.core.actions import CancelOrder, PlaceOrder, Role
from capi.core.decision import Side
from capi.core.ids import order_id, parse_order_id
from capi.core.orders import Kind, Order, OrderStatus
from capi.engine import events
from capi.engine.order_records import OrderRecords
from capi.ports.exchange import Fill
from capi.ports.journal import Event
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, Dice, live
from tests.store.journals import NOW, ask, write
from tests.worlds import LONG, decision

FIELDS = (
    "side", "type", "status", "price", "trigger_price", "quantity", "filled_qty", "reduce_only", "close_position",
    "code",
)  # fmt: skip
TIMES = ("created_at", "updated_at", "sent_at", "triggered_at")
COLUMNS = ", ".join((*FIELDS, *(f"epoch_ms({name})" for name in TIMES)))
QUERY = f"SELECT kind, client_order_id, role, decision_id, {COLUMNS} FROM orders"  # noqa: S608 - of names above


def of_view(folder: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what the view says of each order."""
    rows = ask(folder, QUERY, "orders")
    return {(row[0], row[1]): row[2:] for row in rows}


def of_ledger(records: OrderRecords) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what the ledger says of each order."""
    names = (*FIELDS, *(f"{name}_ms" for name in TIMES))
    return {
        key: (record.role, record.decision_id, *(getattr(record.order, name) for name in names))
        for key, record in records.by_key.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_of_every_order_of_an_engine_on_bad_days(tmp_path: Path, seed: int) -> None:
    stage = Stage(tmp_path)
    stage.exchange.faults = Dice(seed, stage)
    for _ in range(3):
        live(stage, PATH)
        stage.line.kill_after = len(stage.line.requests) + 2
        later = decision(LONG, decision_id=f"at{stage.exchange.now_ms()}", timestamp_ms=stage.exchange.now_ms())
        stage.decisions.give(later)
    known = of_ledger(stage.folded().orders)
    assert len(known) > 3
    assert of_view(tmp_path) == known


class Fate:
    """Draws what is heard of one order: any event, in any order, on time or late, with any status."""

    def __init__(self, dice: Random, number: int) -> None:
        self.dice = dice
        self.kind: Kind = dice.choice(("plain", "plain", "algo"))
        self.side: Side = dice.choice(("BUY", "SELL"))
        self.role: Role = dice.choice(("entry", "sl", "tp1", "exit"))
        self.decision_id = f"d{number}"
        self.client_order_id = order_id("capi", self.role, self.decision_id)
        self.at_ms = NOW
        self.quantity = Decimal(dice.randint(1, 3))

    def request(self) -> PlaceOrder:
        return PlaceOrder(
            client_order_id=self.client_order_id,
            role=self.role,
            kind=self.kind,
            side=self.side,
            type="STOP_MARKET" if self.kind == "algo" else "LIMIT",
            quantity=None if self.kind == "algo" else self.quantity,
            price=None if self.kind == "algo" else Decimal("90800.1"),
            trigger_price=Decimal(89800) if self.kind == "algo" else None,
            close_position=self.kind == "algo",
            reduce_only=self.role != "entry",
            decision_id=self.decision_id,
            rule="r",
            reason="why",
        )

    def seen(self) -> Order:
        return Order(
            client_order_id=self.client_order_id,
            kind=self.kind,
            side=self.side,
            type="STOP_MARKET" if self.kind == "algo" else "LIMIT",
            status=self.dice.choice(get_args(OrderStatus)),
            price=self.dice.choice((None, Decimal("90800.1"), Decimal(90801))),
            trigger_price=self.dice.choice((None, Decimal(89800))),
            quantity=self.quantity,
            filled_qty=self.dice.choice((Decimal(0), Decimal(1))),
            reduce_only=self.role != "entry",
            close_position=self.kind == "algo",
            created_at_ms=self.dice.choice((None, NOW)),
            updated_at_ms=self.dice.choice((None, self.at_ms)),
            triggered_at_ms=self.dice.choice((None, self.at_ms)),
            code=self.dice.choice((None, None, -2013, -2021)),
        )

    def events(self) -> list[Event]:
        told: list[Event] = []
        is_known = self.dice.random() < 0.8
        if is_known:
            told += self.sending()
        for _ in range(self.dice.randint(0, 6)):
            self.at_ms += self.dice.choice((0, 20, 4999, 5000, 60_000))
            happens = (self.order, self.order, self.fill, self.canceled if is_known else self.order)
            told.append(self.dice.choice(happens)())
            is_known = is_known or told[-1]["event"] == "order"
        return told

    def sending(self) -> list[Event]:
        request = self.request()
        outcome, code = self.dice.choice(
            (("ack", None), ("ack", None), ("rejected", -2021), ("rejected", -4116), ("rejected", -1007),
             ("unknown", None), ("unavailable", None), ("throttled", None))
        )  # fmt: skip
        echo = self.seen() if outcome == "ack" and self.dice.random() < 0.5 else None
        first = [events.intent(self.at_ms, request)] if self.role == "entry" else []
        answer = events.answered(self.at_ms + 20, request, outcome=outcome, code=code, order=echo, until_ms=self.at_ms)
        return [*first, events.sent(self.at_ms, request), answer]

    def order(self) -> Event:
        owner = parse_order_id("capi", self.client_order_id)
        assert owner is not None
        since = self.dice.choice((None, None, self.at_ms))
        return events.order(self.at_ms, self.seen(), owner, not_found_since_ms=since)

    def fill(self) -> Event:
        fill = Fill(
            trade_id=self.at_ms,
            client_order_id=self.client_order_id,
            side=self.side,
            price=Decimal(90800),
            qty=Decimal(1),
            fee_usdt=Decimal("0.01"),
            maker=True,
            at_ms=self.at_ms,
        )
        return events.fill(self.at_ms, fill, parse_order_id("capi", self.client_order_id))

    def canceled(self) -> Event:
        cancel = CancelOrder(client_order_id=self.client_order_id, kind=self.kind, rule="r", reason="why")
        outcome, code = self.dice.choice((("ack", None), ("rejected", -2011), ("unknown", None)))
        echo = self.seen() if outcome == "ack" and self.dice.random() < 0.5 else None
        return events.answered(self.at_ms, cancel, outcome=outcome, code=code, order=echo)


def test_of_every_order_that_anything_can_happen_to(tmp_path: Path) -> None:
    dice = Random(7)
    told = [event for number in range(1500) for event in Fate(dice, number).events()]
    write(tmp_path, told)
    records = OrderRecords()
    folds = {
        "intent": records.apply_sent,
        "sent": records.apply_sent,
        "answered": records.apply_answered,
        "order": records.apply_order,
        "fill": records.apply_fill,
    }
    for event in told:
        folds[event["event"]](event)
    known, shown = of_ledger(records), of_view(tmp_path)
    assert len(known) > 1000
    assert {key: (shown.get(key), said) for key, said in known.items() if shown.get(key) != said} == {}
    assert shown.keys() == known.keys()


@pytest.mark.parametrize("earlier_ms", [1000, 1001])
def test_the_end_of_an_earlier_order_with_the_same_id_is_not_its_own(tmp_path: Path, earlier_ms: int) -> None:
    fate = Fate(Random(1), 1)
    request, owner = fate.request(), parse_order_id("capi", fate.client_order_id)
    assert owner is not None
    rests = replace(fate.seen(), status="NEW", code=None, updated_at_ms=NOW, filled_qty=Decimal(0))
    ended = replace(rests, status="CANCELED", updated_at_ms=NOW - earlier_ms)
    told = [
        events.sent(NOW, request),
        events.answered(NOW, request, outcome="ack", code=None, order=rests),
        events.order(NOW + 500, ended, owner),
    ]
    write(tmp_path, told)
    records = OrderRecords()
    for event, fold in zip(told, (records.apply_sent, records.apply_answered, records.apply_order), strict=True):
        fold(event)
    [status] = [row[2 + FIELDS.index("status")] for row in of_view(tmp_path).values()]
    assert status == records.by_key[rests.key].order.status == ("NEW" if earlier_ms > 1000 else "CANCELED")
