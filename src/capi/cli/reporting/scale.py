"""From values to places in a picture, and where its axes have their lines.

Values stay exact; places are pixels, and those may be floats.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from typing import Final

from capi.cli.output import iso
from capi.core.units import plain
from capi.core.value import record

_STEPS: Final = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_TIME_STEPS: Final = (
    1_000, 5_000, 15_000, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY, 182 * _DAY, 364 * _DAY,
)  # fmt: skip


@record
class Scale:
    """Places values between `start` and `end`, in pixels; `low` goes to `start`. An axis has a length: low < high."""

    low: Decimal
    high: Decimal
    start: float
    end: float

    def __call__(self, value: Decimal | int) -> float:
        """Return the place of a value; one outside is moved to the edge."""
        part = (Decimal(value) - self.low) / (self.high - self.low)
        return self.start + float(min(max(part, Decimal(0)), Decimal(1))) * (self.end - self.start)


def value_scale(values: Iterable[Decimal], start: float, end: float) -> Scale:
    """Return a scale on which all values have their place, with some room beyond them."""
    known = list(values) or [Decimal(0)]
    low, high = min(known), max(known)
    room = (high - low) / 20 or max(abs(high) / 1000, Decimal("0.01"))
    return Scale(low - room, high + room, start, end)


def value_ticks(scale: Scale, count: int = 6) -> list[Decimal]:
    """Return round values for about so many lines."""
    rough = (scale.high - scale.low) / count
    unit = Decimal(1).scaleb(rough.adjusted())
    step = next(unit * factor for factor in _STEPS if unit * factor >= rough)
    tick = (scale.low / step).to_integral_value(ROUND_CEILING) * step
    ticks = []
    while tick <= scale.high:
        ticks.append(plain(tick))
        tick += step
    return ticks


def time_ticks(from_ms: int, to_ms: int, count: int = 7) -> list[tuple[int, str]]:
    """Return round times (UTC) for at most so many lines, and what is written at each."""
    span = to_ms - from_ms
    step = next((step for step in _TIME_STEPS if span <= step * count), _TIME_STEPS[-1] * (span // _TIME_STEPS[-1] + 1))
    first = -(-from_ms // step) * step
    return [(at, _written(at, step)) for at in range(first, to_ms + 1, step)]


def _written(at_ms: int, step: int) -> str:
    """Return a time as an axis shows it: midnights by their date."""
    at = iso(at_ms)
    if step >= _DAY or at_ms % _DAY == 0:
        return at[:10]
    return at[11:19] if step < _MINUTE else at[11:16]
