"""A run told as a timeline for people: who did what, and why."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from capi.core.actions import Refuse
from capi.core.decision import Unusable
from capi.core.units import text
from capi.engine.report import PassReport
from capi.ports.journal import Event

Who = Literal["market", "exchange", "fault", "person", "engine", "check"]


class Moment(NamedTuple):
    """One line of the timeline."""

    at_ms: int
    who: Who
    what: str


class Story:
    """Collects the moments of a run, in order. `folder`: where it is played; sentences leave it out."""

    def __init__(self, folder: Path) -> None:
        self.moments: list[Moment] = []
        self._gates: tuple[str, ...] = ()
        self._folder: Final = f"{folder}/"

    def tell(self, at_ms: int, who: Who, what: str) -> None:
        """Add one moment."""
        self.moments.append(Moment(at_ms, who, what.replace(self._folder, "")))

    def hear(self, event: Event) -> None:
        """Add what the journal has to say, if people want to know it."""
        told = _told(event)
        if told is not None:
            self.tell(event["at_ms"], *told)

    def passed(self, report: PassReport) -> None:
        """Say which gates are closed, when they are others than before."""
        refusals = {one.action.rule: one.action.reason for one in report.outcomes if isinstance(one.action, Refuse)}
        gates = tuple(sorted(refusals))
        if gates and gates != self._gates:
            said = "; ".join(f"{gate}: {reason}" for gate, reason in refusals.items())
            unusable = isinstance(report.decision, Unusable)
            self.tell(report.at_ms, "engine", f"opens nothing, {'the decision is unusable' if unusable else said}")
        self._gates = gates


class Heard(logging.Handler):
    """Tells what the engine's parts log as part of the story, where nobody else is to hear it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell: Final = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record."""
        self._tell(f"logs {record.levelname}: {record.getMessage()}")


def _told(event: Event) -> tuple[Who, str] | None:
    match event["event"]:
        case "run_started":
            return "engine", "starts"
        case "sent":
            return "engine", f"{_request(event)} ({event['rule']}: {event['reason']})"
        case "answered" if event["outcome"] != "ack":
            code = "" if event["code"] is None else f" {event['code']}"
            return "exchange", f"{event['outcome']}{code}: {event['message']}"
        case "fill":
            what = f"{event['side']} {text(event['qty'])} filled at {text(event['price'])}"
            return "exchange", f"{what} ({event['client_order_id']})"
        case "trade_opened" | "trade_adopted":
            return "engine", f"{event['event'].replace('_', ' ')}: {event['reason']}"
        case "trade_closed":
            net = event["net_pnl"]
            result = "unknown" if net is None else f"{text(net)} USDT"
            return "engine", f"trade closed by {event['exit_reason']}, net {result}"
        case "alert":
            return "engine", f"tells {event['level']} {event['code']}: {event['reason']}"
        case "safe_mode":
            return "engine", f"safe mode: {event['reason']}"
        case "naked":
            return "engine", "the position stands without a stop"
        case "guarded":
            return "engine", f"guard: {event['guard']}"
        case "paused" | "resumed":
            return "person", f"{event['event']}: {event['reason']}"
        case _:
            return None


def _request(event: Mapping[str, Any]) -> str:
    match event["action"]:
        case "place_order":
            at = event["trigger_price"] or event["price"]
            size = "the whole position" if event["close_position"] else text(event["quantity"])
            price = "" if at is None else f" at {text(at)}"
            return f"sends {event['client_order_id']}: {event['side']} {event['type']} {size}{price}"
        case "cancel_order":
            return f"cancels {event['client_order_id']}"
        case "set_leverage":
            return f"sets leverage {event['leverage']}"
        case "arm_dead_man":
            return f"arms the dead-man switch for {event['seconds']} s"
        case _:
            return f"sets {event['margin_mode']} margin"
