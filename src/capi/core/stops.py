"""What guards the position now: which of our stops rest, what they cover, what became of the last attempt.

Source: design, "Protection"; exchange facts, section 3.4: a second closePosition stop is refused with -4130 (one
rests), closePosition while flat with -4509, and quantity stops coexist with everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from capi.core.decision import EXIT_SIDE, Direction, Side
from capi.core.errors import meaning_of
from capi.core.orders import ENDED, Order
from capi.core.units import ZERO, floor_to
from capi.core.view import Own, View

ASK_AGAIN_MS: Final = 30_000
"""A stop known only by its refusal of a second one (-4130) is asked about again after this long."""
FIRED_MS_MAX: Final = 1000
"""A stop that triggered longer ago than this, with the position still standing, has fired without effect."""

Guard = Literal["none", "guarded", "guarded_by_previous", "naked", "unknown"]


@dataclass(slots=True, kw_only=True)
class Stops:
    """Our stops on the closing side of one position."""

    direction: Final[Direction]
    size: Final[Decimal]
    resting: Final[list[Own]]  # open, on the closing side, of whichever trade
    backstop: Final[Own | None]  # the tightest closePosition one that rests
    by_quantity: Final[list[Own]]  # the tightest quantity stops that together cover the position, tightest first
    covering_level: Final[Decimal | None]  # the tightest level at which resting ones would have closed all of it
    foreign_backstop: Final[Order | None]  # somebody else's closePosition stop on the closing side
    proven: Final[bool]  # the newest refusal says that one of ours rests unseen (-4130)
    ask_again: Final[bool]  # that proof is old enough to ask for another, or of another position
    attempts: Final[list[Own]]  # every stop of this trade, oldest generation first
    fired: Final[Own | None]  # a stop of this trade that has triggered

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
    side = EXIT_SIDE[direction]
    resting: list[Own] = []
    backstops: list[Own] = []
    by_quantity: list[Own] = []
    attempts: list[Own] = []
    for own in view.stops:
        order = own.order
        if order.side != side:
            continue
        if own.is_open and order.trigger_price is not None:
            resting.append(own)
            (backstops if order.close_position else by_quantity).append(own)
        if own.id.decision_id == decision_id:
            attempts.append(own)
    if len(attempts) > 1:
        attempts.sort(key=lambda own: own.id.generation)
    backstop = _tightest(backstops, direction)
    if by_quantity:
        by_quantity = _cover_by_quantity(view, by_quantity, direction, size)
    foreign = _foreign_backstop(view, side) if view.foreign else None
    proof = _proof_of_backstop(attempts) if foreign is None and view.refused else None
    proven_at = None if proof is None else proof.updated_at_ms or proof.born_at_ms
    if proof is not None and _is_void([own.order for own in view.stops], side, proof):
        proof = proven_at = None
    return Stops(
        direction=direction,
        size=size,
        resting=resting,
        backstop=backstop,
        by_quantity=by_quantity,
        covering_level=_covering_level(backstop, by_quantity, direction),
        foreign_backstop=foreign,
        proven=proof is not None and (proven_at is None or not view.past(proven_at + 2 * ASK_AGAIN_MS)),
        ask_again=proof is not None and _is_old(view, proven_at),
        attempts=attempts,
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
    return view.account.now_ms if at is None else at + FIRED_MS_MAX + 1


def _cover_by_quantity(view: View, stops: list[Own], direction: Direction, size: Decimal) -> list[Own]:
    """Return the tightest quantity stops that together cover the position; empty when all of them do not."""
    if len(stops) > 1:  # at one level the largest first, then the newest
        sign = 1 if direction == "long" else -1
        stops.sort(key=lambda own: (sign * level_of(own), own.order.remaining_qty, own.id.generation), reverse=True)
    needed, covered = floor_to(size, view.instrument.step_size), ZERO  # no quantity can cover what is below a step
    for count, own in enumerate(stops, 1):
        covered += own.order.remaining_qty
        if covered >= needed:
            return stops[:count]
    return []


def _covering_level(backstop: Own | None, by_quantity: list[Own], direction: Direction) -> Decimal | None:
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
    """Return the refusal that proves that a closePosition stop rests; None when the newest one says otherwise.

    Nor when a stop by quantity was taken since: it went out because the one that was told of was foreign, or to move
    the level. Then it is asked about anew.
    """
    proof: Order | None = None
    for own in attempts:
        order = own.order
        if order.status == "REJECTED":
            proof = order if meaning_of(order.code) == "already_guarded" else None
        elif not own.is_unknown and not order.close_position:
            proof = None
    return proof


def _is_old(view: View, proven_at: int | None) -> bool:
    """Whether a proof has to be asked for again: half a minute later, or when it is of another time.

    The position has changed since: it may have been flat in between, and a closePosition stop goes with its position.
    Or nobody watched: the run began since, or a silence ended.
    """
    if proven_at is None:
        return True
    account = view.account
    changes = (account.position.since_ms, account.acts_since_ms)
    return any(at_ms is not None and at_ms > proven_at for at_ms in changes) or view.past(proven_at + ASK_AGAIN_MS)


def _is_void(orders: list[Order], side: Side, proof: Order) -> bool:
    """Whether what a refusal told of is gone, or doubted anew: it was shown since, and then denied by the exchange."""
    asked_at = _asked_at(proof)
    return has_ended_since(orders, side, proof) or any(
        order.side == side
        and order.close_position
        and order.not_found_since_ms is not None
        and asked_at is not None
        and order.not_found_since_ms > asked_at
        for order in orders
    )


def has_ended_since(orders: Iterable[Order], side: Side, proof: Order) -> bool:
    """Return whether the closePosition stop that a refusal told of is gone: only one can rest. Denied is not gone.

    The refusal was decided between its sending and its answer: what ended meanwhile may have ended after it.
    """
    asked_at = _asked_at(proof)
    if asked_at is None:
        return False
    for order in orders:
        if order.side == side and order.close_position and has_ended(order):
            ended_at = order.updated_at_ms
            if order.status != "REJECTED" and ended_at is not None and ended_at >= asked_at:
                return True
    return False


def _asked_at(proof: Order) -> int | None:
    return proof.sent_at_ms or proof.updated_at_ms or proof.born_at_ms


def has_ended(order: Order) -> bool:
    """Return whether the exchange said what became of an order. That it does not know it (-2013) says nothing."""
    return order.status in ENDED and meaning_of(order.code) != "not_found"


def _fired(attempts: list[Own]) -> Own | None:
    """Return the stop that has triggered; the latest, when several have."""
    latest: Own | None = None
    for own in attempts:
        if not own.has_triggered:
            continue
        if latest is None or (own.order.triggered_at_ms or 0) > (latest.order.triggered_at_ms or 0):
            latest = own
    return latest
