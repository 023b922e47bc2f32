"""Many passes of the rules against an exchange on bad days, all from one seed: what is sent, done and seen.

Between look and act prices move and orders fill. Answers are lost (executed, not executed, or still on their way),
requests are refused, cancels lose their race, views are incomplete or old, the position lags behind a fill, the process
dies in the middle of a list. What the ledger would know is kept here, no more.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Final

from capi.core.account import Account, Intent, Position
from capi.core.actions import Action, CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.ids import parse_order_id, timestamp_key
from capi.core.orders import ENDED, Order, OrderKey, Orders
from capi.core.plan import summary
from capi.core.units import ZERO
from tests.properties.bad_exchange import BadExchange
from tests.properties.obey import obey
from tests.properties.worlds import World
from tests.worlds import ACCOUNT, market

D = Decimal
REFUSALS: Final = (-1008, -2019, -4164, -4131, -2010, -4509, -4130, -2021, -1111)
LAG_MS: Final = 900
PROOF_MS: Final = 1000


@dataclass(slots=True)
class BadDays:
    """One run. `faults`: how likely each request is to go wrong."""

    dice: Random
    config: Config
    faults: float
    exchange: BadExchange
    account: Account = ACCOUNT  # the ledger's part of it
    decision: Decision | Unusable = field(default_factory=lambda: Unusable(reason="none yet"))
    known: dict[OrderKey, Order] = field(default_factory=dict)
    before: World | None = None  # the last complete look
    before_fill_qty: Decimal = ZERO
    sent: set[OrderKey] = field(default_factory=set)
    intended: dict[str, Decimal] = field(default_factory=dict)

    def look(self) -> World:
        """Return what the engine sees: perhaps an old part, perhaps a position behind its fills."""
        if self.dice.random() < self.faults / 4 and self.before is not None:
            old = replace(self.before.account, now_ms=self.exchange.now_ms, complete=False, trade=self.account.trade)
            return replace(self.before, account=old, orders=self._orders(), decision=self.decision)
        orders = self._orders()
        if self.dice.random() < self.faults / 4:
            self.exchange.match()  # a fill between reading the orders and reading the position
        world = World(decision=self.decision, account=self._seen(), orders=orders, config=self.config)
        self.before = world
        return world

    def _seen(self) -> Account:
        exchange, qty = self.exchange, self.exchange.qty
        lags = exchange.now_ms - exchange.changed_at_ms < LAG_MS and self.dice.random() < self.faults
        qty = self.account.position.qty if lags else qty
        since = self.account.position.since_ms if qty == self.account.position.qty else exchange.now_ms
        position = Position(qty=qty, entry_price=exchange.entry_price if qty else None, since_ms=since)
        self.account = replace(self.account, now_ms=exchange.now_ms, position=position)
        self._drop_intents()
        return replace(self.account, market=market(price=exchange.price), complete=True)

    def _orders(self) -> Orders:
        """Return the orders of interest, as the exchange has them; what it does not have is unknown until proven."""
        for key, order in self.exchange.orders.items():  # foreign ones are shown while they rest
            known = self.known.get(key)
            if known is None or known.status not in ENDED or known.status == "REJECTED":
                self.known[key] = order
        for key, order in self.known.items():
            proven = order.sent_at_ms is not None and self.exchange.now_ms > order.sent_at_ms + self._window_ms
            if order.status == "UNKNOWN" and key not in self.exchange.orders and proven:
                self.known[key] = replace(order, status="REJECTED", code=-2013, updated_at_ms=self.exchange.now_ms)
        return tuple(order for order in self.known.values() if not self._is_over(order) or self._matters(order))

    def _is_over(self, order: Order) -> bool:
        """Return whether an order has ended; a triggered stop has when the order that it created has."""
        child = self.known.get(("plain", order.client_order_id))
        fired = order.status == "TRIGGERED" and child is not None and child.status in ENDED
        return fired or order.status in ENDED

    def _matters(self, order: Order) -> bool:
        """Return whether an ended order is of the decision, the trade or an intent, or sent for what stands now."""
        trade, position = self.account.trade, self.account.position
        decisions = {self.decision.decision_id, *(intent.decision_id for intent in self.account.intents)}
        if trade is not None:
            decisions.add(trade.decision_id)
        since, sent = position.since_ms or 0, order.sent_at_ms or 0
        return self._decision_of(order) in decisions or (position.qty != 0 and sent >= since)

    @property
    def _window_ms(self) -> int:
        return self.config.recv_window_ms + PROOF_MS

    def _decision_of(self, order: Order) -> str | None:
        owner = parse_order_id(self.config.id_prefix, order.client_order_id)
        return None if owner is None else owner.decision_id

    def _drop_intents(self) -> None:
        trade, kept = self.account.trade, list[Intent]()
        for intent in self.account.intents:
            order = self.known.get(("plain", intent.client_order_id))
            if order is not None and order.status in ENDED:
                unfilled = order.filled_qty == 0 and self.account.now_ms - (order.updated_at_ms or 0) >= 2000
                if unfilled or (order.filled_qty > 0 and trade is not None and trade.decision_id == intent.decision_id):
                    continue
            kept.append(intent)
        self.account = replace(self.account, intents=tuple(kept))

    def act(self, world: World, actions: list[Action]) -> None:
        """Carry the actions out, as far as this day allows."""
        guard = summary(world.decision, world.account, world.orders, world.config).guard
        if guard != "unknown":
            since = self.account.naked_since_ms or self.exchange.now_ms
            self.account = replace(self.account, naked_since_ms=since if guard == "naked" else None)
        for action in actions:
            if self.dice.random() < self.faults / 8:
                return  # the process died
            match action:
                case PlaceOrder():
                    self._place(action)
                case CancelOrder():
                    if self.dice.random() >= self.faults / 2:
                        self.exchange.cancel(action.key)
                case _:
                    self._record(action)

    def _record(self, action: Action) -> None:
        bare = World(
            decision=self.decision, account=self.account, orders=tuple(self.known.values()), config=self.config
        )
        self.account = obey(bare, [action]).account

    def _place(self, action: PlaceOrder) -> None:
        assert action.key not in self.sent, f"{action.client_order_id} is sent again"
        self.sent.add(action.key)
        now = self.exchange.now_ms
        if action.role == "entry":
            self._keep_intent(action)
        unknown = Order(
            client_order_id=action.client_order_id, kind=action.kind, side=action.side, type=action.type,
            status="UNKNOWN", price=action.price, trigger_price=action.trigger_price,
            quantity=action.quantity or ZERO, reduce_only=action.reduce_only, close_position=action.close_position,
            sent_at_ms=now,
        )  # fmt: skip
        self.known[action.key] = unknown
        luck = self.dice.random() / self.faults if self.faults else D(9)
        if luck < 0.2:
            return  # lost on the way there
        if luck < 0.4:
            self.exchange.late.append((now + self.dice.randint(1, self.config.recv_window_ms), action))
            return
        code = self.dice.choice(REFUSALS) if luck < 0.6 else self.exchange.place(action)
        if 0.6 <= luck < 0.8 and code is None:
            return  # executed, the answer is lost
        if code is not None:
            self.known[action.key] = replace(unknown, status="REJECTED", code=code, updated_at_ms=now)

    def _keep_intent(self, action: PlaceOrder) -> None:
        assert action.sl is not None, "an entry carries its stop"
        assert action.intended_qty is not None, "an entry carries the decision's whole quantity"
        whole = self.intended.setdefault(action.decision_id, action.intended_qty)
        assert action.intended_qty <= whole, f"{action.decision_id} grew from {whole} to {action.intended_qty}"
        intent = Intent(
            client_order_id=action.client_order_id, decision_id=action.decision_id, side=action.side,
            quantity=action.intended_qty, sl=action.sl, tp1=action.tp1, tp2=action.tp2,
        )  # fmt: skip
        self.account = replace(self.account, intents=(*self.account.intents, intent))

    def decide(self) -> None:
        """Have a new decision: mostly one around the price, for either side."""
        if self.dice.random() < 0.2:
            self.decision = Unusable(reason="decision.json is torn")
            return
        at_ms, middle = self.exchange.now_ms - 1000, self.exchange.price + self.dice.randint(-80, 80)
        sign = self.dice.choice((1, -1))
        proposal = Proposal(
            direction="long" if sign > 0 else "short",
            zone_min=middle - 100,
            zone_max=middle + 100,
            sl=middle - sign * 900,
            tp1=middle + sign * 600,
            tp2=middle + sign * 1200,
            position_size_usdt=D(self.dice.choice((1000, 1900))),
            leverage=D(3),
        )
        self.decision = Decision(
            decision_id=timestamp_key(at_ms * 1000),
            timestamp_ms=at_ms,
            symbol="BTCUSDT",
            proposal=None if self.dice.random() < 0.1 else proposal,
            confidence=D("0.8"),
        )
