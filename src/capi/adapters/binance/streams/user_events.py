"""Events of the user data stream as values of `ports.streams`. Source: facts, section 6.

Read leniently: fields and events that are not known are passed over, numbers may be text. What concerns the symbol and
cannot be read is `Disturbed`: a look tells. TRADE_LITE is passed over: the same fill comes as an ORDER_TRADE_UPDATE.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.adapters.binance.executions import LIQUIDATIONS
from capi.adapters.binance.rows import Row
from capi.adapters.binance.wire_market import TIMES
from capi.adapters.binance.wire_orders import ALGO_STATUSES, PLAIN_STATUSES, SIDES, TYPES
from capi.adapters.fields import NOT_NEGATIVE, POSITIVE, InputError
from capi.core.orders import Order
from capi.core.units import ZERO
from capi.ports.exchange import Fill
from capi.ports.streams import Disturbed, MarginCalled, OrderTold, PositionTold, StreamEvent

KEY_EXPIRED: Final = "listenKeyExpired"
SETTINGS_CHANGED: Final = "ACCOUNT_CONFIG_UPDATE"
NO_TRANSFER: Final = frozenset({"ORDER", "FUNDING_FEE", "MARGIN_TYPE_CHANGE"})
"""Reasons of an ACCOUNT_UPDATE that move no money from or to the outside; any other one may."""
_USDT: Final = "USDT"
_ONE_WAY: Final = "BOTH"


def read_user_event(row: Row, symbol: str, now_ms: int) -> Iterator[StreamEvent]:
    """Yield what an event says of the symbol or the account; `now_ms` is for what has no readable time."""
    name = row.text("e")
    try:
        match name:
            case "ORDER_TRADE_UPDATE":
                yield from _order(row, symbol)
            case "ALGO_UPDATE":
                yield from _algo(row, symbol)
            case "ACCOUNT_UPDATE":
                yield from _account(row, symbol)
            case "ACCOUNT_CONFIG_UPDATE":
                yield from _settings(row, symbol)
            case "MARGIN_CALL":
                yield MarginCalled(at_ms=row.whole("E", TIMES))
    except InputError as error:
        yield Disturbed(at_ms=now_ms, reason=f"an event cannot be read: {name}: {error}")


def _order(row: Row, symbol: str) -> Iterator[OrderTold]:
    order, at_ms = row.row("o"), row.whole("T", TIMES)
    if order.text("s") != symbol:
        return
    seen = Order(
        client_order_id=order.text("c"),
        kind="plain",
        side=order.choice("S", SIDES),
        type=order.choice("o", TYPES),
        status=PLAIN_STATUSES.get(order.text("X"), "UNKNOWN"),
        price=order.optional_number("p"),
        trigger_price=order.optional_number("sp"),
        quantity=order.number("q", NOT_NEGATIVE),
        filled_qty=order.number("z", NOT_NEGATIVE),
        reduce_only=order.flag("R"),
        close_position=order.optional_flag("cp"),
        updated_at_ms=at_ms,
    )
    last_qty = order.optional_number("l")
    yield OrderTold(at_ms=at_ms, order=seen, fill=None if last_qty is None else _fill(order, seen, last_qty, at_ms))


def _fill(order: Row, seen: Order, qty: Decimal, at_ms: int) -> Fill:
    in_usdt = order.has("n") and order.has("N") and order.text("N") == _USDT
    return Fill(
        trade_id=order.whole("t"),
        client_order_id=seen.client_order_id,
        side=seen.side,
        price=order.number("L", POSITIVE),
        qty=qty,
        fee_usdt=order.number("n") if in_usdt else None,
        maker=order.optional_flag("m"),
        at_ms=at_ms,
        liquidation=seen.client_order_id.startswith(LIQUIDATIONS),
    )


def _algo(row: Row, symbol: str) -> Iterator[OrderTold]:
    order, at_ms = row.row("o"), row.whole("T", TIMES)
    if order.text("s") != symbol:
        return
    closes = order.optional_flag("cp")
    seen = Order(
        client_order_id=order.text("caid"),
        kind="algo",
        side=order.choice("S", SIDES),
        type=order.choice("o", TYPES),
        status=ALGO_STATUSES.get(order.text("X"), "UNKNOWN"),
        price=order.optional_number("p"),
        trigger_price=order.optional_number("tp"),
        quantity=(order.optional_number("q") or ZERO) if closes else order.number("q", NOT_NEGATIVE),
        reduce_only=closes or order.flag("R"),
        close_position=closes,
        updated_at_ms=at_ms,
        triggered_at_ms=order.optional_whole("tt"),
    )
    yield OrderTold(at_ms=at_ms, order=seen)


def _account(row: Row, symbol: str) -> Iterator[StreamEvent]:
    """A change of the balance alone (funding, a transfer) waits for the next look, which is told that it is due."""
    account, at_ms = row.row("a"), row.whole("T", TIMES)
    for position in account.rows("P") if account.has("P") else ():
        if position.text("s") != symbol:
            continue
        if position.has("ps") and position.text("ps") != _ONE_WAY:
            yield Disturbed(at_ms=at_ms, reason="a position in hedge mode changed")
            continue
        yield PositionTold(at_ms=at_ms, qty=position.number("pa"), entry_price=position.optional_number("ep"))


def may_be_transfer(row: Row) -> bool:
    """Return whether an event may tell of money brought in or taken out."""
    return row.text("e") == "ACCOUNT_UPDATE" and row.has("a") and row.row("a").optional_text("m") not in NO_TRANSFER


def _settings(row: Row, symbol: str) -> Iterator[Disturbed]:
    at_ms = row.whole("E", TIMES)
    if row.has("ai"):
        yield Disturbed(at_ms=at_ms, reason="the asset mode of the account was changed")
    elif row.has("ac") and row.row("ac").text("s") == symbol:
        yield Disturbed(at_ms=at_ms, reason="the leverage was changed")
