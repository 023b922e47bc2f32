"""When an order fills, at what price, and how much of it. Pure functions; the market is the last quote.

A taker (MARKET, or a LIMIT that crosses when it arrives) takes the touch, and slips by what is beyond it. The depth
behind a touch of quantity q is linear: another q at each further gap, a gap being the spread, at least a tick:

    BUY 12 at an ask of 100.0 with 5, spread 0.2   →   5 at 100.0, 5 at 100.2, 2 at 100.4

and nothing beyond its limit: the price of a LIMIT, the mark-price band (PERCENT_PRICE) of a MARKET order. What a taker
took is missing until that side of the quote changes. Levels that are wholly taken between the first and the last are
reported as one fill at their mean price, exact, which may lie on half a tick.

A maker (a LIMIT that rests; BUY, SELL is the mirror) fills at its own price, at quotes later than the one it came to
rest at: wholly when the ask is below its price (the market traded through it); by at most the quantity at the touch
when the ask equals its price; not while the ask is above it. So a price that is only touched from afar fills nothing,
and one quote fills at most the touch.

A quantity that the quote does not tell is unknown: a taker then gets all of it at the touch, without slippage, and a
maker nothing at the touch, only through it.

A conditional order fires when its reference (mark or last) reaches the trigger: STOP BUY at or above, STOP SELL at or
below, TAKE_PROFIT the other way round. What it gives birth to is a taker at the same quote, so a gap costs what it
costs. Within one quote, what lies nearer to the previous mid happens first, and at one price a stop before a limit.

Not modelled: the place in the queue, hidden quantity, trades inside the spread, our own orders' effect on the book,
priceProtect, trailing and limit-priced conditional orders, auto-deleveraging.
"""

from decimal import Decimal

from capi.core.decision import Side
from capi.core.orders import OrderType
from capi.core.units import ONE, ZERO
from capi.core.value import record


@record
class Slice:
    """A part of a taker's fill."""

    price: Decimal
    qty: Decimal


def take(
    side: Side,
    quantity: Decimal,
    *,
    touch: Decimal,
    touch_qty: Decimal | None,
    taken: Decimal,
    gap: Decimal,
    limit: Decimal,
) -> tuple[Slice, ...]:
    """Return what a taker gets, best price first; the last slice is at the worst price reached. May be less than asked.

    `taken`: quantity that earlier takers had of this side of the quote. `gap` > 0. `limit`: the worst price allowed.
    """
    sign = ONE if side == "BUY" else -ONE
    room = (limit - touch) * sign
    if room < 0 or quantity <= 0:
        return ()
    if touch_qty is None:
        return (Slice(touch, quantity),)
    quantity = min(quantity, (room // gap + 1) * touch_qty - taken)
    if touch_qty <= 0 or quantity <= 0:
        return ()
    level = taken // touch_qty
    first = min(quantity, (level + 1) * touch_qty - taken)
    slices = [Slice(touch + sign * gap * level, first)]
    whole, last = divmod(quantity - first, touch_qty)
    if not last and whole:
        whole, last = whole - 1, touch_qty
    if whole:
        slices.append(Slice(touch + sign * gap * (level + (whole + 1) / 2), whole * touch_qty))
    if last:
        slices.append(Slice(touch + sign * gap * (level + whole + 1), last))
    return tuple(slices)


def rested_fill(
    side: Side, price: Decimal, quantity: Decimal, *, touch: Decimal, touch_left: Decimal | None
) -> Decimal:
    """Return how much of a resting LIMIT order fills at this quote, at its own price.

    `touch`: the opposite side's best price (the ask for a BUY); `touch_left`: what is left there, None unknown.
    """
    through = price - touch if side == "BUY" else touch - price
    if through > 0:
        return quantity
    if through < 0 or touch_left is None:
        return ZERO
    return min(quantity, max(touch_left, ZERO))


def fires_when_falling(order_type: OrderType, side: Side) -> bool:
    """Return whether a conditional order waits for the price to come down to its trigger (else: to rise to it)."""
    return (order_type == "STOP_MARKET") == (side == "SELL")


def fires(order_type: OrderType, side: Side, trigger_price: Decimal, reference: Decimal) -> bool:
    """Return whether the reference price has reached the trigger."""
    if fires_when_falling(order_type, side):
        return reference <= trigger_price
    return reference >= trigger_price
