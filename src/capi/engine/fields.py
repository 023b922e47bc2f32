"""Reading an event's fields: live they are Decimals, from the file they are text, and both fold to the same value."""

from decimal import Decimal


def decimal(value: Decimal | str) -> Decimal:
    """Return an exact number."""
    return value if isinstance(value, Decimal) else Decimal(value)


def optional_decimal(value: Decimal | str | None) -> Decimal | None:
    """Return an exact number; None stays unknown."""
    return value if value is None or isinstance(value, Decimal) else Decimal(value)
