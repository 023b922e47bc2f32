"""Fake books and passes over them: whatever a test likes may stand in them, so that each invariant can be broken."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from capi.adapters.paper.account import PaperAccount
from capi.cli.replay.invariants import InvariantBroken, Invariants
from capi.core.account import Position
from capi.core.actions import Action, CancelOrder, PlaceOrder
from capi.core.orders import Order
from capi.engine.report import Outcome, PassReport, Result
from capi.ports.exchange import Fill
from tests.worlds import ACCOUNT, CONFIG, LONG, NOW

D = Decimal
ENTRY, SL, TP1, TP2, EXIT = (f"capi_{role}_d" for role in ("entry", "sl", "tp1", "tp2", "exit"))
SL2 = "capi_sl_d_2"


@dataclass
class FakeBooks:
    """The exchange's books, written by the test: whatever it likes may stand in them."""

    account: PaperAccount = field(default_factory=lambda: PaperAccount(D(10000), leverage=3, margin_mode="isolated"))
    orders: dict[str, Order] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    version: int = 0

    def open_orders(self) -> list[Order]:
        return list(self.orders.values())

    def fills_after(self, trade_id: int) -> Iterator[Fill]:
        return (fill for fill in self.fills if fill.trade_id > trade_id)


class Scene:
    """Passes over fake books. Each change counts as one."""

    def __init__(self) -> None:
        self.books = FakeBooks()
        self.invariants = Invariants(self.books, CONFIG)
        self.at_ms = NOW
        self.seen: tuple[Order, ...] = ()  # what was open after the last pass

    def hold(self, qty: str) -> None:
        """Let the position be this, with no fill that explains it: it was entered before the replay began."""
        self.books.account.qty = D(qty)
        self.books.version += 1

    def fill(self, client_order_id: str, side: str, qty: str) -> None:
        """Let an order fill."""
        signed = D(qty) if side == "BUY" else -D(qty)
        self.books.account.qty += signed
        fill = Fill(
            trade_id=len(self.books.fills) + 1,
            client_order_id=client_order_id,
            side="BUY" if side == "BUY" else "SELL",
            price=D(90800),
            qty=D(qty),
            fee_usdt=D(0),
            maker=True,
            at_ms=self.at_ms,
        )
        self.books.fills.append(fill)
        self.books.version += 1

    def rest(self, request: PlaceOrder, **changes: Any) -> None:
        """Let an order rest."""
        order = Order(
            client_order_id=request.client_order_id,
            kind=request.kind,
            side=request.side,
            type=request.type,
            status="NEW",
            price=request.price,
            trigger_price=request.trigger_price,
            quantity=D(0) if request.quantity is None else request.quantity,
            reduce_only=request.reduce_only,
            close_position=request.close_position,
        )
        self.books.orders[request.client_order_id] = replace(order, **changes)
        self.books.version += 1

    def end(self, client_order_id: str) -> None:
        """Let an order end."""
        del self.books.orders[client_order_id]
        self.books.version += 1

    def run(
        self, *actions: Action, result: Result = "ack", step_ms: int = 1000, orders: tuple[Order, ...] = (), **seen: Any
    ) -> None:
        """Run one pass that sends `actions`. `seen`: what the engine saw of the account, where not the truth."""
        self.at_ms += step_ms
        position = Position(qty=seen.pop("qty", self.books.account.qty))
        report = PassReport(
            at_ms=self.at_ms,
            decision=LONG,
            state=None,
            guard=None,
            account=replace(ACCOUNT, now_ms=self.at_ms, position=position, **seen),
            orders=orders or self.seen,
            outcomes=tuple(Outcome(action=action, result=result) for action in actions),
        )
        self.seen = tuple(self.books.open_orders())
        self.invariants.check(report)

    def place(self, *requests: PlaceOrder) -> None:
        """Run a pass that sends orders which then rest."""
        for request in requests:
            self.rest(request)
        self.run(*requests)

    def breaks(self, number: int, saying: str, *actions: Action, **pass_: Any) -> None:
        """Run a pass that must break one invariant, with a sentence that says so."""
        with pytest.raises(InvariantBroken, match=saying) as broken:
            self.run(*actions, **pass_)
        assert broken.value.number == number
        assert broken.value.at_ms == self.at_ms
        assert str(broken.value).startswith(f"invariant {number} was broken at 2025-11-28T10:06:")


def request(client_order_id: str, role: str, **changes: Any) -> PlaceOrder:
    base: dict[str, Any] = {
        "client_order_id": client_order_id,
        "role": role,
        "kind": "plain",
        "side": "SELL",
        "type": "LIMIT",
        "quantity": D("0.01"),
        "price": D(92200),
        "reduce_only": True,
        "decision_id": "d",
        "rule": "test",
        "reason": "test",
    }
    return PlaceOrder(**(base | changes))


def backstop(client_order_id: str = SL, level: str = "89800", **changes: Any) -> PlaceOrder:
    stop = {"kind": "algo", "type": "STOP_MARKET", "quantity": None, "price": None, "trigger_price": D(level)}
    return request(client_order_id, "sl", **(stop | {"reduce_only": False, "close_position": True} | changes))


def quantity_stop(client_order_id: str = SL2, level: str = "90000", quantity: str = "0.01") -> PlaceOrder:
    return backstop(client_order_id, level, quantity=D(quantity), reduce_only=True, close_position=False)


def entry(client_order_id: str = ENTRY, quantity: str = "0.01", **changes: Any) -> PlaceOrder:
    base = {"side": "BUY", "price": D(90800), "reduce_only": False, "intended_qty": D("0.01"), "quantity": D(quantity)}
    return request(client_order_id, "entry", **(base | changes))


def exit_order(client_order_id: str = EXIT) -> PlaceOrder:
    return request(client_order_id, "exit", type="MARKET", price=None)


def cancel(client_order_id: str, kind: str = "algo") -> CancelOrder:
    return CancelOrder(
        client_order_id=client_order_id, kind="algo" if kind == "algo" else "plain", rule="test", reason="test"
    )


def guarded_long() -> Scene:
    """A long of 0.01 behind its backstop at 89 800."""
    scene = Scene()
    scene.place(entry())
    scene.end(ENTRY)
    scene.fill(ENTRY, "BUY", "0.01")
    scene.place(backstop())
    scene.run()
    return scene
