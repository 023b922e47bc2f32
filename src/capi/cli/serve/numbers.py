"""Numbers as Binance writes them: text in fixed point with as many digits as the symbol has, more where they are."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from capi.core.account import Instrument
from capi.core.units import EXACT, text

_PRICE_DIGITS: Final = {"BTCUSDT": 2, "ETHUSDT": 2, "SOLUSDT": 4, "DOGEUSDT": 6, "1000PEPEUSDT": 7}


def digits_of(value: Decimal) -> int:
    """Return how many digits stand behind the point."""
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def price_digits(instrument: Instrument) -> int:
    """Return `pricePrecision`: as the exchange has it, which is not the tick's; else the tick's."""
    return _PRICE_DIGITS.get(instrument.symbol, digits_of(instrument.tick_size))


def quantity_digits(instrument: Instrument) -> int:
    """Return `quantityPrecision`."""
    return digits_of(instrument.step_size)


def fixed(value: Decimal | None, digits: int) -> str:
    """Return a number with at least `digits` digits; none is cut. None is zero, as on the wire."""
    number = Decimal(0) if value is None else value
    if digits_of(number) < digits:
        number = number.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return text(number)


def rounded(value: Decimal, digits: int = 8) -> str:
    """Return a derived number, rounded to exactly `digits` digits."""
    return text(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, context=EXACT))
