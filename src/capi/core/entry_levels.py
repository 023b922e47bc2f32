"""The prices of an entry: where it rests, its stop, its targets, rounded to the tick with the direction in the name."""

from decimal import Decimal

from capi.core.account import Instrument
from capi.core.config import TargetsConfig
from capi.core.decision import Direction, Proposal, Side
from capi.core.units import ceil_to, floor_to
from capi.core.value import value


@value
class EntryLevels:
    """Rounded prices of one decision's entry, in USDT."""

    direction: Direction
    side: Side
    price: Decimal  # the middle of the zone, toward the passive side
    sl: Decimal  # toward the entry: risk never larger
    tp1: Decimal  # toward the entry
    tp2: Decimal
    risk: Decimal  # R: |zone middle − stop| as proposed, not rounded


def round_passive(price: Decimal, side: Side, tick: Decimal) -> Decimal:
    """Round an entry price away from the book: a buy down, a sell up."""
    return floor_to(price, tick) if side == "BUY" else ceil_to(price, tick)


def round_stop(level: Decimal, direction: Direction, tick: Decimal) -> Decimal:
    """Round a stop toward the price: a long's up, a short's down. The loss is never larger than asked for."""
    return ceil_to(level, tick) if direction == "long" else floor_to(level, tick)


def round_target(price: Decimal, direction: Direction, tick: Decimal) -> Decimal:
    """Round a target toward the entry: a long's down, a short's up. It fills no later than asked for."""
    return floor_to(price, tick) if direction == "long" else ceil_to(price, tick)


def entry_levels(proposal: Proposal, instrument: Instrument, targets: TargetsConfig) -> EntryLevels:
    """Return the levels of a proposal; missing targets are tp1_r and tp2_r times R from the zone's middle.

    A derived target never lies on the wrong side of a given one: when only one is given, the other is derived all the
    same and, where that would break their order, both are the given one's price.
    """
    direction, tick, middle = proposal.direction, instrument.tick_size, proposal.zone_middle
    sign = 1 if direction == "long" else -1
    risk = abs(middle - proposal.sl)
    tp1 = proposal.tp1 if proposal.tp1 is not None else middle + sign * targets.tp1_r * risk
    tp2 = proposal.tp2 if proposal.tp2 is not None else middle + sign * targets.tp2_r * risk
    if (tp2 - tp1) * sign < 0:
        if proposal.tp1 is not None:
            tp2 = tp1
        else:
            tp1 = tp2
    floor = tick  # a short's derived target may lie at or below zero: the lowest price there is
    return EntryLevels(
        direction=direction,
        side=proposal.side,
        price=round_passive(middle, proposal.side, tick),
        sl=max(round_stop(proposal.sl, direction, tick), floor),
        tp1=max(round_target(tp1, direction, tick), floor),
        tp2=max(round_target(tp2, direction, tick), floor),
        risk=risk,
    )
