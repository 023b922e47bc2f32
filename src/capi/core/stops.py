"""What guards the position now: which of our stops rest, what they cover, what became of the last attempt.

Source: design, "Protection"; exchange facts, section 3.4: a second closePosition stop is refused with -4130 (one
rests), closePosition while flat with -4509, and quantity stops coexist with everything.
"""

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from capi.core.decision import Direction
from capi.core.errors import meaning_of
from capi.core.orders import Order
from capi.core.units import ZERO, floor_to
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
    resting: tuple[Own, ...]  # open, on the closing side, of whichever trade
    backstop: Own | None  # the tightest closePosition one that rests
    by_quantity: tuple[Own, ...]  # the tightest quantity stops that together cover the position, tightest first
    covering_level: Decimal | None  # the tightest level at which resting stops would have closed the whole position
    foreign_backstop: Order | None  # somebody else's closePosition stop on the closing side
    proven: bool  # the newest refusal says that one of ours rests unseen (-4130)
    ask_again: bool  # that proof is old enough to ask for another
    attempts: tuple[Own, ...]  # every stop of this trade, oldest generation first
    fired: Own | None  # a stop of this trade that has triggered

    def is_tighter(self, level: Decimal, than: Decimal) -> bool:
        """Return whether a level is nearer to profit than another."""
        return level > than if self.direction == "long" else level < than

    def quantity_at(self, level: Decimal) -> Decimal:
        """Return what the resting quantity stops at this level or a tighter one would close."""
        stops = [
            own.order.remaining_qty
            for own in self.resting
            if not own.order.close_position and not self.is_tighter(level, level_of(own))
        ]
        return sum(stops, ZERO)

    @property
    def last(self) -> Own | None:
        """The newest attempt for this trade."""
        return self.attempts[-1] if self.attempts else None

    @property
    def covered(self) -> bool:
        """Whether our resting stops would close the whole position, together or alone."""
        return self.backstop is not None or bool(self.by_quantity)

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
    if len(attempts) > 1:
        attempts.sort(key=lambda own: own.id.generation)
    backstops = [own for own in resting if own.order.close_position]
    backstop = _tightest(backstops, direction)
    needed = floor_to(size, view.instrument.step_size)  # no quantity can cover what is below a step
    by_quantity = _cover_by_quantity([own for own in resting if not own.order.close_position], direction, needed)
    foreign = _foreign_backstop(view, side)
    proof = None if foreign is not None else _proof_of_backstop(attempts)
    proven_at = None if proof is None else proof.updated_at_ms or proof.born_at_ms
    return Stops(
        direction=direction,
        size=size,
        resting=resting,
        backstop=backstop,
        by_quantity=by_quantity,
        covering_level=_covering_level(backstop, by_quantity, direction),
        foreign_backstop=foreign,
        proven=proof is not None and (proven_at is None or not view.past(proven_at + 2 * ASK_AGAIN_MS)),
        ask_again=proof is not None and (proven_at is None or view.past(proven_at + ASK_AGAIN_MS)),
        attempts=tuple(attempts),
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


def level_of(own: Own) -> Decimal:
    """Return a resting stop's level: it always has one."""
    return own.order.trigger_price if own.order.trigger_price is not None else ZERO


def fired_deadline_ms(view: View, fired: Own) -> int:
    """Return until when a triggered stop may still close the position; unknown counts as over."""
    at = fired.order.triggered_at_ms or fired.order.updated_at_ms
    return view.now_ms if at is None else at + FIRED_MS_MAX + 1


def _cover_by_quantity(stops: list[Own], direction: Direction, needed: Decimal) -> tuple[Own, ...]:
    """Return the tightest quantity stops that together cover the position; empty when all of them do not."""
    if len(stops) > 1:  # at one level the largest first, then the newest
        sign = 1 if direction == "long" else -1
        stops.sort(key=lambda own: (sign * level_of(own), own.order.remaining_qty, own.id.generation), reverse=True)
    covered = ZERO
    for count, own in enumerate(stops, 1):
        covered += own.order.remaining_qty
        if covered >= needed:
            return tuple(stops[:count])
    return ()


def _covering_level(backstop: Own | None, by_quantity: tuple[Own, ...], direction: Direction) -> Decimal | None:
    if backstop is None:
        return level_of(by_quantity[-1]) if by_quantity else None
    if not by_quantity:
        return level_of(backstop)
    levels = level_of(backstop), level_of(by_quantity[-1])
    return max(levels) if direction == "long" else min(levels)


def _tightest(stops: list[Own], direction: Direction) -> Own | None:
    if len(stops) < 2:
        return stops[0] if stops else None

    def rank(own: Own) -> tuple[Decimal, int]:
        level = own.order.trigger_price or ZERO
        return (level if direction == "long" else -level), own.id.generation

    return max(stops, key=rank, default=None)


def _foreign_backstop(view: View, side: str) -> Order | None:
    for order in view.foreign:
        if order.close_position and order.side == side and order.type == "STOP_MARKET" and order.status == "NEW":
            return order
    return None


def _proof_of_backstop(attempts: list[Own]) -> Order | None:
    """Return the refusal that proves that a closePosition stop rests; None when the newest one says otherwise."""
    refused = [own.order for own in attempts if own.order.status == "REJECTED"]
    return refused[-1] if refused and meaning_of(refused[-1].code) == "already_guarded" else None


def _fired(attempts: list[Own]) -> Own | None:
    """Return the stop that has triggered; the latest, when several have."""
    latest: Own | None = None
    for own in attempts:
        if own.order.status != "TRIGGERED" and own.order.triggered_at_ms is None:
            continue
        if latest is None or (own.order.triggered_at_ms or 0) > (latest.order.triggered_at_ms or 0):
            latest = own
    return latest
