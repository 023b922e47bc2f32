"""What guards the position now: which of our stops rest, what they cover, what became of the last attempt.

Source: design, "Protection"; exchange facts, section 3.4: a second closePosition stop is refused with -4130 (one
rests), closePosition while flat with -4509, and quantity stops coexist with everything.
"""

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from capi.core.decision import Direction
from capi.core.errors import meaning_of
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.core.view import Own, View

ASK_AGAIN_MS: Final = 30_000
"""A stop known only by its refusal of a second one (-4130) is asked about again after this long."""
FIRED_MS_MAX: Final = 1000
"""A stop that triggered longer ago than this, with the position still standing, has fired without effect."""

Guard = Literal["none", "guarded", "guarded_by_previous", "naked", "unknown"]


class Stops(NamedTuple):
    """Our stops on the closing side of one position."""

    direction: Direction
    size: Decimal
    cover_qty: Decimal  # what one quantity stop must have to count as covering: the size, or the market maximum
    resting: tuple[Own, ...]  # open, on the closing side, of whichever trade
    backstop: Own | None  # the tightest closePosition one that rests
    foreign_backstop: Order | None  # somebody else's closePosition stop on the closing side
    proven: bool  # a refusal (-4130) not older than ASK_AGAIN_MS proves that one of ours rests unseen
    last: Own | None  # the newest attempt for this trade
    fired: Own | None  # a stop of this trade that has triggered

    def is_tighter(self, level: Decimal, than: Decimal) -> bool:
        """Return whether a level is nearer to profit than another."""
        return level > than if self.direction == "long" else level < than

    def tightest(self, levels: list[Decimal]) -> Decimal | None:
        """Return the level nearest to profit."""
        if not levels:
            return None
        return max(levels) if self.direction == "long" else min(levels)

    @property
    def covering_level(self) -> Decimal | None:
        """The tightest level at which a single resting stop of ours would close the whole position."""
        levels = [
            own.order.trigger_price
            for own in self.resting
            if own.order.trigger_price is not None
            and (own.order.close_position or own.order.remaining_qty >= self.cover_qty)
        ]
        return self.tightest(levels)

    @property
    def covered(self) -> bool:
        """Whether our resting stops would close the whole position, together or alone."""
        total = sum((own.order.remaining_qty for own in self.resting if not own.order.close_position), ZERO)
        return self.backstop is not None or total >= self.size

    @property
    def refused(self) -> bool:
        """Whether the newest attempt was refused."""
        return self.last is not None and self.last.order.status == "REJECTED"


def stops_of(view: View, direction: Direction, size: Decimal, decision_id: str | None) -> Stops:
    """Return what guards a position of this direction and size; `decision_id` is its trade's."""
    side = view.exit_side(direction)
    mine = [own for own in view.stops if own.order.side == side]
    resting = tuple(own for own in mine if own.is_open and own.order.trigger_price is not None)
    attempts = [own for own in mine if own.id.decision_id == decision_id]
    backstops = [own for own in resting if own.order.close_position]
    foreign = _foreign_backstop(view, side)
    largest = view.instrument.market_max_qty
    return Stops(
        direction=direction,
        size=size,
        cover_qty=size if largest is None else min(size, largest),
        resting=resting,
        backstop=_tightest(backstops, direction),
        foreign_backstop=foreign,
        proven=foreign is None and any(_proves_backstop(view, own) for own in attempts),
        last=max(attempts, key=lambda own: own.id.generation, default=None),
        fired=_fired(attempts),
    )


def guard_of(view: View, stops: Stops | None, wanted: Decimal | None) -> Guard:
    """Return how the visible position is guarded before anything is done."""
    if stops is None:
        return "none"
    if stops.fired is not None:
        return "naked" if view.past(fired_deadline_ms(view, stops.fired)) and not stops.covered else "guarded"
    if stops.covered or stops.proven:
        level = stops.covering_level
        behind = wanted is not None and level is not None and stops.is_tighter(wanted, level)
        return "guarded_by_previous" if behind and stops.refused else "guarded"
    if stops.last is not None and stops.last.is_unknown:
        return "unknown"
    return "naked" if view.account.complete else "unknown"


def fired_deadline_ms(view: View, fired: Own) -> int:
    """Return until when a triggered stop may still close the position; unknown counts as over."""
    at = fired.order.triggered_at_ms or fired.order.updated_at_ms
    return view.now_ms if at is None else at + FIRED_MS_MAX + 1


def _tightest(stops: list[Own], direction: Direction) -> Own | None:
    def rank(own: Own) -> tuple[Decimal, int]:
        level = own.order.trigger_price or ZERO
        return (level if direction == "long" else -level), own.id.generation

    return max(stops, key=rank, default=None)


def _foreign_backstop(view: View, side: str) -> Order | None:
    for order in view.foreign:
        if order.close_position and order.side == side and order.type == "STOP_MARKET" and order.status == "NEW":
            return order
    return None


def _proves_backstop(view: View, own: Own) -> bool:
    order = own.order
    if order.status != "REJECTED" or meaning_of(order.code) != "already_guarded":
        return False
    at = order.updated_at_ms or order.sent_at_ms or order.created_at_ms
    return at is not None and not view.past(at + ASK_AGAIN_MS)


def _fired(attempts: list[Own]) -> Own | None:
    """Return the stop that has triggered; the latest, when several have."""
    fired = [own for own in attempts if own.order.status == "TRIGGERED" or own.order.triggered_at_ms is not None]
    return max(fired, key=lambda own: own.order.triggered_at_ms or 0, default=None)
