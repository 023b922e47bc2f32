"""What the rules look at: the arguments of `plan`, and the facts that follow from them, each derived once.

Orders are sorted, so that the order of the inputs does not matter. Nothing here decides; comparisons with time and with
moving measures go through `Bounds`.
"""

from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from capi.core.account import Account, Intent, Trade
from capi.core.actions import Role
from capi.core.bounds import Comparing, Comparisons
from capi.core.config import Config
from capi.core.decision import DIRECTION_OF_ENTRY, EXIT_SIDE, Decision, Direction, Proposal, Side, Unusable
from capi.core.entry_levels import EntryLevels, entry_levels
from capi.core.ids import OrderId, parse_order_id
from capi.core.lazy import lazy
from capi.core.orders import OPEN, Order, OrderKey, Orders
from capi.core.units import ZERO

FLAT_SETTLES_MS: Final = 2000
"""Flat is confirmed by two complete looks at least this far apart (design: "Position")."""
_BY_IDENTITY: Final = attrgetter("kind", "client_order_id", "status")


class Own(NamedTuple):
    """One of our orders, with what its id says."""

    id: OrderId
    order: Order
    is_open: bool  # rests on the exchange
    is_unknown: bool  # its fate is unknown

    @property
    def may_rest(self) -> bool:
        """Return whether it rests, or might."""
        return self.is_open or self.is_unknown


