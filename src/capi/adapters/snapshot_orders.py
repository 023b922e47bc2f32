"""The orders, intents and trades of a snapshot file. Ids are taken as they are; times become UTC milliseconds.

A price of 0 is none, as the exchange writes it. A trade's `entered` is, when absent, the larger of its quantity and the
position's: the trade held at least that much.
"""

from decimal import Decimal
from typing import Final, get_args

from capi.adapters.fields import NOT_NEGATIVE, POSITIVE, InputError, shown
from capi.adapters.json_table import Table
from capi.core.account import Intent, LastTrade, Trade
from capi.core.decision import Direction, Side
from capi.core.orders import Kind, Order, OrderStatus, OrderType
from capi.core.units import ZERO

ID_LENGTH_MAX: Final = 64
_SIDES: Final[dict[str, Side]] = {"BUY": "BUY", "SELL": "SELL", "long": "BUY", "short": "SELL"}
_DIRECTIONS: Final[dict[str, Direction]] = {"long": "long", "short": "short", "BUY": "long", "SELL": "short"}
_ORDER_SIDES: Final[dict[str, Side]] = {name: name for name in get_args(Side)}
_KINDS: Final[dict[str, Kind]] = {name: name for name in get_args(Kind)}
_TYPES: Final[dict[str, OrderType]] = {name: name for name in get_args(OrderType)}
_STATUSES: Final[dict[str, OrderStatus]] = {name: name for name in get_args(OrderStatus)}


def order_of(value: object, place: str) -> Order:
    """Return one order. Raises InputError."""
    order = Table(
        value,
        place,
        required=("client_order_id", "kind", "side", "type", "status"),
        optional=(
            *(
                "price",
                "trigger_price",
                "created_at",
                "updated_at",
                "sent_at",
                "triggered_at",
                "not_found_since",
                "code",
            ),
        ),
        absent_if_null=("quantity", "filled_qty", "reduce_only", "close_position"),  # a planned stop says null there
    )
    quantity, filled_qty = order.exact("quantity", NOT_NEGATIVE, ZERO), order.exact("filled_qty", NOT_NEGATIVE, ZERO)
    if 0 < quantity < filled_qty:
        raise InputError(f"{place}.filled_qty: {shown(filled_qty)} is above quantity {shown(quantity)}; correct one")
    return Order(
        client_order_id=order.text("client_order_id", length_max=ID_LENGTH_MAX),
        kind=order.choice("kind", _KINDS),
        side=order.choice("side", _ORDER_SIDES),
        type=order.choice("type", _TYPES),
        status=order.choice("status", _STATUSES),
        price=order.price("price"),
        trigger_price=order.price("trigger_price"),
        quantity=quantity,
        filled_qty=filled_qty,
        reduce_only=order.flag("reduce_only", default=False),
        close_position=order.flag("close_position", default=False),
        created_at_ms=order.time("created_at"),
        updated_at_ms=order.time("updated_at"),
        sent_at_ms=order.time("sent_at"),
        triggered_at_ms=order.time("triggered_at"),
        not_found_since_ms=order.time("not_found_since"),
        code=order.whole("code"),
    )


def trade_of(value: object, place: str, position_qty: Decimal) -> Trade | None:
    """Return the open trade, or None. Raises InputError."""
    if value is None:
        return None
    trade = Table(
        value,
        place,
        required=("decision_id", "side", "qty", "sl", "opened_at"),
        optional=("entry_price", "tp1", "tp2", "tp1_filled", "entered", "volatility"),
    )
    qty = trade.exact("qty", NOT_NEGATIVE)
    return Trade(
        decision_id=trade.text("decision_id", length_max=ID_LENGTH_MAX),
        side=trade.choice("side", _DIRECTIONS),
        qty=qty,
        entered=trade.exact("entered", NOT_NEGATIVE, max(qty, position_qty.copy_abs())),
        entry_price=trade.price("entry_price"),
        sl=trade.exact("sl", POSITIVE),
        tp1=trade.price("tp1"),
        tp2=trade.price("tp2"),
        tp1_filled=trade.flag("tp1_filled", default=False),
        opened_at_ms=trade.known_time("opened_at"),
        volatility=trade.ratio("volatility"),
    )


def intent_of(value: object, place: str) -> Intent:
    """Return one entry's intent. Raises InputError."""
    intent = Table(
        value,
        place,
        required=("client_order_id", "decision_id", "side", "quantity", "sl"),
        optional=("tp1", "tp2"),
    )
    return Intent(
        client_order_id=intent.text("client_order_id", length_max=ID_LENGTH_MAX),
        decision_id=intent.text("decision_id", length_max=ID_LENGTH_MAX),
        side=intent.choice("side", _SIDES),
        quantity=intent.exact("quantity", POSITIVE),
        sl=intent.exact("sl", POSITIVE),
        tp1=intent.price("tp1"),
        tp2=intent.price("tp2"),
    )


def last_trade_of(value: object, place: str) -> LastTrade | None:
    """Return the last closed trade, or None. Raises InputError."""
    if value is None:
        return None
    last = Table(value, place, required=("decision_id", "side", "closed_at"))
    return LastTrade(
        decision_id=last.text("decision_id", length_max=ID_LENGTH_MAX),
        side=last.choice("side", _DIRECTIONS),
        closed_at_ms=last.known_time("closed_at"),
    )
