"""Dividing a quantity into orders that the exchange takes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.core.account import Instrument
from capi.core.units import ZERO, ceil_to, floor_to

PARTS_MAX: Final = 10
"""Orders in one plan for one purpose: far under the exchange's 300 in ten seconds. The next pass goes on."""


def parts_of(whole: Decimal, largest: Decimal | None, instrument: Instrument) -> Iterator[Decimal]:
    """Yield quantities on the step, each from min_qty to `largest` (None: no bound), that make up `whole`.

    What PARTS_MAX parts cannot carry, and what no order can (below the step or the minimum), is left over.
    """
    step, smallest = instrument.step_size, instrument.min_qty
    left = floor_to(whole, step)
    most = left if largest is None else floor_to(largest, step)
    for _ in range(PARTS_MAX):
        quantity = min(left, most)
        rest = left - quantity
        shared = quantity - ceil_to(max(smallest - rest, ZERO), step)
        if 0 < rest < smallest <= shared:
            quantity = shared  # so that the last part is an order too
        if quantity < smallest or quantity <= 0:
            return
        yield quantity
        left -= quantity
