"""Each invariant catches what it is for: passes that go right, and then one that does not."""

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


@pytest.fixture
def scene() -> Scene:
    """A long of 0.01 behind its backstop at 89 800."""
    scene = Scene()
    scene.place(entry())
    scene.end(ENTRY)
    scene.fill(ENTRY, "BUY", "0.01")
    scene.place(backstop())
    scene.run()
    return scene


class TestGuarded:
    """Invariant 1."""

    def test_a_position_without_a_stop(self, scene: Scene) -> None:
        scene.end(SL)
        scene.breaks(1, "0.01 has stood for 0 ms without a stop or an exit on its way, and no stop was tried")

    def test_a_stop_on_the_wrong_side_does_not_count(self, scene: Scene) -> None:
        scene.rest(backstop(side="BUY"))
        scene.breaks(1, "without a stop")

    def test_a_stop_for_a_part_does_not_count_but_parts_add_up(self, scene: Scene) -> None:
        scene.rest(quantity_stop(quantity="0.004"))
        scene.rest(quantity_stop("capi_sl_d_3", quantity="0.006"))
        scene.end(SL)
        scene.run()
        scene.end(SL2)
        scene.breaks(1, "without a stop")

    def test_an_exit_on_its_way_counts_until_the_next_one_is_due(self, scene: Scene) -> None:
        scene.end(SL)
        scene.run(exit_order())
        scene.run()
        scene.breaks(1, "without a stop")

    def test_an_exit_that_rests_counts(self, scene: Scene) -> None:
        scene.end(SL)
        scene.place(exit_order())
        scene.run(step_ms=5000)

    def test_a_refused_stop_counts_for_naked_seconds_max(self, scene: Scene) -> None:
        scene.end(SL)
        for attempt in range(2, 8):
            scene.run(backstop(f"capi_sl_d_{attempt}"), result="rejected")
        scene.breaks(1, "has stood for 6000 ms .* every stop was refused", backstop("capi_sl_d_8"), result="rejected")

    def test_a_position_that_the_engine_cannot_see_yet_is_not_its_fault(self, scene: Scene) -> None:
        scene.end(SL)
        scene.run(qty=D(0))
        scene.breaks(1, "without a stop")

    def test_a_stop_that_has_just_fired_may_still_close(self, scene: Scene) -> None:
        fired = replace(scene.books.orders[SL], status="TRIGGERED", triggered_at_ms=scene.at_ms + 1000)
        scene.end(SL)
        scene.run(orders=(fired,))
        scene.run(orders=(fired,))
        scene.breaks(1, "without a stop", orders=(fired,))

    def test_a_short_is_guarded_by_a_buy(self) -> None:
        scene = Scene()
        scene.hold("-0.01")
        scene.rest(backstop(side="BUY", level="91800"))
        scene.run()
        scene.end(SL)
        scene.breaks(1, "-0.01 has stood")


class TestNeverLooser:
    """Invariant 2."""

    def test_a_looser_stop_is_sent(self, scene: Scene) -> None:
        scene.place(quantity_stop(level="90000"))
        scene.breaks(2, "the stop capi_sl_d_3 at 89999.9 is looser than 90000", backstop("capi_sl_d_3", "89999.9"))

    def test_for_a_short_looser_is_higher(self) -> None:
        scene = Scene()
        scene.hold("-0.01")
        scene.place(backstop(side="BUY", level="91800"))
        scene.place(backstop(SL2, side="BUY", level="91700"))
        scene.breaks(2, "looser than 91700", backstop("capi_sl_d_3", "91750", side="BUY"))

    def test_the_next_trade_begins_anew(self, scene: Scene) -> None:
        scene.end(SL)
        scene.fill(SL, "SELL", "0.01")
        scene.run()
        scene.hold("0.01")
        scene.place(backstop("capi_sl_e", "80000"))

    def test_a_stop_is_cancelled_before_its_successor_was_seen_to_rest(self, scene: Scene) -> None:
        scene.end(SL)
        scene.rest(quantity_stop())
        scene.breaks(2, "capi_sl_d was cancelled while 0.01 stood", cancel(SL), quantity_stop())

    def test_a_stop_is_cancelled_for_one_that_does_not_cover(self, scene: Scene) -> None:
        scene.place(quantity_stop(quantity="0.009"))
        scene.end(SL)
        scene.breaks(2, "no stop of ours at 89800 or tighter rested that covers it", cancel(SL))

    def test_a_stop_is_cancelled_for_a_looser_one(self, scene: Scene) -> None:
        scene.place(quantity_stop())
        scene.end(SL2)
        scene.breaks(2, "capi_sl_d_2 was cancelled", cancel(SL2))

    def test_a_replaced_stop_may_go(self, scene: Scene) -> None:
        scene.place(quantity_stop())
        scene.end(SL)
        scene.run(cancel(SL))

    def test_what_was_not_ours_to_keep_may_go(self, scene: Scene) -> None:
        scene.rest(backstop("web_stop", side="BUY"))
        scene.run()
        scene.end("web_stop")
        scene.run(cancel("web_stop"))


