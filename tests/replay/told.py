"""What a story left behind: its journal, and the exchange after it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from capi.adapters.paper.exchange import PaperExchange

ID: Final = "20251128T100500Z"
"""Of the first decision."""


@dataclass
class Told:
    """What a story left behind: its journal, and the exchange after it."""

    journal: Path
    exchange: PaperExchange
    passes: int
    events: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.events = [json.loads(line) for line in self.journal.read_text().splitlines()]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one name."""
        return [event for event in self.events if event["event"] == name]

    def sent(self, role: str) -> list[dict[str, Any]]:
        """Return the orders that were sent in one role."""
        return [event for event in self.named("sent") if event.get("role") == role]

    def fills(self, role: str | None) -> list[dict[str, Any]]:
        """Return the executions of our orders in one role; None: of foreign orders."""
        return [event for event in self.named("fill") if event["role"] == role]

    @property
    def trades(self) -> list[dict[str, Any]]:
        """Return the summaries of the closed trades."""
        return self.named("trade_closed")

    @property
    def alerts(self) -> list[str]:
        """Return the alerts as LEVEL code."""
        return [f"{event['level']} {event['code']}" for event in self.named("alert")]

    @property
    def open_ids(self) -> set[str]:
        """Return the client ids of the orders that are open at the end."""
        return {order.client_order_id for order in self.exchange.open_orders()}

    @property
    def plot(self) -> list[str]:
        """Return what was done and what happened, in order: requests about orders, fills, the trade's record."""
        return [line for event in self.events if (line := _line(event)) is not None]


def _line(event: dict[str, Any]) -> str | None:
    short = str(event.get("client_order_id")).removeprefix("capi_").replace(f"_{ID}", "")
    match event["event"], event.get("action"):
        case "sent", "place_order":
            return f"place {short}"
        case "sent", "cancel_order":
            return f"cancel {short}"
        case "fill", _:
            return f"fill {short} {event['qty']}"
        case "trade_opened" | "trade_adopted" as name, _:
            return str(name)
        case "trade_updated", _:
            return f"trade_updated sl {event['sl']}"
        case "trade_closed", _:
            return f"trade_closed {event['exit_reason']}"
        case "safe_mode", _:
            return "safe_mode"
        case _:
            return None
