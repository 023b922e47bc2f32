"""What the account's owner does by hand in the app, at any moment: closes, adds, turns, cancels, rests own orders."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from capi.adapters.paper.orders import NewOrder
from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.world import World
from capi.core.decision import Side
from capi.core.errors import Rejected
from capi.core.orders import Order
from capi.core.units import floor_to

KINDS: Final = (
    *("manual_close",) * 3,
    *("manual_cancel",) * 4,
    "manual_add",
    "manual_reduce",
    "manual_turn",
    "manual_stop",
    "manual_limit",
)
_TICK: Final = Decimal("0.1")
_STEP: Final = Decimal("0.001")


class Hands:
    """Acts at drawn times, until the calm. `told` hears of each act."""

    def __init__(
        self,
        world: World,
        exchange: FaultyExchange,
        dice: Random,
        *,
        badness: float,
        until_ms: int,
        muted: frozenset[str],
        told: Callable[[str, str], None],
    ) -> None:
        self._told: Final = told
        self._muted: Final = muted
        self._world: Final = world
        self._exchange: Final = exchange
        self._dice: Final = dice
        self._until_ms: Final = until_ms
        self._mean_ms: Final = round(50_000 / badness) if badness else 0
        self._count = 0
        if badness:
            self._plan()

    def _plan(self) -> None:
        self._world.at(self._world.now_ms + self._dice.randrange(1000, 2 * self._mean_ms), self._act)

    def _act(self) -> None:
        if self._world.now_ms >= self._until_ms:
            return
        self._plan()
        kind, share = self._dice.choice(KINDS), Decimal(self._dice.randrange(1, 10)) / 10
        qty = self._world.exchange.account.qty
        orders = [one for one in self._world.exchange.open_orders() if not self._exchange.is_hidden(one.key)]
        order = self._dice.choice(orders) if orders else None
        if kind in self._muted or (self._exchange.conditional_is_down and _is_conditional(kind, order)):
            return
        match kind:
            case "manual_cancel":
                self._cancel(order)
            case "manual_close" if qty:
                self._market(kind, "SELL" if qty > 0 else "BUY", abs(qty), reduce_only=True)
            case "manual_reduce" if qty:
                part = max(_STEP, floor_to(abs(qty) * share, _STEP))
                self._market(kind, "SELL" if qty > 0 else "BUY", part, reduce_only=True)
            case "manual_turn" if qty:
                self._market(kind, "SELL" if qty > 0 else "BUY", abs(qty) * 2, reduce_only=False)
            case "manual_add":
                side: Side = "BUY" if share > Decimal("0.5") else "SELL"
                self._market(kind, side, floor_to(max(abs(qty) * share, _STEP * 3), _STEP), reduce_only=False)
            case "manual_stop" if qty:
                self._stop(qty)
            case "manual_limit":
                self._limit(share)
            case _:
                pass

    def _cancel(self, order: Order | None) -> None:
        if order is not None and not isinstance(self._world.exchange.manual_cancel(order.key), Rejected):
            self._told("manual_cancel", f"{order.kind} {order.client_order_id}")

    def _market(self, kind: str, side: Side, qty: Decimal, *, reduce_only: bool) -> None:
        """Trade at market; the app takes the resting exits of that side down first where they are in the way."""
        if reduce_only:
            for order in list(self._world.exchange.open_orders()):
                if order.kind == "plain" and order.side == side and order.reduce_only:
                    self._world.exchange.manual_cancel(order.key)
        new = NewOrder(client_order_id=self._id(), side=side, type="MARKET", quantity=qty, reduce_only=reduce_only)
        self._send(kind, new)

    def _stop(self, qty: Decimal) -> None:
        side: Side = "SELL" if qty > 0 else "BUY"
        away = Decimal("0.98") if side == "SELL" else Decimal("1.02")
        level = floor_to(self._world.exchange.mark * away, _TICK)
        new = NewOrder(
            client_order_id=self._id(),
            kind="algo",
            side=side,
            type="STOP_MARKET",
            trigger_price=level,
            trigger_by="mark",
            close_position=True,
        )
        self._send("manual_stop", new)

    def _limit(self, share: Decimal) -> None:
        side: Side = "BUY" if share > Decimal("0.5") else "SELL"
        away = Decimal("0.998") if side == "BUY" else Decimal("1.002")
        price = floor_to(self._world.exchange.mark * away, _TICK)
        new = NewOrder(
            client_order_id=self._id(), side=side, type="LIMIT", quantity=_STEP * 2, price=price, time_in_force="GTC"
        )
        self._send("manual_limit", new)

    def _send(self, kind: str, new: NewOrder) -> None:
        answer = self._world.exchange.manual_order(new)
        if not isinstance(answer, Rejected):
            self._told(kind, f"{new.side} {new.type} {'' if new.quantity is None else new.quantity}")

    def _id(self) -> str:
        self._count += 1
        return f"web_{self._count}"


def _is_conditional(kind: str, order: Order | None) -> bool:
    """Return whether an act is one on a conditional order."""
    return kind == "manual_stop" or (kind == "manual_cancel" and order is not None and order.kind == "algo")
