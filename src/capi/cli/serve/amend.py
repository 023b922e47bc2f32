"""PUT order: another price and quantity for a resting LIMIT order (facts, section 2.2).

It loses its place in the queue and meets the market at once, without the delay of a new order. What breaks a rule is
refused, and the order stays as it is; a quantity that is filled already, or a post-only price that would take, cancels.
"""

from dataclasses import replace

from capi.adapters.paper.admission import admit
from capi.adapters.paper.execution import arrive
from capi.adapters.paper.orders import NewOrder
from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError, missing, refused
from capi.cli.serve.numbers import price_digits, quantity_digits
from capi.cli.serve.order_requests import SIDES, precise, traded_symbol
from capi.cli.serve.order_routes import named
from capi.cli.serve.params import Params
from capi.cli.serve.records import Record
from capi.cli.serve.venue import Venue
from capi.core.errors import Rejected
from capi.core.units import ZERO


def modify(venue: Venue, params: Params) -> Json:
    """Answer PUT order. Raises WireError."""
    traded_symbol(venue, params)
    side = params.needed_choice("side", SIDES, -1117)
    quantity = precise(params, "quantity", quantity_digits(venue.instrument))
    price = precise(params, "price", price_digits(venue.instrument))
    if quantity is None or price is None:
        raise missing("quantity" if quantity is None else "price")
    record = named(venue, params)
    if record is None or not record.resting.open:
        raise WireError(-2013, "Order does not exist.")
    order = record.order
    if order.type != "LIMIT":
        raise WireError(-5025, "Only limit order is supported.")
    if side != order.side:
        raise WireError(-1128, "Combination of optional parameters invalid: another side than the order's.")
    if (price, quantity) == (order.price, order.quantity):
        raise WireError(-5027, "No need to modify the order.")
    if quantity <= order.filled_qty:
        return shapes.placed(venue, venue.cancel("plain", record))
    judged = _judge(venue, record, replace(record.resting.sent, price=price, quantity=quantity - order.filled_qty))
    if isinstance(judged, Rejected):
        if judged.code == -5022:
            return shapes.placed(venue, venue.cancel("plain", record))
        raise refused(judged)
    taken = order.filled_qty + (judged.quantity or ZERO)  # a reduce-only order may have been cut
    record.resting.sent = replace(judged, quantity=taken)
    record.resting.order = replace(order, price=price, quantity=taken, updated_at_ms=venue.now_ms())
    venue.amended(record)
    arrive(venue.state, record.resting)
    return shapes.placed(venue, record)


def _judge(venue: Venue, record: Record, wanted: NewOrder) -> NewOrder | Rejected:
    """Judge what would be left of the order as if it came now, without the order beside it."""
    world, client_id = venue.book.worlds["plain"], record.order.client_order_id
    resting = world.pop(client_id)
    try:
        return admit(venue.state, wanted)
    finally:
        world[client_id] = resting
