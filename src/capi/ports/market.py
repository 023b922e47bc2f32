"""Prices as they come in, from files or from streams."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask at one instant. Prices in USDT per base, quantities base, time UTC ms. None is unknown.

    Whoever makes one has checked it: prices are positive and finite, and the bid is not above the ask.
    """

    timestamp_ms: int
    bid: Decimal
    ask: Decimal
    bid_qty: Decimal | None = None
    ask_qty: Decimal | None = None
    mark: Decimal | None = None
    last: Decimal | None = None
