"""The endpoints of conditional orders (facts, sections 3.1 and 3.2): a world of its own."""

from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError, missing
from capi.cli.serve.order_requests import known_symbol, new_algo_order
from capi.cli.serve.params import Params
from capi.cli.serve.records import Record
from capi.cli.serve.trade_routes import time_window
from capi.cli.serve.venue import Venue


def place(venue: Venue, params: Params) -> Json:
    """POST algoOrder."""
    new, extras = new_algo_order(venue, params)
    return shapes.algo_placed(venue, venue.place(new, extras))


def query(venue: Venue, params: Params) -> Json:
    """GET algoOrder."""
    record = _named(venue, params)
    if record is None or venue.lag.hides_an_order(record.created_ms):
        raise WireError(-2013, "Order does not exist.")
    return shapes.algo_queried(venue, record)


def cancel(venue: Venue, params: Params) -> Json:
    """DELETE algoOrder. The code of its success is text."""
    record = venue.cancel("algo", _named(venue, params))
    told = {"algoId": record.number, "clientAlgoId": record.order.client_order_id}
    return {**told, "code": "200", "msg": "success"}


def list_open(venue: Venue, params: Params) -> Json:
    """GET openAlgoOrders."""
    if params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol:
        return []
    number = params.integer("algoId")
    return [
        shapes.algo_queried(venue, record)
        for record in venue.open_records("algo")
        if number in (None, record.number) and not venue.lag.hides_an_order(record.created_ms)
    ]


def list_all(venue: Venue, params: Params) -> Json:
    """GET allAlgoOrders: from a number on, or within a time."""
    if known_symbol(venue, params) != venue.instrument.symbol:
        return []
    first, limit = params.integer("algoId"), params.limit(500, 1_000)
    start_ms, end_ms = time_window(venue, params)
    found = [
        record
        for record in venue.records.all("algo")
        if (record.number >= first if first is not None else start_ms <= record.created_ms <= end_ms)
        and not venue.lag.hides_an_order(record.created_ms)
    ]
    kept = found[:limit] if first is not None else found[-limit:]
    return [shapes.algo_queried(venue, record) for record in kept]


def cancel_all(venue: Venue, params: Params) -> Json:
    """DELETE algoOpenOrders."""
    if known_symbol(venue, params) == venue.instrument.symbol:
        for record in venue.open_records("algo"):
            venue.cancel("algo", record)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def _named(venue: Venue, params: Params) -> Record | None:
    number, client_id = params.integer("algoId"), params.maybe("clientAlgoId")
    if number is None and client_id is None:
        raise missing("algoId")
    return venue.records.find("algo", number=number, client_id=client_id)
