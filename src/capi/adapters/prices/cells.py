"""Text of a cell into an exact value, each text once: prices repeat, and a look-up costs a tenth of parsing.

The text is what counts: no number passes through binary floats on its way in. A DOUBLE or FLOAT column of a Parquet
file is floating already: its shortest text that reads back the same is taken. Two roundings take binary noise away, and
nothing else: a price within a millionth of a tick is put on that tick, and digits past the 18th after the point go.
Every value comes out in one form (`units.plain`), whatever its text: 61800.20 is 61800.2.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

from capi.adapters.prices.report import BadRow, Cell
from capi.core.account import Instrument
from capi.core.units import EXACT, plain

_CELLS_MAX: Final = 65_536  # texts kept: a few MB
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.(?P<fraction>[0-9]{0,30}))?(?P<exponent>[eE][+-]?[0-9]{1,2})?")
_FRACTION_DIGITS_MAX: Final = 18
_FINEST: Final = Decimal("1E-18")
_BOUND: Final = Decimal("1E20")
_NEAR_TICK: Final = Decimal("0.000001")  # of a tick
_SIDES: Final = {"true": True, "false": False}

T = TypeVar("T")


class Cells(dict[Cell, T]):
    """Texts already parsed. A new one is parsed as it is looked up; a bad one raises BadRow each time."""

    def __init__(self, parse: Callable[[Cell], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: Cell) -> T:
        value = self._parse(cell)
        if len(self) >= _CELLS_MAX:
            self.clear()
        self[cell] = value
        return value


def number(cell: Cell) -> Decimal:
    """Return the value of a cell: ASCII, below 1e20, neither NaN nor infinite; an exponent is read (1e-07).

    BadRow: it has none.
    """
    match = _NUMBER.fullmatch("" if cell is None else cell.strip(' "'))
    if match is None:
        raise BadRow("number")
    value = Decimal(match[0])
    if match["exponent"] and value.copy_abs() >= _BOUND:
        raise BadRow("number")
    if match["exponent"] or len(match["fraction"] or "") > _FRACTION_DIGITS_MAX:
        value = value.quantize(_FINEST, context=EXACT)
    return plain(value)


def positive(cell: Cell) -> Decimal:
    """Return the exact value of a cell that must be above zero."""
    value = number(cell)
    if value <= 0:
        raise BadRow("not_positive")
    return value


def positive_or_unknown(cell: Cell) -> Decimal | None:
    """Return the value of a cell that may be left empty: then it is unknown."""
    return None if cell is None or not cell else positive(cell)


def price_parser(instrument: Instrument, off_tick: Callable[[str], None]) -> Callable[[Cell], Decimal]:
    """Return a parser of prices in USDT. One within a millionth of a tick is put on it; one off the tick is told."""
    tick = instrument.tick_size

    def price(cell: Cell) -> Decimal:
        value = positive(cell)
        on_tick = EXACT.multiply(EXACT.divide(value, tick).to_integral_value(), tick)
        if value != on_tick:
            if on_tick > 0 and EXACT.subtract(value, on_tick).copy_abs() <= tick * _NEAR_TICK:
                return plain(on_tick)
            off_tick(str(cell))
        return value

    return price


def milliseconds(cell: Cell) -> int:
    """Return a time: 12 or 13 digits, so that seconds and microseconds are refused instead of being another century."""
    if cell is not None:
        text = cell if cell.isdigit() else cell.strip(' "')
        if 12 <= len(text) <= 13 and text.isdigit():
            return int(text)
    raise BadRow("time")


def is_buyer_maker(cell: Cell) -> bool:
    """Return whether the buyer rested, that is whether the seller took."""
    side = _SIDES.get("" if cell is None else cell.strip(' "').lower())
    if side is None:
        raise BadRow("side")
    return side
