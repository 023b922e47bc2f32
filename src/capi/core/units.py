"""Exact arithmetic on ticks and steps: every rounding names its direction.

Values are `Decimal` throughout. Results carry the exponent of the tick or step, so that printing them with `text`
gives what the exchange accepts (fixed point, no exponent, no digits past the step).
"""

from decimal import Context, Decimal

Ratio = Decimal
"""A fraction: 0.0015 is 0.15 % is 15 bps."""

EXACT = Context(prec=80)
"""Wide enough for every product and quotient of bounded inputs (38 digits each) that the rules form."""

ZERO = Decimal(0)
ONE = Decimal(1)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is not above `value` (value ≥ 0)."""
    return (value // step) * step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is not below `value` (value ≥ 0)."""
    floor = (value // step) * step
    return floor if floor == value else floor + step


def plain(value: Decimal) -> Decimal:
    """Return `value` without trailing zeros and without a positive exponent ("0.0100" → 0.01, "100" → 100)."""
    normal = value.normalize(EXACT)
    return normal.quantize(ONE, context=EXACT) if "E+" in str(normal) else normal


def text(value: Decimal) -> str:
    """Return `value` in fixed point, as the exchange and the contract want it: never an exponent."""
    return format(value, "f")


def percent(value: Decimal) -> str:
    """Return a ratio as people read it: 0.0015 → "0.15%". Rounded half even to 4 digits, for sentences."""
    scaled = (value * 100).quantize(Decimal("0.0001"), context=EXACT)
    return f"{text(plain(scaled))}%"
