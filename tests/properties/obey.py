"""An exchange and a ledger that do what they are told: the next world, when every action is acknowledged.

Small on purpose, independent of the rules and of the paper exchange. Limits and stops rest; what takes from the book
(MARKET, IOC) fills whole at once, reduce-only cut to the position; a closePosition stop expires with its position.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from capi.core.account import Account, Intent, LastTrade, Trade
from capi.core.actions import (
    Action,
    AdoptPosition,
    Alert,
    ArmDeadMan,
    CancelOrder,
    CloseTrade,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    Refuse,
    SetLeverage,
    SetMarginMode,
    UpdateTrade,
)
from capi.core.decision import EXIT_SIDE
from capi.core.orders import ENDED, Order, OrderKey, OrderStatus
from capi.core.units import EXACT, ZERO
from tests.properties.worlds import World


def obey(world: World, actions: Sequence[Action], *, after_ms: int = 0) -> World:
    """Return the world in which the actions have been carried out, seen so many milliseconds later."""
    model = _Model(world)
    for action in actions:
        model.act(action)
    return model.world(world.account.now_ms + after_ms)


def is_request(action: Action) -> bool:
    """Return whether an action asks for something: all but refusals and alerts."""
    return not isinstance(action, Refuse | Alert)


class _Model:
    def __init__(self, world: World) -> None:
        self.given = world
        self.account: Account = world.account
        self.orders: dict[OrderKey, Order] = {order.key: order for order in world.orders}

    def world(self, now_ms: int) -> World:
        """Return what a complete look at it shows."""
        account = replace(self.account, now_ms=now_ms)
        if account.position.qty != self.given.account.position.qty:
            account = replace(account, position=replace(account.position, since_ms=now_ms))
        return replace(self.given, account=account, orders=tuple(self.orders.values()))

    def act(self, action: Action) -> None:
        """Carry out one action."""
        match action:
            case PlaceOrder():
                self._place(action)
            case CancelOrder():
                order = self.orders[action.key]
                self.orders[action.key] = replace(order, status="CANCELED", updated_at_ms=self.account.now_ms)
            case SetLeverage():
                self.account = replace(self.account, leverage=action.leverage)
            case SetMarginMode():
                self.account = replace(self.account, margin_mode=action.margin_mode)
            case ArmDeadMan():
                until = self.account.now_ms + action.seconds * 1000
                self.account = replace(self.account, dead_man_until_ms=until if action.seconds else None)
            case OpenTrade() | AdoptPosition():
                self.account = replace(self.account, trade=_opened(action, self.account.now_ms))
                self._drop_intents(action.decision_id)
            case UpdateTrade():
                self._update(action)
            case CloseTrade():
                closed = LastTrade(decision_id=action.decision_id, side=action.side, closed_at_ms=self.account.now_ms)
                self.account = replace(self.account, trade=None, last_trade=closed)
                self._drop_intents(action.decision_id)
            case EnterSafeMode():
                self.account = replace(self.account, safe_mode=action.reason)
            case Alert() | Refuse():
                pass
            case _:
                assert_never(action)

    def _place(self, action: PlaceOrder) -> None:
        now = self.account.now_ms
        assert action.key not in self.orders, f"{action.client_order_id} is sent again"
        order = Order(
            client_order_id=action.client_order_id,
            kind=action.kind,
            side=action.side,
            type=action.type,
            status="NEW",
            price=action.price,
            trigger_price=action.trigger_price,
            quantity=ZERO if action.quantity is None else action.quantity,
            reduce_only=action.reduce_only,
            close_position=action.close_position,
            created_at_ms=now,
            updated_at_ms=now,
            sent_at_ms=now,
        )
        self.orders[order.key] = order
        if action.role == "entry":
            self._keep_intent(action)
        if action.type == "MARKET" or action.time_in_force == "IOC":
            self._fill(order)

    def _keep_intent(self, action: PlaceOrder) -> None:
        assert action.sl is not None, "an entry carries its stop"
        assert action.intended_qty is not None, "an entry carries the decision's whole quantity"
        intent = Intent(
            client_order_id=action.client_order_id,
            decision_id=action.decision_id,
            side=action.side,
            quantity=action.intended_qty,
            sl=action.sl,
            tp1=action.tp1,
            tp2=action.tp2,
        )
        self.account = replace(self.account, intents=(*self.account.intents, intent))

    def _fill(self, order: Order) -> None:
        """Fill what takes from the book: an entry whole, a reduce-only order as far as the position goes."""
        position = self.account.position
        signed = order.quantity if order.side == "BUY" else -order.quantity
        if order.reduce_only:
            closes = position.qty * signed < 0
            signed = signed if abs(signed) <= abs(position.qty) else -position.qty
            signed = signed if closes else ZERO
        status: OrderStatus = "FILLED" if abs(signed) == order.quantity else "EXPIRED"
        self.orders[order.key] = replace(order, status=status, filled_qty=abs(signed))
        left = EXACT.add(position.qty, signed)
        entry_price = position.entry_price if position.qty != 0 else self.account.market.ask
        self.account = replace(self.account, position=replace(position, qty=left, entry_price=entry_price))
        if left == 0:
            self._expire_backstops(position.qty)

    def _expire_backstops(self, before: Decimal) -> None:
        side = EXIT_SIDE["long" if before > 0 else "short"]
        for key, order in self.orders.items():
            if order.close_position and order.side == side and order.status == "NEW":
                self.orders[key] = replace(order, status="EXPIRED", updated_at_ms=self.account.now_ms)

    def _update(self, action: UpdateTrade) -> None:
        assert self.account.trade is not None, "an update needs a trade"
        trade = replace(
            self.account.trade,
            qty=action.qty,
            entered=action.entered,
            entry_price=action.entry_price,
            sl=action.sl,
            tp1_filled=action.tp1_filled,
        )
        self.account = replace(self.account, trade=trade)

    def _drop_intents(self, decision_id: str) -> None:
        """An intent of this decision whose order has ended has done its work."""
        ended = {order.client_order_id for order in self.orders.values() if order.status in ENDED}
        kept = tuple(
            intent
            for intent in self.account.intents
            if intent.decision_id != decision_id or intent.client_order_id not in ended
        )
        self.account = replace(self.account, intents=kept)


def _opened(action: OpenTrade | AdoptPosition, now_ms: int) -> Trade:
    return Trade(
        decision_id=action.decision_id,
        side=action.side,
        qty=action.qty,
        entered=action.qty,
        entry_price=action.entry_price,
        sl=action.sl,
        tp1=action.tp1,
        tp2=action.tp2,
        tp1_filled=False,
        opened_at_ms=now_ms,
        volatility=action.volatility if isinstance(action, OpenTrade) else None,
    )
