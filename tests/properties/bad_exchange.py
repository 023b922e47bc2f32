"""A small exchange for one symbol on bad days: what it really holds, whatever its answers say.

Independent of the rules and of the paper exchange. It keeps what the rules stand on: an id is unique only among open
orders of its kind; closePosition is refused while flat (-4509), twice on a side (-4130) and behind the price (-2021);
it expires with its position; reduce-only executes at most the position; a triggered stop's order bears its id.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Final

from capi.core.actions import PlaceOrder
from capi.core.decision import Side
from capi.core.orders import Order, OrderKey, OrderStatus
from capi.core.units import ZERO, floor_to
from tests.worlds import INSTRUMENT, NOW

D = Decimal
TICK: Final = INSTRUMENT.tick_size
STEP: Final = INSTRUMENT.step_size
START: Final = D("90850.0")
LIVE: Final = ("NEW", "PARTIALLY_FILLED")


@dataclass(slots=True)
class BadExchange:
    """The truth. `price`: the bid; the ask is a tick above, mark and last are the bid."""

    dice: Random
    now_ms: int = NOW
    price: Decimal = START
    qty: Decimal = ZERO
    entry_price: Decimal | None = None
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    late: list[tuple[int, PlaceOrder]] = field(default_factory=list)  # sent, still on their way
    filled: dict[str, Decimal] = field(default_factory=dict)  # by client order id, entries
    changed_at_ms: int = NOW - 60_000  # the position

    def pass_time(self, ms: int) -> None:
        """Let time go by: orders that were late arrive, the price moves, orders fill, stops trigger."""
        self.now_ms += ms
        for at_ms, request in [item for item in self.late if item[0] <= self.now_ms]:
            self.late.remove((at_ms, request))
            self.place(request)
        jump = self.dice.choice((1, 1, 1, 1, 10, 80))
        self.price += TICK * self.dice.randint(-60, 60) * jump
        self.match()

    def interfere(self) -> None:
        """Let somebody else trade the position: close it, turn it, add to it, or rest a stop of their own."""
        side: Side = "SELL" if self.qty > 0 else "BUY"
        match self.dice.randrange(4):
            case 0:
                self._set_position(ZERO)
            case 1:
                self._set_position(-self.qty)
            case 2:
                self._set_position(self.qty + STEP * self.dice.choice((-3, 4)))
            case _:
                if self.qty != 0 and not self._has_backstop(side):
                    away = D("0.97") if side == "SELL" else D("1.03")
                    stop = Order(
                        client_order_id=f"web_{len(self.orders)}", kind="algo", side=side, type="STOP_MARKET",
                        status="NEW", trigger_price=floor_to(self.price * away, TICK), close_position=True,
                        created_at_ms=self.now_ms, updated_at_ms=self.now_ms,
                    )  # fmt: skip
                    self.orders[stop.key] = stop

    def match(self) -> None:
        """Fill what the price has reached: stops whole, limits perhaps in parts."""
        for order in list(self.orders.values()):
            if order.status in LIVE and order.kind == "algo" and self._is_triggered(order):
                self._trigger(order)
        for order in list(self.orders.values()):
            if order.status in LIVE and order.kind == "plain" and order.price is not None:
                crossed = self.price < order.price if order.side == "BUY" else self.price > order.price
                if crossed and self.dice.random() < 0.8:
                    self._fill(order, part=self.dice.random() < 0.4)

    def place(self, request: PlaceOrder) -> int | None:
        """Take an order in; return the code of a refusal."""
        code = self._refusal(request)
        if code is not None:
            return code
        order = Order(
            client_order_id=request.client_order_id,
            kind=request.kind,
            side=request.side,
            type=request.type,
            status="NEW",
            price=request.price,
            trigger_price=request.trigger_price,
            quantity=request.quantity or ZERO,
            reduce_only=request.reduce_only,
            close_position=request.close_position,
            created_at_ms=self.now_ms,
            updated_at_ms=self.now_ms,
            sent_at_ms=self.now_ms,
        )
        self.orders[order.key] = order
        if order.kind == "plain" and (order.type == "MARKET" or request.time_in_force == "IOC"):
            self._fill(order, part=self.dice.random() < 0.2)
            if self.orders[order.key].status in LIVE:
                self._end(self.orders[order.key], "EXPIRED")
        return None

    def cancel(self, key: OrderKey) -> None:
        """Take an order down, if it is still open."""
        order = self.orders.get(key)
        if order is not None and order.status in LIVE:
            self._end(order, "CANCELED")

    def _refusal(self, request: PlaceOrder) -> int | None:
        known = self.orders.get(request.key)
        if known is not None and known.status in LIVE:
            return -4116
        if request.trigger_price is not None:
            passed = (
                self.price <= request.trigger_price if request.side == "SELL" else self.price >= request.trigger_price
            )
            if passed:
                return -2021
        if request.close_position:
            if self.qty == 0:
                return -4509
            if self._has_backstop(request.side):
                return -4130
        closes = self.qty < 0 if request.side == "BUY" else self.qty > 0
        return -2022 if request.reduce_only and request.kind == "plain" and not closes else None

    def _has_backstop(self, side: Side) -> bool:
        return any(o.close_position and o.side == side and o.status in LIVE for o in self.orders.values())

    def _is_triggered(self, order: Order) -> bool:
        level = order.trigger_price or ZERO
        return self.price <= level if order.side == "SELL" else self.price >= level

    def _trigger(self, stop: Order) -> None:
        quantity = abs(self.qty) if stop.close_position else stop.quantity
        self.orders[stop.key] = replace(
            stop, status="TRIGGERED", triggered_at_ms=self.now_ms, updated_at_ms=self.now_ms
        )
        child = replace(
            stop, kind="plain", type="MARKET", quantity=quantity, reduce_only=True, close_position=False,
            trigger_price=None, created_at_ms=self.now_ms, updated_at_ms=self.now_ms,
        )  # fmt: skip
        self.orders[child.key] = child
        self._fill(child, part=False)
        if self.orders[child.key].status in LIVE:
            self._end(self.orders[child.key], "EXPIRED")

    def _fill(self, order: Order, *, part: bool) -> None:
        quantity = order.remaining_qty
        if part:
            quantity = max(floor_to(quantity * D(self.dice.randint(1, 9)) / 10, STEP), STEP)
        signed = quantity if order.side == "BUY" else -quantity
        if order.reduce_only:
            if self.qty * signed >= 0:
                self._end(order, "EXPIRED")
                return
            signed = signed if abs(signed) <= abs(self.qty) else -self.qty
        done = order.filled_qty + abs(signed)
        status: OrderStatus = "FILLED" if done == order.quantity else "PARTIALLY_FILLED"
        self.orders[order.key] = replace(order, status=status, filled_qty=done, updated_at_ms=self.now_ms)
        if not order.reduce_only:
            self.filled[order.client_order_id] = done
        self._set_position(self.qty + signed)

    def _set_position(self, qty: Decimal) -> None:
        turned = self.qty * qty <= 0
        self.entry_price = self.price if turned else self.entry_price
        self.qty, self.changed_at_ms = qty, self.now_ms
        for other in list(self.orders.values()) if turned else ():
            if other.close_position and other.status in LIVE:
                self._end(other, "EXPIRED")

    def _end(self, order: Order, status: OrderStatus) -> None:
        self.orders[order.key] = replace(order, status=status, updated_at_ms=self.now_ms)
