"""Orders and trades as REST answers tell them (facts, sections 2.2, 3.1 and 3.2)."""

from decimal import Decimal
from typing import Any

from capi.cli.serve.numbers import fixed, price_digits, quantity_digits, rounded
from capi.cli.serve.records import Record, Traded
from capi.cli.serve.venue import Venue
from capi.cli.serve.wording import time_in_force, working_type
from capi.core.units import ZERO, plain, text


def placed(venue: Venue, record: Record) -> dict[str, Any]:
    """Return the answer to placing or cancelling: without avgPrice and cumQuote, as since July 2026."""
    order = record.order
    prices, quantities = price_digits(venue.instrument), quantity_digits(venue.instrument)
    return {
        "orderId": record.number,
        "symbol": venue.instrument.symbol,
        "status": order.status,
        "clientOrderId": order.client_order_id,
        "price": fixed(order.price, prices),
        "origQty": fixed(order.quantity, quantities),
        "executedQty": fixed(order.filled_qty, quantities),
        "cumQty": fixed(order.filled_qty, quantities),
        "timeInForce": time_in_force(record),
        "type": order.type,
        "origType": order.type,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": "BOTH",
        "stopPrice": fixed(ZERO, prices),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": record.extras.price_protect,
        "priceMatch": "NONE",
        "selfTradePreventionMode": record.extras.self_trade_prevention,
        "goodTillDate": 0,
        "updateTime": record.updated_ms,
    }


def queried(venue: Venue, record: Record) -> dict[str, Any]:
    """Return an order as GET order, openOrders and allOrders tell it."""
    told = placed(venue, record)
    del told["cumQty"]
    digits = price_digits(venue.instrument)
    average = fixed(record.average_price.quantize(Decimal("0.00001")), 5) if record.quote_qty else "0.00"
    return told | {
        "avgPrice": average,
        "cumQuote": fixed(plain(record.quote_qty), digits),
        "stopPrice": "0",
        "time": record.created_ms,
    }


def trade(venue: Venue, traded: Traded) -> dict[str, Any]:
    """Return one execution as GET userTrades tells it."""
    fill, digits = traded.fill, price_digits(venue.instrument)
    quantity = fixed(fill.qty, quantity_digits(venue.instrument))
    return {
        "symbol": venue.instrument.symbol,
        "id": fill.trade_id,
        "orderId": traded.number,
        "side": fill.side,
        "positionSide": "BOTH",
        "price": fixed(fill.price, digits),
        "qty": quantity,
        "quoteQty": fixed(plain(fill.price * fill.qty), digits),
        "realizedPnl": text(plain(traded.realised)),
        "commission": fixed(fill.fee_usdt, 8),
        "commissionAsset": "USDT",
        "buyer": fill.side == "BUY",
        "maker": fill.maker,
        "marginAsset": "USDT",
        "baseQty": quantity,
        "pair": venue.instrument.symbol,
        "time": fill.at_ms,
    }


def algo_placed(venue: Venue, record: Record) -> dict[str, Any]:
    """Return the answer to placing a conditional order."""
    order = record.order
    prices, quantities = price_digits(venue.instrument), quantity_digits(venue.instrument)
    return {
        "algoId": record.number,
        "clientAlgoId": order.client_order_id,
        "algoType": "CONDITIONAL",
        "orderType": order.type,
        "symbol": venue.instrument.symbol,
        "side": order.side,
        "positionSide": "BOTH",
        "timeInForce": time_in_force(record),
        "quantity": fixed(order.quantity, quantities),
        "algoStatus": record.algo_status,
        "triggerPrice": fixed(order.trigger_price, prices),
        "price": fixed(ZERO, prices),
        "icebergQuantity": None,
        "selfTradePreventionMode": record.extras.self_trade_prevention,
        "workingType": working_type(record),
        "priceMatch": "NONE",
        "closePosition": order.close_position,
        "priceProtect": record.extras.price_protect,
        "reduceOnly": order.reduce_only or order.close_position,
        "activatePrice": "",
        "callbackRate": "",
        "createTime": record.created_ms,
        "updateTime": record.updated_ms,
        "triggerTime": order.triggered_at_ms or 0,
        "goodTillDate": 0,
    }


def algo_queried(venue: Venue, record: Record) -> dict[str, Any]:
    """Return a conditional order as its queries and lists tell it: with what came of it."""
    child = record.child
    return algo_placed(venue, record) | {
        "actualOrderId": "" if child is None else str(child.number),
        "actualPrice": "" if child is None else rounded(child.average_price, 5),
        "actualType": "" if child is None else child.order.type,
        "actualQty": "" if child is None else fixed(child.order.filled_qty, quantity_digits(venue.instrument)),
        "tpOrderType": "",
    }
