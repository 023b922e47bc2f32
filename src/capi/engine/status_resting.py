"""What rests on the exchange after a pass, as the ledger knows it: a part of the status.

Distances are from the mark price, else from the middle of bid and ask, in basis points of it.
"""

from decimal import Decimal
from typing import Any, Final

from capi.core.account import Account
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN, Order
from capi.engine.ledger import Ledger
from capi.engine.order_merge import OrderRecord
from capi.engine.report import PassReport

_TENTH: Final = Decimal("0.1")


def resting(prefix: str, report: PassReport, ledger: Ledger) -> dict[str, Any]:
    """Return what rests, by its purpose, and how many orders are open, of unknown fate, or not ours."""
    reference = _reference(report.account)
    unsettled = [ledger.orders.by_key[key] for key in ledger.orders.unsettled]
    open_now = [one for one in unsettled if one.order.status in OPEN]
    foreign = [o for o in report.orders if o.status in OPEN and parse_order_id(prefix, o.client_order_id) is None]
    return {
        "stops": [_stop(one.order, reference) for one in open_now if one.role == "sl" and one.order.kind == "algo"],
        "targets": [_limit(one, reference) for one in open_now if one.role in ("tp1", "tp2")],
        "entries": [_limit(one, reference) for one in open_now if one.role == "entry"],
        "orders": {
            "open": len(open_now),
            "unknown": sum(one.order.status == "UNKNOWN" for one in unsettled),
            "foreign": len(foreign),
        },
    }


def _stop(order: Order, reference: Decimal | None) -> dict[str, Any]:
    """Return a resting stop; a quantity of null closes the whole position."""
    return {
        "client_order_id": order.client_order_id,
        "level": order.trigger_price,
        "quantity": None if order.close_position else order.remaining_qty,
        "distance_bps": _distance(order.trigger_price, reference),
    }


def _limit(record: OrderRecord, reference: Decimal | None) -> dict[str, Any]:
    order = record.order
    return {
        "client_order_id": order.client_order_id,
        "role": record.role,
        "side": order.side,
        "price": order.price,
        "quantity": order.quantity,
        "filled_qty": order.filled_qty,
        "distance_bps": _distance(order.price, reference),
    }


def _reference(account: Account | None) -> Decimal | None:
    """Return the price that distances are measured from."""
    if account is None:
        return None
    market = account.market
    if market.mark is not None or market.bid is None or market.ask is None:
        return market.mark
    return (market.bid + market.ask) / 2


def _distance(level: Decimal | None, reference: Decimal | None) -> Decimal | None:
    if level is None or reference is None:
        return None
    return (abs(level - reference) / reference * 10_000).quantize(_TENTH)
