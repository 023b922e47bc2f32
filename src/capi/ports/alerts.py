"""Telling the operator, and what became of it."""

from typing import Literal, Protocol

from capi.core.actions import Level
from capi.core.value import value

DeliveryStatus = Literal[
    "sent",  # in a message of its own
    "folded",  # in a message that says how often it came again
    "digested",  # in a message with others
    "failed",  # given up; `error` says why
]


class Alerts(Protocol):
    """Never blocks, never raises into the pass."""

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand over one alert; folding and delivery are the adapter's."""
        ...


@value
class Context:
    """What an alert is about, as far as it is known. `source`: the rule that raised it. `price`: USDT per base.

    `recorded_at_ms`: the time under which the journal has it, with its code its identity; None: it is not recorded.
    """

    source: str
    symbol: str
    price: str | None = None
    side: str | None = None
    decision_id: str | None = None
    order_id: str | None = None
    recorded_at_ms: int | None = None


@value
class Delivery:
    """What became of a recorded alert. `attempts`: requests that it took; `error`: why it failed, else empty."""

    code: str
    recorded_at_ms: int
    status: DeliveryStatus
    attempts: int
    error: str = ""
