"""What a person does on the same account, and what is in the decision file."""

import os
from decimal import Decimal
from pathlib import Path
from typing import cast

from capi.adapters.fields import InputError
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.orders import NewOrder
from capi.cli.scenario.model import Act, Written
from capi.core.errors import Rejected
from capi.core.ids import parse_order_id
from capi.core.orders import Order, OrderType


def write_decision(path: Path, written: Written, now_ms: int) -> None:
    """Put a document into the decision file, or take the file away; its time is the simulated one."""
    if written.document is None:
        path.unlink(missing_ok=True)
        return
    path.write_bytes(written.document)
    os.utime(path, ns=(now_ms * 1_000_000, now_ms * 1_000_000))


def by_hand(exchange: PaperExchange, act: Act, id_prefix: str) -> str:
    """Let a person act, and return it as a sentence. Raises InputError where it could not be done: it shows nothing."""
    match act.do:
        case "cancel":
            order = _cancel(exchange, act, id_prefix)
            return f"cancels {order.client_order_id} by hand"
        case "close":
            qty = exchange.account.qty
            closing = NewOrder(
                client_order_id=act.id or "web_close",
                side="SELL" if qty > 0 else "BUY",
                type="MARKET",
                quantity=abs(qty) if act.qty is None else act.qty,
            )
            _done(exchange.manual_order(closing), act)
            return f"closes {closing.quantity} by hand"
        case _:
            new = _order(act)
            _done(exchange.manual_order(new), act)
            return f"sends {new.client_order_id} by hand: {new.side} {new.type} {new.quantity or 'the whole position'}"


def _order(act: Act) -> NewOrder:
    is_limit = act.type == "LIMIT"
    is_conditional = act.type in ("STOP_MARKET", "TAKE_PROFIT_MARKET")
    return NewOrder(
        client_order_id=act.id or "web_order",
        kind="algo" if is_conditional else "plain",
        side=act.side,
        type=cast(OrderType, act.type),
        quantity=act.qty,
        price=act.price,
        trigger_price=act.trigger,
        trigger_by="mark" if is_conditional else None,
        reduce_only=act.reduce_only,
        close_position=act.close_position,
        time_in_force="GTC" if is_limit else None,
    )


def _cancel(exchange: PaperExchange, act: Act, id_prefix: str) -> Order:
    for order in exchange.open_orders():
        owner = parse_order_id(id_prefix, order.client_order_id)
        if order.client_order_id == act.id or (owner is not None and owner.role == act.role):
            exchange.manual_cancel(order.key)
            return order
    raise InputError(f"act: no open order {act.id or act.role} to cancel at {Decimal(act.at_ms) / 1000} s")


def _done(outcome: Order | Rejected, act: Act) -> None:
    if isinstance(outcome, Rejected):
        what = f"act: {act.do} at {Decimal(act.at_ms) / 1000} s was refused ({outcome.code}: {outcome.message})"
        raise InputError(f"{what}; ask for what the exchange takes")
