"""Orders: their names on the wire and ours, in both directions. Source: binance-usdm facts, sections 2.2 and 3.

Plain orders (LIMIT, MARKET) live under /order with clientOrderId, type and status; conditional ones under /algoOrder
with clientAlgoId, orderType, algoStatus and triggerPrice. Neither list shows the other's.
"""

from typing import Final, assert_never

from capi.adapters.binance.rows import Row
from capi.adapters.fields import NOT_NEGATIVE
from capi.core.account import MarginMode
from capi.core.actions import PlaceOrder
from capi.core.config import TriggerBy
from capi.core.decision import Side
from capi.core.orders import Order, OrderStatus, OrderType
from capi.core.units import ZERO, text
from capi.core.value import record

SIDES: Final[dict[str, Side]] = {"BUY": "BUY", "SELL": "SELL"}
TYPES: Final[dict[str, OrderType]] = {
    "LIMIT": "LIMIT",
    "MARKET": "MARKET",
    "STOP": "STOP",
    "STOP_MARKET": "STOP_MARKET",
    "TAKE_PROFIT": "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET": "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET": "TRAILING_STOP_MARKET",
}
PLAIN_STATUSES: Final[dict[str, OrderStatus]] = {
    "NEW": "NEW",
    "PARTIALLY_FILLED": "PARTIALLY_FILLED",
    "FILLED": "FILLED",
    "CANCELED": "CANCELED",
    "REJECTED": "REJECTED",
    "EXPIRED": "EXPIRED",
    "EXPIRED_IN_MATCH": "EXPIRED_IN_MATCH",
}
ALGO_STATUSES: Final[dict[str, OrderStatus]] = {
    "NEW": "NEW",
    "TRIGGERING": "TRIGGERED",
    "TRIGGERED": "TRIGGERED",
    "FINISHED": "TRIGGERED",  # in the matching engine its child filled or was cancelled: the child tells
    "CANCELED": "CANCELED",
    "REJECTED": "REJECTED",
    "EXPIRED": "EXPIRED",
}
TRIGGERS: Final[dict[TriggerBy, str]] = {"mark": "MARK_PRICE", "last": "CONTRACT_PRICE"}
MARGIN_MODES: Final[dict[str, MarginMode]] = {"ISOLATED": "isolated", "CROSSED": "cross"}
MARGIN_NAMES: Final[dict[MarginMode, str]] = {ours: theirs for theirs, ours in MARGIN_MODES.items()}


@record
class Seen:
    """An order and the exchange's number of the order that fills bear (None: an algo order that has no child yet)."""

    order: Order
    order_id: int | None


def placing(order: PlaceOrder, symbol: str) -> dict[str, str]:
    """Return the parameters of a new order, of its own world."""
    match order.kind:
        case "plain":
            return _placing_plain(order, symbol)
        case "algo":
            return _placing_algo(order, symbol)
        case _:
            assert_never(order.kind)


def _placing_plain(order: PlaceOrder, symbol: str) -> dict[str, str]:
    """RESULT makes a MARKET or IOC order answer with what it filled; a resting one answers at once either way."""
    params = {"symbol": symbol, "side": order.side, "type": order.type, "newClientOrderId": order.client_order_id}
    if order.quantity is not None:
        params["quantity"] = text(order.quantity)
    if order.price is not None:
        params["price"] = text(order.price)
    if order.time_in_force is not None:
        params["timeInForce"] = order.time_in_force
    if order.reduce_only:
        params["reduceOnly"] = "true"
    params["newOrderRespType"] = "RESULT"
    return params


def _placing_algo(order: PlaceOrder, symbol: str) -> dict[str, str]:
    """closePosition stands without quantity and without reduceOnly: the exchange refuses them together."""
    params = {
        "algoType": "CONDITIONAL",
        "symbol": symbol,
        "side": order.side,
        "type": order.type,
        "clientAlgoId": order.client_order_id,
    }
    if order.trigger_price is not None:
        params["triggerPrice"] = text(order.trigger_price)
    if order.trigger_by is not None:
        params["workingType"] = TRIGGERS[order.trigger_by]
    if order.close_position:
        params["closePosition"] = "true"
        return params
    if order.quantity is not None:
        params["quantity"] = text(order.quantity)
    if order.reduce_only:
        params["reduceOnly"] = "true"
    return params


def read_plain(row: Row) -> Seen:
    """Return a plain order. A status that is not known is UNKNOWN. Raises InputError."""
    order = Order(
        client_order_id=row.text("clientOrderId"),
        kind="plain",
        side=row.choice("side", SIDES),
        type=row.choice("type", TYPES),
        status=PLAIN_STATUSES.get(row.text("status"), "UNKNOWN"),
        price=row.optional_number("price"),
        trigger_price=row.optional_number("stopPrice"),
        quantity=row.number("origQty", NOT_NEGATIVE),
        filled_qty=row.number("executedQty", NOT_NEGATIVE),
        reduce_only=row.flag("reduceOnly"),
        close_position=row.optional_flag("closePosition"),
        created_at_ms=row.optional_whole("time"),
        updated_at_ms=row.optional_whole("updateTime"),
    )
    return Seen(order, row.whole("orderId"))


def read_algo(row: Row) -> Seen:
    """Return a conditional order. Its status never says FILLED: the order that it creates does. Raises InputError.

    What a closePosition order echoes is not settled by any source: no quantity says the same as the flag, and closing
    is reducing. An order with a quantity has to say whether it reduces.
    """
    closes = row.flag("closePosition") if row.has("closePosition") else row.number("quantity") == 0
    quantity = (row.optional_number("quantity") or ZERO) if closes else row.number("quantity", NOT_NEGATIVE)
    order = Order(
        client_order_id=row.text("clientAlgoId"),
        kind="algo",
        side=row.choice("side", SIDES),
        type=row.choice("orderType", TYPES),
        status=ALGO_STATUSES.get(row.text("algoStatus"), "UNKNOWN"),
        price=row.optional_number("price"),
        trigger_price=row.optional_number("triggerPrice"),
        quantity=quantity,
        reduce_only=True if closes and not row.has("reduceOnly") else row.flag("reduceOnly"),
        close_position=closes,
        created_at_ms=row.optional_whole("createTime"),
        updated_at_ms=row.optional_whole("updateTime"),
        triggered_at_ms=row.optional_whole("triggerTime"),
    )
    return Seen(order, row.optional_whole("actualOrderId"))
