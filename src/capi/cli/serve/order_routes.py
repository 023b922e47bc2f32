"""The endpoints of plain orders and their trades (facts, section 2.2)."""

import asyncio
from typing import Final

from capi.adapters.paper.admission import admit
from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError, missing, refused
from capi.cli.serve.order_requests import known_symbol, new_order, traded_symbol, wants_result
from capi.cli.serve.params import Params
from capi.cli.serve.records import Record
from capi.cli.serve.trade_routes import latest, time_window
from capi.cli.serve.venue import Venue
from capi.core.errors import Rejected

BATCH_MAX: Final = 5
CANCELS_MAX: Final = 10
WEEK_MS: Final = 7 * 86_400_000
_RESULT_POLL_SECONDS: Final = 0.005


async def place(venue: Venue, params: Params) -> Json:
    """POST order. With RESULT the answer waits until the order has met the market."""
    new, extras = new_order(venue, params)
    record = venue.place(new, extras)
    if wants_result(params):
        await _met_market(venue, record)
    return shapes.placed(venue, record)


def test(venue: Venue, params: Params) -> Json:
    """POST order/test: judged, and nothing else."""
    new, _ = new_order(venue, params)
    judged = admit(venue.state, new)
    if isinstance(judged, Rejected):
        raise refused(judged)
    return {}


def query(venue: Venue, params: Params) -> Json:
    """GET order."""
    return shapes.queried(venue, _visible(venue, params))


def query_open(venue: Venue, params: Params) -> Json:
    """GET openOrder: one that is not open any more does not exist here."""
    record = _visible(venue, params)
    if not record.resting.open:
        raise _does_not_exist()
    return shapes.queried(venue, record)


def list_open(venue: Venue, params: Params) -> Json:
    """GET openOrders: plain ones only."""
    if params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol:
        return []
    seen = (record for record in venue.open_records("plain") if not venue.lag.hides_an_order(record.created_ms))
    return [shapes.queried(venue, record) for record in seen]


def list_all(venue: Venue, params: Params) -> Json:
    """GET allOrders: from an order number on, or within a time."""
    if params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol:
        return []
    first, limit = params.integer("orderId"), params.limit(500, 1_000)
    start_ms, end_ms = time_window(venue, params)
    found = [
        record
        for record in venue.records.all("plain")
        if (record.number >= first if first is not None else start_ms <= record.created_ms <= end_ms)
        and not venue.lag.hides_an_order(record.created_ms)
    ]
    return [shapes.queried(venue, record) for record in latest(found, limit, oldest=first is not None)]


def cancel(venue: Venue, params: Params) -> Json:
    """DELETE order."""
    traded_symbol(venue, params)
    return shapes.placed(venue, venue.cancel("plain", named(venue, params)))


def cancel_all(venue: Venue, params: Params) -> Json:
    """DELETE allOpenOrders: plain ones only."""
    if known_symbol(venue, params) == venue.instrument.symbol:
        for record in venue.open_records("plain"):
            venue.cancel("plain", record)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def countdown(venue: Venue, params: Params) -> Json:
    """POST countdownCancelAll: plain orders are cancelled unless it is renewed; 0 switches it off."""
    traded_symbol(venue, params)
    milliseconds = params.needed_integer("countdownTime")
    venue.simulator.arm_dead_man(venue.now_ms() + milliseconds if milliseconds else None)
    venue.wake()
    return {"symbol": venue.instrument.symbol, "countdownTime": str(milliseconds)}


def named(venue: Venue, params: Params) -> Record | None:
    """Return the order that orderId or origClientOrderId names, if there is one. Raises WireError -1102."""
    number, client_id = params.integer("orderId"), params.maybe("origClientOrderId")
    if number is None and client_id is None:
        raise missing("orderId")
    return venue.records.find("plain", number=number, client_id=client_id)


def _visible(venue: Venue, params: Params) -> Record:
    symbol = known_symbol(venue, params)
    record = named(venue, params)
    if record is None or symbol != venue.instrument.symbol or venue.lag.hides_an_order(record.created_ms):
        raise _does_not_exist()
    return record


def _does_not_exist() -> WireError:
    return WireError(-2013, "Order does not exist.")


async def _met_market(venue: Venue, record: Record) -> None:
    """Wait until an order that never rests has ended, or one that may rest has met the market."""
    while record.resting.open and record.resting.placed_at_quote is None:
        await asyncio.sleep(_RESULT_POLL_SECONDS)
        venue.step()
