"""The arguments of one planning, and our orders sorted by what their ids say.

Orders are put in an order of their own, so that the order of the inputs does not matter. Comparisons with time and with
moving measures go through `bounds`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.core.account import Account
from capi.core.actions import Role
from capi.core.bounds import Comparing, Comparisons, Measure
from capi.core.config import Config
from capi.core.decision import EXIT_SIDE, Decision, Direction, Proposal, Side, Unusable
from capi.core.errors import meaning_of
from capi.core.ids import OrderId, parse_order_id
from capi.core.lazy import lazy
from capi.core.orders import OPEN, Order, OrderKey, Orders
from capi.core.terms import terms_of
from capi.core.units import ZERO


@dataclass(slots=True)
class Own:
    """One of our orders, with what its id says.

    Like all that is derived anew in each planning it is not frozen: a frozen class takes six times as long to make.
    `Final` fields keep the promise where mypy looks.
    """

    id: Final[OrderId]
    order: Final[Order]
    is_open: Final[bool]  # rests on the exchange
    is_unknown: Final[bool]  # its fate is unknown
    may_rest: Final[bool]  # one of the two

    @property
    def has_triggered(self) -> bool:
        """Whether it is a stop that has triggered, whatever became of it."""
        return self.order.status == "TRIGGERED" or self.order.triggered_at_ms is not None


class OrdersView:
    """The arguments of one planning, with the orders sorted by what they are for.

    A view has at most 29 attributes, lazy ones and those of the classes below included: with a 30th, CPython keeps them
    in a dictionary of the instance's own, and each costs more to set and to read.
    """

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
        qty = account.position.qty
        self.decision: Final = decision
        self.account: Final = account
        self.config: Final = config
        self.market: Final = account.market
        self.instrument: Final = account.instrument
        by_mark = config.protection.trigger_by == "mark"
        self.trigger_price: Final = (
            account.market.mark if by_mark else account.market.last
        )  # what triggers compare with
        self.past: Final = compare.past
        self.above: Final = compare.above
        self.at_least: Final = compare.at_least
        self.terms: Final = terms_of(decision, account.instrument, config)
        self.proposal: Final[Proposal | None] = decision.proposal if isinstance(decision, Decision) else None
        self.size: Final = abs(qty)
        self.direction: Final[Direction | None] = None if qty == ZERO else "long" if qty > ZERO else "short"
        self.entries: list[Own] = []
        self.stops: list[Own] = []  # role sl, the conditional orders
        self.stop_children: list[Own] = []  # role sl, the plain orders that triggered stops created
        self.targets: list[Own] = []
        self.exits: list[Own] = []
        self.reducing: list[Own] = []  # the four above together
        self.refused: list[Own] = []  # those of ours that the exchange did not take, of any role but a stop's child
        self.foreign: list[Order] = []
        if orders:
            self._sort(orders)

    def _sort(self, orders: Orders) -> None:
        prefix = self.config.id_prefix
        for order in orders if len(orders) == 1 else _one_of_each(orders):
            parsed = parse_order_id(prefix, order.client_order_id)
            if parsed is None:
                self.foreign.append(order)
                continue
            status, role = order.status, parsed.role
            is_open, is_unknown = status in OPEN, status == "UNKNOWN"
            own = Own(parsed, order, is_open, is_unknown, is_open or is_unknown)
            if status == "REJECTED" and (role != "sl" or order.kind == "algo"):
                self.refused.append(own)
            if role == "entry":
                self.entries.append(own)
                continue
            self.reducing.append(own)
            if role == "sl":
                (self.stops if order.kind == "algo" else self.stop_children).append(own)
            elif role == "exit":
                self.exits.append(own)
            else:
                self.targets.append(own)

    def pin(self, measure: Measure, value: Decimal) -> None:
        """Say that any change of a moving measure counts: bound it on both sides by its own value."""
        self.above(measure, value, value)
        self.at_least(measure, value, value)

    def next_generation(self, role: Role, decision_id: str) -> int:
        """Return the first generation that no order or intent in the view has used."""
        highest = 0
        for own in self.entries if role == "entry" else self.reducing:
            if own.id.role == role and own.id.decision_id == decision_id:
                highest = max(highest, own.id.generation)
        for intent in self.account.intents:
            used = parse_order_id(self.config.id_prefix, intent.client_order_id)
            if used is not None and used.role == role and used.decision_id == decision_id:
                highest = max(highest, used.generation)
        return highest + 1

    def entry_filled_qty(self, decision_id: str) -> Decimal:
        """Return what the entries of one decision have filled."""
        filled = ZERO
        for own in self.entries:
            if own.id.decision_id == decision_id:
                filled += own.order.filled_qty
        return filled

    def exit_filled_qty(self, decision_id: str) -> Decimal:
        """Return what stops, targets and exits of one decision have filled, each id once."""
        filled: dict[str, Decimal] = {}
        for own in self.reducing:
            if own.order.filled_qty > ZERO and own.id.decision_id == decision_id:
                known = filled.get(own.order.client_order_id, ZERO)
                filled[own.order.client_order_id] = max(known, own.order.filled_qty)
        return sum(filled.values(), ZERO) if filled else ZERO

    @lazy
    def last_entry_fill_ms(self) -> int | None:
        """When an entry of ours last filled, as far as the view tells."""
        return latest(own.order for own in self.entries if own.order.filled_qty > ZERO) if self.entries else None

    def exit_side(self, direction: Direction) -> Side:
        """Return the side that reduces a position of this direction."""
        return EXIT_SIDE[direction]


def _one_of_each(orders: Orders) -> list[Order]:
    """Return one order of each identity, the one that has come farthest, in the order of their identities."""
    known: dict[OrderKey, Order] = {(order.kind, order.client_order_id): order for order in orders}
    if len(known) < len(orders):
        for order in sorted(orders, key=lambda one: (one.filled_qty, one.updated_at_ms or 0, one.status, repr(one))):
            known[order.key] = order
    return [known[key] for key in sorted(known)]


def was_not_open(own: Own) -> bool:
    """Return whether the exchange refused to cancel an order because it is not open, and nothing was heard since."""
    return own.is_unknown and meaning_of(own.order.code) in ("not_open", "not_found")


def latest(orders: Iterable[Order]) -> int | None:
    """Return the newest of the orders' last updates, as well as is known."""
    times = [at for order in orders if (at := order.updated_at_ms or order.born_at_ms) is not None]
    return max(times, default=None)