class View:
    """The arguments of one planning and the facts that follow from them."""

    def __init__(
        self,
        decision: Decision | Unusable,
        account: Account,
        orders: Orders,
        config: Config,
        comparing: Comparing | None = None,
    ) -> None:
        """`comparing` sees every comparison with time and moving measures; None: they are only made."""
        compare = Comparisons(account.now_ms) if comparing is None else comparing
        self.decision: Final = decision
        self.account: Final = account
        self.config: Final = config
        self.market: Final = account.market
        self.instrument: Final = account.instrument
        self.now_ms: Final = account.now_ms
        self.past: Final = compare.past
        self.above: Final = compare.above
        self.at_least: Final = compare.at_least
        self.pin: Final = compare.pin
        self.proposal: Final[Proposal | None] = decision.proposal if isinstance(decision, Decision) else None
        self.qty: Final = account.position.qty
        self.size: Final = abs(self.qty)
        self.direction: Final[Direction | None] = None if self.qty == 0 else "long" if self.qty > 0 else "short"
        self.entries: list[Own] = []
        self.stops: list[Own] = []  # role sl, the conditional orders
        self.stop_children: list[Own] = []  # role sl, the plain orders that triggered stops created
        self.targets: list[Own] = []
        self.exits: list[Own] = []
        self.foreign: list[Order] = []
        self._generations: dict[tuple[Role, str], int] = {}
        self._sort(orders)

    def _sort(self, orders: Orders) -> None:
        prefix = self.config.id_prefix
        if len(orders) > 1 and len({(order.kind, order.client_order_id) for order in orders}) < len(orders):
            orders = _one_of_each(orders)
        for order in sorted(orders, key=_BY_IDENTITY) if len(orders) > 1 else orders:
            parsed = parse_order_id(prefix, order.client_order_id)
            if parsed is None:
                self.foreign.append(order)
                continue
            status, role = order.status, parsed.role
            own = Own(parsed, order, status in OPEN, status == "UNKNOWN")
            if role == "entry":
                self.entries.append(own)
            elif role == "sl":
                (self.stops if order.kind == "algo" else self.stop_children).append(own)
            elif role == "exit":
                self.exits.append(own)
            else:
                self.targets.append(own)
            self._note_generation(parsed)
        for intent in self.account.intents:
            parsed = parse_order_id(prefix, intent.client_order_id)
            if parsed is not None:
                self._note_generation(parsed)

    def _note_generation(self, parsed: OrderId) -> None:
        key = (parsed.role, parsed.decision_id)
        if parsed.generation > self._generations.get(key, 0):
            self._generations[key] = parsed.generation

    def next_generation(self, role: Role, decision_id: str) -> int:
        """Return the first generation that no order or intent in the view has used."""
        return self._generations.get((role, decision_id), 0) + 1

    # the position and its trade

    @lazy
    def trade(self) -> Trade | None:
        """The ledger's open trade, if the position (or its absence) can still be that trade's."""
        trade = self.account.trade
        if trade is None or (self.direction is not None and trade.side != self.direction):
            return None
        return trade

    @lazy
    def intent(self) -> Intent | None:
        """The intent that explains the position (or a fill not yet visible in it), when no trade is recorded."""
        if not self.entries and not self.account.intents:
            return None
        explains = [(self._filled_by(intent), intent) for intent in self.known_intents]
        explains = [(filled, intent) for filled, intent in explains if filled is not None]
        best = max(explains, key=lambda one: (one[0], one[1].client_order_id), default=None)
        return None if best is None else best[1]

    def _filled_by(self, intent: Intent) -> Decimal | None:
        """Return what the intent's order has filled; None when it cannot explain what stands.

        A fill can land between the reading of the orders and of the position: an order that may still rest explains a
        position up to its own quantity.
        """
        if self.direction is not None and DIRECTION_OF_ENTRY[intent.side] != self.direction:
            return None
        order = next((own.order for own in self.entries if own.order.client_order_id == intent.client_order_id), None)
        if order is None:
            return None if self.direction is None else ZERO
        if order.filled_qty > 0:
            return order.filled_qty
        could_fill = order.status in OPEN or order.status == "UNKNOWN"
        return ZERO if could_fill and 0 < self.size <= order.quantity else None

    @lazy
    def known_intents(self) -> tuple[Intent, ...]:
        """The ledger's intents, and the current decision's own for an entry of it that the ledger does not know."""
        intents = self.account.intents
        known = {intent.client_order_id for intent in intents}
        levels = self.levels
        if levels is None or not isinstance(self.decision, Decision):
            return intents
        strays = [
            own
            for own in self.entries
            if own.id.decision_id == self.decision.decision_id
            and own.order.client_order_id not in known
            and not self._is_history(own.order)
        ]
        return intents + tuple(
            Intent(
                client_order_id=own.order.client_order_id,
                decision_id=own.id.decision_id,
                side=levels.side,
                quantity=own.order.quantity,
                sl=levels.sl,
                tp1=levels.tp1,
                tp2=levels.tp2,
            )
            for own in strays
            if own.order.side == levels.side
        )

    @lazy
    def levels(self) -> EntryLevels | None:
        """The rounded levels of the current decision's entry; None without a proposal."""
        if self.proposal is None:
            return None
        return entry_levels(self.proposal, self.instrument, self.config.targets)

    def _is_history(self, order: Order) -> bool:
        """Whether an order was last heard of before a later trade closed: it explains nothing any more."""
        last, at = self.account.last_trade, order.updated_at_ms or order.born_at_ms
        return last is not None and at is not None and at <= last.closed_at_ms and order.status not in OPEN

    def entry_filled_qty(self, decision_id: str) -> Decimal:
        """Return what the entries of one decision have filled."""
        filled = ZERO
        for own in self.entries:
            if own.id.decision_id == decision_id:
                filled += own.order.filled_qty
        return filled

    def exit_filled_qty(self, decision_id: str) -> Decimal:
        """Return what stops, targets and exits of one decision have filled, each id once."""
        if not (self.stops or self.stop_children or self.targets or self.exits):
            return ZERO
        filled: dict[str, Decimal] = {}
        for own in (*self.stops, *self.stop_children, *self.targets, *self.exits):
            if own.id.decision_id == decision_id and own.order.filled_qty > 0:
                known = filled.get(own.order.client_order_id, ZERO)
                filled[own.order.client_order_id] = max(known, own.order.filled_qty)
        return sum(filled.values(), ZERO)

    @lazy
    def last_entry_fill_ms(self) -> int | None:
        """When an entry of ours last filled, as far as the view tells."""
        if not self.entries:
            return None
        return _latest(own.order for own in self.entries if own.order.filled_qty > 0)

    @lazy
    def flat_confirmed(self) -> bool:
        """Whether flat is certain: seen long enough, or explained by exit fills newer than the last entry fill."""
        if self.qty != 0 or not self.account.complete:
            return False
        return self.past(self._flat_since_ms + FLAT_SETTLES_MS) or self._exits_explain_flat

    @property
    def _exits_explain_flat(self) -> bool:
        trade, last = self.account.trade, self.account.last_trade
        intent = None if trade else self.intent
        explained_by = trade or intent or last
        if explained_by is None:
            return False
        decision_id = explained_by.decision_id
        entered = max(self.entry_filled_qty(decision_id), trade.entered if trade else ZERO)
        exits = (*self.stops, *self.stop_children, *self.targets, *self.exits)
        exited = _latest(o.order for o in exits if o.id.decision_id == decision_id and o.order.filled_qty > 0)
        newer = exited is not None and (self.last_entry_fill_ms is None or exited >= self.last_entry_fill_ms)
        return newer and entered > 0 and self.exit_filled_qty(decision_id) >= entered

    @property
    def _flat_since_ms(self) -> int:
        since, fill = self.account.position.since_ms, self.last_entry_fill_ms
        return max(since if since is not None else 0, fill if fill is not None else 0)

    @lazy
    def unseen_fill(self) -> tuple[Direction, Decimal] | None:
        """A fill of an own entry that the position does not show yet: direction and quantity."""
        if self.qty != 0 or self.account.trade is not None or self.flat_confirmed:
            return None
        intent = self.intent
        if intent is None:
            return None
        pending = self.entry_filled_qty(intent.decision_id) - self.exit_filled_qty(intent.decision_id)
        return (DIRECTION_OF_ENTRY[intent.side], pending) if pending > 0 else None

    @lazy
    def own_position(self) -> bool:
        """Whether the position stands on this decision's own fills, so that its entry may go on."""
        proposal, decision = self.proposal, self.decision
        if proposal is None or self.direction != proposal.direction:
            return False
        if self.trade is not None:
            return self.trade.decision_id == decision.decision_id
        return self.intent is not None and self.intent.decision_id == decision.decision_id

    # the market

    @lazy
    def mid(self) -> Decimal | None:
        """The middle of bid and ask."""
        market = self.market
        return None if market.bid is None or market.ask is None else (market.bid + market.ask) / 2

    @lazy
    def spread(self) -> Decimal | None:
        """Ask less bid, over their middle."""
        market = self.market
        if market.bid is None or market.ask is None or self.mid is None:
            return None
        return (market.ask - market.bid) / self.mid

    @property
    def trigger_price(self) -> Decimal | None:
        """The price that triggers compare with (protection.trigger_by)."""
        return self.market.mark if self.config.protection.trigger_by == "mark" else self.market.last

    def has_passed(self, direction: Direction, level: Decimal) -> bool | None:
        """Return whether the trigger price has reached a stop level; None when the price is unknown."""
        price, measure = self.trigger_price, self.config.protection.trigger_by
        if price is None:
            return None
        if direction == "long":
            return not self.above(measure, price, level)
        return self.at_least(measure, price, level)

    @lazy
    def volatility(self) -> Decimal | None:
        """The decision's own volatility (or its ATR over the price), else the engine's measure of the market."""
        if isinstance(self.decision, Decision) and self.decision.volatility is not None:
            return self.decision.volatility
        if self.atr_of_decision is not None:
            return None if self.mid is None else self.atr_of_decision / self.mid
        return self.market.volatility

    @property
    def atr_of_decision(self) -> Decimal | None:
        """The decision's ATR in USDT, where it is what volatility is made of."""
        decision = self.decision
        return decision.atr if isinstance(decision, Decision) and decision.volatility is None else None

    # shorthands

    def exit_side(self, direction: Direction) -> Side:
        """Return the side that reduces a position of this direction."""
        return EXIT_SIDE[direction]


def _one_of_each(orders: Orders) -> Orders:
    """Return one order of each identity: the one that has come farthest."""
    farthest: dict[OrderKey, Order] = {}
    for order in sorted(orders, key=lambda one: (one.filled_qty, one.updated_at_ms or 0, one.status)):
        farthest[order.key] = order
    return tuple(farthest.values())


def _latest(orders: Iterable[Order]) -> int | None:
    """Return the newest of the orders' last updates, as well as is known."""
    times = [at for order in orders if (at := order.updated_at_ms or order.born_at_ms) is not None]
    return max(times, default=None)
