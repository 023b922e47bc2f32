"""The seam for bad days inside the matching engine: what may go wrong when an order meets the market.

Sources: binance-usdm facts, section 8.7 (a market order that expires with a part filled) and 3.3 (a triggered
conditional order whose child is cancelled by the exchange).
"""

from collections import deque
from decimal import Decimal
from typing import Protocol

from capi.core.orders import Order


class Mishaps(Protocol):
    """Consulted when a taker meets the book, and when a conditional order fires."""

    def taker_gets(self, order: Order, wanted: Decimal) -> Decimal:
        """Return how much of `wanted` a MARKET or IOC order may fill, on the step; its rest expires."""
        ...

    def fires_in_vain(self, order: Order) -> bool:
        """Return whether the order that a firing conditional order gives birth to expires unfilled."""
        ...


class ScriptedMishaps:
    """Mishaps in the order in which a test asks for them, each used once. Everything else goes well."""

    def __init__(self) -> None:
        self._books: deque[Decimal] = deque()
        self._vain = 0

    def thin_book(self, quantity: Decimal, *, times: int = 1) -> None:
        """Let the next takers find no more than a quantity."""
        self._books.extend([quantity] * times)

    def vain_trigger(self, *, times: int = 1) -> None:
        """Let the next conditional orders fire without effect."""
        self._vain += times

    def taker_gets(self, order: Order, wanted: Decimal) -> Decimal:
        """Return what the script leaves of a taker."""
        return min(wanted, self._books.popleft()) if self._books else wanted

    def fires_in_vain(self, order: Order) -> bool:
        """Return what the script says of a firing order."""
        self._vain, vain = max(0, self._vain - 1), self._vain > 0
        return vain
