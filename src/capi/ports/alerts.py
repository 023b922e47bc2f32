"""Telling the operator."""

from typing import Protocol

from capi.core.actions import Level


class Alerts(Protocol):
    """Never blocks, never raises into the pass."""

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand over one alert; folding and delivery are the adapter's."""
        ...
