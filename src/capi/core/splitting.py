"""How a trade's quantity is divided between its two targets. Quantities in base, on the step."""

from decimal import Decimal

from capi.core.units import ZERO, floor_to
from capi.core.view import View


def split_targets(view: View, entered: Decimal, tp1: Decimal, tp2: Decimal) -> tuple[Decimal, Decimal]:
    """Return the quantities of TP1 and TP2 for a whole quantity; what cannot be split goes to TP1 whole.

    Split only if both parts pass the exchange's minimum quantity and, each at its own price, its minimum notional
    (reduce-only orders are exempt from the latter today; a part that only passes by exemption is not worth the risk).
    """
    instrument = view.instrument
    first = floor_to(entered * view.config.targets.tp1_fraction, instrument.step_size)
    second = entered - first
    for part, price in ((first, tp1), (second, tp2)):
        if part < instrument.min_qty or part == ZERO or part * price < instrument.min_notional:
            return entered, ZERO
    return first, second
