"""What the exchange tells by itself, as values: orders, positions, and that something has to be looked at.

REST is the truth. An event brings the next look forward, and lets protection be added to what the last look saw; it
never closes a trade, cancels protection or opens anything (design, "One pass"). Events may come late, twice, in another
order, or not at all.
"""

from decimal import Decimal

from capi.core.orders import Order
from capi.core.value import value
from capi.ports.exchange import Fill


@value
class OrderTold:
    """An order in the symbol is now this, ours or not; `fill`: the execution that the event tells of, if any."""

    at_ms: int  # when it happened, by the exchange's clock
    order: Order
    fill: Fill | None = None


@value
class PositionTold:
    """The position in the symbol is now this: absolute, signed, base units."""

    at_ms: int
    qty: Decimal
    entry_price: Decimal | None


@value
class Disturbed:
    """Something that concerns us happened, or may have happened unseen: look now. `reason` says what."""

    at_ms: int
    reason: str


@value
class MarginCalled:
    """The exchange calls for margin: a position of the account nears liquidation. It may come late."""

    at_ms: int


@value
class StreamsDown:
    """A stream has been dead or silent for a while: what it would tell is read by REST. `reason` says which and why."""

    at_ms: int
    reason: str


@value
class StreamsUp:
    """All streams speak again."""

    at_ms: int


StreamEvent = OrderTold | PositionTold | Disturbed | MarginCalled | StreamsDown | StreamsUp
