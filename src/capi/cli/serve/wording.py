"""Binance's words for what the paper exchange names otherwise, in one place for answers and events."""

from typing import Final

from capi.cli.serve.records import Record
from capi.core.config import TriggerBy

TRIGGER_BY: Final[dict[str, TriggerBy]] = {"MARK_PRICE": "mark", "CONTRACT_PRICE": "last"}


def working_type(record: Record) -> str:
    """Return which price a conditional order watches."""
    return "MARK_PRICE" if record.resting.sent.trigger_by == "mark" else "CONTRACT_PRICE"


def time_in_force(record: Record) -> str:
    """Return how long an order lives; a closePosition order lives as long as the position (GTE)."""
    if record.order.close_position:
        return "GTE_GTC"
    return record.resting.sent.time_in_force or "GTC"


def expiry_reason(record: Record) -> str:
    """Return `er` of an order that expired (facts, section 6.2)."""
    order, sent = record.order, record.resting.sent
    if order.status == "EXPIRED_IN_MATCH":
        return "1"
    if order.type == "MARKET":
        return "4" if order.code is not None and order.reduce_only else "9"
    if sent.time_in_force in ("IOC", "FOK", "GTX"):
        return "2"
    return "4" if order.reduce_only else "5"
