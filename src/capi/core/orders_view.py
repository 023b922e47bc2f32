"""The arguments of one planning, and our orders sorted by what their ids say.

Orders are put in an order of their own, so that the order of the inputs does not matter. Comparisons with time and with
moving measures go through `bounds`.
"""

from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from capi.core.account import Account
from capi.core.actions import Role
from capi.core.bounds import Comparing, Comparisons
from capi.core.config import Config
from capi.core.decision import EXIT_SIDE, Decision, Direction, Proposal, Side, Unusable
from capi.core.ids import OrderId, parse_order_id
from capi.core.lazy import lazy
from capi.core.orders import OPEN, Order, OrderKey, Orders
from capi.core.units import ZERO

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


class OrdersView:
    """The arguments of one planning, with the orders sorted by what they are for."""

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
        self.entry_ids: set[str] = set()
        self.stops: list[Own] = []  # role sl, the conditional orders
        self.stop_children: list[Own] = []  # role sl, the plain orders that triggered stops created
        self.targets: list[Own] = []
        self.exits: list[Own] = []
        self.refused: list[Own] = []  # those of ours that the exchange did not take, of any role but a stop's child
        self.foreign: list[Order] = []
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
            if status == "REJECTED" and (role != "sl" or order.kind == "algo"):
                self.refused.append(own)
            if role == "entry":
                self.entries.append(own)
                self.entry_ids.add(order.client_order_id)
            elif role == "sl":
                (self.stops if order.kind == "algo" else self.stop_children).append(own)
            elif role == "exit":
                self.exits.append(own)
            else:
                self.targets.append(own)

    def next_generation(self, role: Role, decision_id: str) -> int:
        """Return the first generation that no order or intent in the view has used."""
        return self._generations.get((role, decision_id), 0) + 1

    @lazy
    def _generations(self) -> dict[tuple[Role, str], int]:
        """The highest generation that an order or an intent in the view has used, by role and decision."""
        highest: dict[tuple[Role, str], int] = {}
        orders = (*self.entries, *self.stops, *self.stop_children, *self.targets, *self.exits)
        intents = (parse_order_id(self.config.id_prefix, intent.client_order_id) for intent in self.account.intents)
        for parsed in (*(own.id for own in orders), *intents):
            if parsed is not None:
                key = (parsed.role, parsed.decision_id)
                highest[key] = max(parsed.generation, highest.get(key, 0))
        return highest

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
        return latest(own.order for own in self.entries if own.order.filled_qty > 0)

    def exit_side(self, direction: Direction) -> Side:
        """Return the side that reduces a position of this direction."""
        return EXIT_SIDE[direction]


def _one_of_each(orders: Orders) -> Orders:
    """Return one order of each identity: the one that has come farthest."""
    farthest: dict[OrderKey, Order] = {}
    for order in sorted(orders, key=lambda one: (one.filled_qty, one.updated_at_ms or 0, one.status)):
        farthest[order.key] = order
    return tuple(farthest.values())


def latest(orders: Iterable[Order]) -> int | None:
    """Return the newest of the orders' last updates, as well as is known."""
    times = [at for order in orders if (at := order.updated_at_ms or order.born_at_ms) is not None]
    return max(times, default=None)
