"""What the rules look at: the arguments of `plan`, and the facts that follow from them, each derived once.

Nothing here decides. This part says whose the position is, and whether flat is certain.
"""

from decimal import Decimal
from typing import Final

from capi.core.account import Account, Intent
from capi.core.bounds import Comparing
from capi.core.config import Config
from capi.core.decision import DIRECTION_OF_ENTRY, Decision, Direction, Unusable
from capi.core.entry_levels import EntryLevels
from capi.core.lazy import lazy
from capi.core.market_view import MarketView
from capi.core.orders import OPEN, Order, Orders
from capi.core.orders_view import Own, latest
from capi.core.units import ZERO

FLAT_SETTLES_MS: Final = 2000
"""Flat is confirmed by two complete looks at least this far apart (design: "Position")."""


__all__ = ["FLAT_SETTLES_MS", "Own", "View"]


class View(MarketView):
    """The arguments of one planning and the facts that follow from them."""

    def __init__(
        self,
        decision: Decision | Unusable,
        account: Account,
        orders: Orders,
        config: Config,
        comparing: Comparing | None = None,
    ) -> None:
        """Sort the orders, and derive what nearly every planning asks for; the rest is derived when it is asked for."""
        super().__init__(decision, account, orders, config, comparing)
        trade, direction = account.trade, self.direction
        of_the_other_side = trade is not None and direction is not None and trade.side != direction
        self.trade: Final = None if of_the_other_side else trade
        """The ledger's open trade, if the position (or its absence) can still be that trade's."""
        self.flat_confirmed: Final = direction is None and account.complete and self._is_flat_for_certain()
        """Whether flat is certain: seen long enough, or explained by exit fills newer than the last entry fill."""
        self.unseen_fill: Final = None if direction is not None or self.flat_confirmed else self._find_unseen_fill()
        """A fill of an own entry that the position does not show yet: direction and quantity."""
        self.own_position: Final = direction is not None and self._is_own_position(direction)
        """Whether the position stands on this decision's own fills, so that its entry may go on."""

    @lazy
    def intent(self) -> Intent | None:
        """The intent that explains the position (or a fill not yet visible in it), when no trade is recorded."""
        if not self.entries and not self.account.intents:
            return None
        explains = [(self._filled_by(intent), intent) for intent in self._known_intents()]
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

    def _known_intents(self) -> tuple[Intent, ...]:
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
            and not self.is_history(own.order)
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

    @property
    def levels(self) -> EntryLevels | None:
        """The rounded levels of the current decision's entry; None without a proposal."""
        return None if self.terms.entry is None else self.terms.entry.levels

    def is_history(self, order: Order) -> bool:
        """Return whether an order was last heard of before a later trade closed: it explains nothing any more."""
        last, at = self.account.last_trade, order.updated_at_ms or order.born_at_ms
        return last is not None and at is not None and at <= last.closed_at_ms and order.status not in OPEN

    def _is_flat_for_certain(self) -> bool:
        """Ask the clock last: what the exits explain needs no later look, and sets no bound in time."""
        return self._exits_explain_flat() or self.past(self._flat_since_ms() + FLAT_SETTLES_MS)

    def _exits_explain_flat(self) -> bool:
        trade, last = self.account.trade, self.account.last_trade
        intent = None if trade else self.intent
        explained_by = trade or intent or last
        if explained_by is None:
            return False
        decision_id = explained_by.decision_id
        entered = max(self.entry_filled_qty(decision_id), trade.entered if trade else ZERO)
        exited = latest(o.order for o in self.reducing if o.id.decision_id == decision_id and o.order.filled_qty > ZERO)
        newer = exited is not None and (self.last_entry_fill_ms is None or exited >= self.last_entry_fill_ms)
        return newer and entered > ZERO and self.exit_filled_qty(decision_id) >= entered

    def _flat_since_ms(self) -> int:
        since, fill = self.account.position.since_ms, self.last_entry_fill_ms
        return max(since if since is not None else 0, fill if fill is not None else 0)

    def _find_unseen_fill(self) -> tuple[Direction, Decimal] | None:
        intent = self.intent if self.account.trade is None else None
        if intent is None:
            return None
        pending = self.entry_filled_qty(intent.decision_id) - self.exit_filled_qty(intent.decision_id)
        return (DIRECTION_OF_ENTRY[intent.side], pending) if pending > ZERO else None

    def _is_own_position(self, direction: Direction) -> bool:
        if self.proposal is None or direction != self.proposal.direction:
            return False
        explained_by = self.trade or self.intent
        return explained_by is not None and explained_by.decision_id == self.decision.decision_id
