"""What the operator was told last, for those who look later."""

from typing import Final

from capi.core.actions import Level
from capi.core.value import value
from capi.ports.alerts import Alerts

KEPT: Final = 5
"""Codes that are remembered."""


@value
class Told:
    """The latest alert of one code; `times`: how often it was raised in this run."""

    at_ms: int
    level: Level
    code: str
    reason: str
    times: int


class RememberedAlerts:
    """`Alerts` that hands everything on and keeps the latest of each code, the last few codes."""

    def __init__(self, onward: Alerts) -> None:
        self._onward: Final = onward
        self._told: Final[dict[str, Told]] = {}

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand one alert on and remember it."""
        before = self._told.pop(code, None)
        times = 1 if before is None else before.times + 1
        self._told[code] = Told(at_ms=at_ms, level=level, code=code, reason=message, times=times)
        if len(self._told) > KEPT:
            del self._told[next(iter(self._told))]
        self._onward.send(level, code, message, at_ms)

    @property
    def latest(self) -> tuple[Told, ...]:
        """Return what is remembered, the one told last at the end."""
        return tuple(self._told.values())
