"""Prices as they come in, from files or from streams."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(slots=True)
class Quote:
    """Best bid and ask at one instant. Prices in USDT per base, quantities base, time UTC ms. None is unknown.

    Whoever makes one has checked it: prices are positive and finite, and the bid is not above the ask. Locked by mypy,
    not at run time (docs/decisions/0029): a replay makes one for each row that it looks at.
    """

    timestamp_ms: Final[int]
    bid: Final[Decimal]
    ask: Final[Decimal]
    bid_qty: Final[Decimal | None] = None
    ask_qty: Final[Decimal | None] = None
    mark: Final[Decimal | None] = None
    last: Final[Decimal | None] = None
