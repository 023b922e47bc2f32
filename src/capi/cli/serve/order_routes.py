"""The endpoints of plain orders and their trades (facts, section 2.2)."""

import asyncio
import json
from typing import Any, Final

from capi.adapters.paper.admission import admit
from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError, invalid, missing, refused
from capi.cli.serve.order_requests import known_symbol, new_order, traded_symbol, wants_result
from capi.cli.serve.params import Params
from capi.cli.serve.records import Record
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
    return [shapes.queried(venue, record) for record in _part(found, limit, oldest=first is not None)]


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


async def place_batch(venue: Venue, params: Params) -> Json:
    """POST batchOrders: up to five, each with its own answer."""
    listed = _json_list(params.text("batchOrders"), "batchOrders", BATCH_MAX)
    answers: list[dict[str, Any]] = []
    for entry in listed:
        if not isinstance(entry, dict):
            raise invalid("batchOrders")
        try:
            answers.append(dict(await place(venue, Params({key: _as_text(value) for key, value in entry.items()}))))
        except WireError as error:
            answers.append(error.body)
    return list(answers)


def cancel_batch(venue: Venue, params: Params) -> Json:
    """DELETE batchOrders: up to ten, by number or by client id."""
    traded_symbol(venue, params)
    numbers, ids = params.maybe("orderIdList"), params.maybe("origClientOrderIdList")
    if numbers is None and ids is None:
        raise missing("orderIdList")
    answers: list[dict[str, Any]] = []
    if numbers is not None:
        listed = _json_list(numbers, "orderIdList", CANCELS_MAX)
        records = [venue.records.find("plain", number=it) if isinstance(it, int) else None for it in listed]
    else:
        listed = _json_list(ids or "", "origClientOrderIdList", CANCELS_MAX)
        records = [venue.records.find("plain", client_id=str(it)) for it in listed]
    for record in records:
        try:
            answers.append(shapes.placed(venue, venue.cancel("plain", record)))
        except WireError as error:
            answers.append(error.body)
    return list(answers)


def countdown(venue: Venue, params: Params) -> Json:
    """POST countdownCancelAll: plain orders are cancelled unless it is renewed; 0 switches it off."""
    traded_symbol(venue, params)
    milliseconds = params.needed_integer("countdownTime")
    venue.simulator.arm_dead_man(venue.now_ms() + milliseconds if milliseconds else None)
    venue.wake()
    return {"symbol": venue.instrument.symbol, "countdownTime": str(milliseconds)}


def user_trades(venue: Venue, params: Params) -> Json:
    """GET userTrades: of an order, from a trade on, or within a time."""
    if known_symbol(venue, params) != venue.instrument.symbol:
        return []
    order_id, first = params.integer("orderId"), params.integer("fromId")
    if first is not None and ("startTime" in params.values or "endTime" in params.values):
        raise WireError(-1128, "Combination of optional parameters invalid.")
    start_ms, end_ms = time_window(venue, params)
    found = [
        traded
        for traded in venue.records.trades
        if (order_id is None or traded.number == order_id)
        and (traded.fill.trade_id >= first if first is not None else start_ms <= traded.fill.at_ms <= end_ms)
    ]
    limit = params.limit(500, 1_000)
    oldest = first is not None or "startTime" in params.values
    return [shapes.trade(venue, traded) for traded in _part(found, limit, oldest=oldest)]


def forced(venue: Venue, params: Params) -> Json:
    """GET forceOrders: liquidations."""
    limit = params.limit(50, 100)
    found = [it for it in venue.records.all("plain") if it.order.client_order_id.startswith("autoclose-")]
    return [shapes.queried(venue, record) for record in found[-limit:]]


def time_window(venue: Venue, params: Params) -> tuple[int, int]:
    """Return startTime and endTime, at most seven days apart; the last seven days by default."""
    start, end = params.integer("startTime"), params.integer("endTime")
    end_ms = end if end is not None else venue.now_ms() if start is None else min(venue.now_ms(), start + WEEK_MS)
    start_ms = start if start is not None else end_ms - WEEK_MS
    if end_ms - start_ms > WEEK_MS:
        raise WireError(-4166, "Search window is restricted to recent 7 days only.")
    return start_ms, end_ms


def _part(found: list[Any], limit: int, *, oldest: bool) -> list[Any]:
    return found[:limit] if oldest else found[-limit:]


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


def _json_list(text: str, name: str, most: int) -> list[Any]:
    try:
        listed = json.loads(text, parse_float=str)
    except ValueError as error:
        raise invalid(name) from error
    if not isinstance(listed, list) or not 1 <= len(listed) <= most:
        raise invalid(name)
    return listed


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _met_market(venue: Venue, record: Record) -> None:
    """Wait until an order that never rests has ended, or one that may rest has met the market."""
    while record.resting.open and record.resting.placed_at_quote is None:
        await asyncio.sleep(_RESULT_POLL_SECONDS)
        venue.step()
