"""What the operator was told last, for those who look later."""

from collections.abc import Callable
from typing import Final, Protocol

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


class AlertsWithMemory(Alerts, Protocol):
    """`Alerts` that can show what was told last."""

    @property
    def latest(self) -> tuple[Told, ...]:
        """Return what is remembered, the one told last at the end."""
        ...


class RememberedAlerts:
    """`Alerts` that hands everything on and keeps the latest of each code, the last few codes, from WARNING on."""

    def __init__(self, onward: Alerts) -> None:
        self._onward: Final = onward
        self._told: Final[dict[str, Told]] = {}

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand one alert on, and remember it unless it is of level INFO."""
        if level != "INFO":
            self._remember(level, code, message, at_ms)
        self._onward.send(level, code, message, at_ms)

    def _remember(self, level: Level, code: str, message: str, at_ms: int) -> None:
        before = self._told.pop(code, None)
        times = 1 if before is None else before.times + 1
        self._told[code] = Told(at_ms=at_ms, level=level, code=code, reason=message, times=times)
        if len(self._told) > KEPT:
            del self._told[next(iter(self._told))]

    @property
    def latest(self) -> tuple[Told, ...]:
        """Return what is remembered, the one told last at the end."""
        return tuple(self._told.values())


class AlertsOfEngine:
    """`Alerts` for the parts around an engine: what they tell is recorded as the engine's own alerts are."""

    def __init__(self, tell: Callable[[Level, str, str], None], remembered: RememberedAlerts) -> None:
        """`tell`: the engine's, which hands on to `remembered`."""
        self._tell: Final = tell
        self._remembered: Final = remembered

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Have one alert recorded and handed on, at the engine's own time."""
        self._tell(level, code, message)

    @property
    def latest(self) -> tuple[Told, ...]:
        """Return what is remembered."""
        return self._remembered.latest