class TestNeverOverfilled:
    """Invariant 3."""

    def test_fills_and_open_entries_exceed_the_intention(self) -> None:
        scene = Scene()
        scene.place(entry())
        scene.fill(ENTRY, "BUY", "0.004")
        scene.books.orders[ENTRY] = replace(scene.books.orders[ENTRY], filled_qty=D("0.004"))
        scene.rest(entry("capi_entry_d_2", "0.007"))
        scene.rest(backstop())
        scene.breaks(
            3, "decision d has filled 0.004 and 0.013 is open, of 0.01 intended", entry("capi_entry_d_2", "0.007")
        )

    def test_two_whole_fills(self) -> None:
        scene = Scene()
        scene.place(entry())
        scene.end(ENTRY)
        scene.fill(ENTRY, "BUY", "0.01")
        scene.place(backstop())
        scene.fill("capi_entry_d_2", "BUY", "0.001")
        scene.breaks(3, "decision d has filled 0.011 and 0 is open, of 0.01 intended", entry("capi_entry_d_2", "0.001"))

    def test_the_first_intention_holds(self) -> None:
        scene = Scene()
        scene.place(entry())
        second = entry("capi_entry_d_2", "0.01", intended_qty=D("0.02"))
        scene.rest(second)
        scene.breaks(3, "0.02 is open, of 0.01 intended", second)


class TestSentOnce:
    """Invariant 4."""

    def test_an_id_is_sent_again(self, scene: Scene) -> None:
        scene.breaks(4, "capi_sl_d was sent before, 2000 ms ago", backstop())

    def test_an_id_that_was_held_may_be_sent(self) -> None:
        scene = Scene()
        scene.run(entry(), result="held")
        scene.place(entry())

    def test_an_entry_beside_one_of_unknown_fate(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.breaks(4, "capi_entry_d_2 was sent while the fate of capi_entry_d was unknown", entry("capi_entry_d_2"))

    def test_an_entry_after_the_window_has_closed(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.run(step_ms=CONFIG.recv_window_ms)
        scene.place(entry("capi_entry_d_2"))

    def test_an_entry_after_a_look_has_told(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.rest(entry())
        ended = replace(scene.books.orders[ENTRY], status="CANCELED")
        scene.end(ENTRY)
        scene.rest(entry("capi_entry_d_2"))
        scene.run(entry("capi_entry_d_2"), orders=(ended,))


class TestOnlyReduces:
    """Invariant 5."""

    @pytest.mark.parametrize("role", ["sl", "tp1", "tp2", "exit"])
    def test_an_exit_that_could_open(self, scene: Scene, role: str) -> None:
        scene.breaks(5, "capi_x could open a position", request("capi_x", role, reduce_only=False))

    def test_a_fill_that_turns_the_position(self, scene: Scene) -> None:
        scene.fill(EXIT, "SELL", "0.02")
        scene.breaks(5, "a fill of capi_exit_d took the position from 0.01 to -0.01")

    def test_a_fill_that_opens_a_position(self) -> None:
        scene = Scene()
        scene.run()
        scene.fill(TP1, "SELL", "0.01")
        scene.breaks(5, "a fill of capi_tp1_d took the position from 0 to -0.01")

    def test_a_stranger_may_do_what_we_must_not(self, scene: Scene) -> None:
        scene.fill("web_1", "SELL", "0.02")
        scene.rest(backstop("capi_sl_o", side="BUY", level="91800"))
        scene.run()

    def test_targets_exceed_the_position(self, scene: Scene) -> None:
        targets = request(TP1, "tp1", quantity=D("0.006")), request(TP2, "tp2", quantity=D("0.005"))
        for target in targets:
            scene.rest(target)
        scene.breaks(5, r"targets of 0.011 \(capi_tp1_d, capi_tp2_d\) rest at a position of 0.01", *targets)

    def test_what_was_asked_counts_even_when_the_exchange_has_cut_it(self, scene: Scene) -> None:
        scene.rest(request(TP1, "tp1", quantity=D("0.01")))
        scene.breaks(5, "targets of 0.02", request(TP1, "tp1", quantity=D("0.02")))


class TestNothingIsLeft:
    """Invariant 6."""

    def test_a_stop_is_left_when_flat_is_certain(self, scene: Scene) -> None:
        scene.rest(quantity_stop())
        scene.end(SL)
        scene.fill(SL, "SELL", "0.01")
        for _ in range(3):
            scene.run()
        scene.breaks(6, "flat for 3000 ms, and still open: capi_sl_d_2")

    def test_while_the_view_is_incomplete_nothing_is_certain(self, scene: Scene) -> None:
        scene.fill(SL, "SELL", "0.01")
        for _ in range(5):
            scene.run(complete=False)

    def test_a_cancel_that_did_not_come_through_is_not_its_fault(self, scene: Scene) -> None:
        scene.fill(SL, "SELL", "0.01")
        for _ in range(3):
            scene.run()
        scene.run(cancel(SL), result="unknown")
        scene.breaks(6, "still open: capi_sl_d")

    def test_a_resting_entry_is_no_leftover(self) -> None:
        scene = Scene()
        scene.place(entry())
        for _ in range(5):
            scene.run()


def test_what_is_remembered_is_bounded() -> None:
    scene = Scene()
    for number in range(5000):
        one = entry(f"capi_entry_d{number}", decision_id=f"d{number}")
        scene.run(one)
    orders = scene.invariants._orders
    assert len(orders._ids) == 4096
    assert len(orders._entered) == 64
