"""The endpoints of executions, and the windows of time that all lists share (facts, section 2.2)."""

from typing import Any, Final

from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError
from capi.cli.serve.order_requests import known_symbol
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue

WEEK_MS: Final = 7 * 86_400_000


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
    return [shapes.trade(venue, traded) for traded in latest(found, limit, oldest=oldest)]


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


def latest(found: list[Any], limit: int, *, oldest: bool) -> list[Any]:
    """Return the first rows, or the last ones."""
    return found[:limit] if oldest else found[-limit:]
