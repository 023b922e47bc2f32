"""What a replay's journal said, counted while it was written: trades, orders, fills, execution quality.

A journal that passes everything on and keeps the figures: money in USDT, exact; ratios rounded where they are shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from capi.cli.replay.unentered import Unentered
from capi.core.units import EXACT, ZERO
from capi.ports.journal import Event, Journal

POINTS_MAX: Final = 4096
"""Samples of equity that are kept; of more every second one goes."""
ALERTS_KEPT: Final = 10
_PLACES: Final = Decimal("0.01")


@dataclass(slots=True)
class Figures:
    """Counts and sums of one run. Prices of trades as the ledger summarised them."""

    trades: list[dict[str, Any]] = field(default_factory=list)
    orders: int = 0
    entry_orders: int = 0
    refused: int = 0
    fills: int = 0
    maker_fills: int = 0
    entries: set[str] = field(default_factory=set)  # decisions that an entry order was sent for
    entered: set[str] = field(default_factory=set)  # decisions of which an entry filled
    equity: list[Decimal] = field(default_factory=list)  # sampled each minute, at even distances
    equity_samples: int = 0
    equity_every: int = 1  # one in how many of them is kept
    safe_mode: str | None = None
    alerts: list[tuple[int, str, str, str]] = field(default_factory=list)  # the last: time, level, code, reason
    unentered: Unentered = field(default_factory=Unentered)


class Tally:
    """`ports.journal.Journal` that counts what it passes on."""

    def __init__(self, journal: Journal) -> None:
        self._journal: Final = journal
        self.figures: Final = Figures()

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event and count it. Raises OSError when it cannot be written; then it does not count."""
        self._journal.append(event, durable=durable)
        count = _COUNT.get(event["event"])
        if count is not None:
            count(self.figures, event)

    def events(self) -> Iterator[Event]:
        """Yield every event kept so far, oldest first."""
        return self._journal.events()


def _trade(figures: Figures, event: Event) -> None:
    figures.trades.append({key: value for key, value in event.items() if key not in ("event", "at_ms")})


def _decision(figures: Figures, event: Event) -> None:
    figures.unentered.decision(event)


def _pass(figures: Figures, event: Event) -> None:
    figures.unentered.passed(event)


def _sent(figures: Figures, event: Event) -> None:
    if event["action"] != "place_order":
        return
    figures.orders += 1
    if event["role"] == "entry":
        figures.entry_orders += 1
        figures.entries.add(event["decision_id"])
        figures.unentered.sent(event)


def _answered(figures: Figures, event: Event) -> None:
    if event["outcome"] == "rejected":
        figures.refused += 1


def _fill(figures: Figures, event: Event) -> None:
    figures.fills += 1
    figures.maker_fills += event["maker"] is True
    if event["role"] == "entry":
        figures.entered.add(event["decision_id"])


def _equity(figures: Figures, event: Event) -> None:
    if figures.equity_samples % figures.equity_every == 0:
        figures.equity.append(event["equity"])
        if len(figures.equity) > POINTS_MAX:
            del figures.equity[1::2]
            figures.equity_every *= 2
    figures.equity_samples += 1


def _safe_mode(figures: Figures, event: Event) -> None:
    figures.safe_mode = event["reason"]


def _alert(figures: Figures, event: Event) -> None:
    figures.alerts.append((event["at_ms"], event["level"], event["code"], event["reason"]))
    del figures.alerts[:-ALERTS_KEPT]


_COUNT: Final = {
    "trade_closed": _trade,
    "decision": _decision,
    "pass": _pass,
    "sent": _sent,
    "answered": _answered,
    "fill": _fill,
    "equity": _equity,
    "safe_mode": _safe_mode,
    "alert": _alert,
}


def mean(values: list[Decimal]) -> Decimal | None:
    """Return the mean to two digits (half even); None of nothing."""
    return None if not values else (EXACT.divide(sum(values, ZERO), Decimal(len(values)))).quantize(_PLACES)


def execution_quality(figures: Figures) -> dict[str, Any]:
    """Return how well the decisions were carried out: in what part, how, at what cost against the zone's middle."""
    trades = figures.trades
    return {
        "decisions": figures.unentered.wanted,
        "decisions_tried": len(figures.entries),
        "decisions_entered": len(figures.entered),
        "entry_orders": figures.entry_orders,
        "market_entries": sum(1 for trade in trades if trade["market_entry"]),
        "chases": sum(trade["chases"] for trade in trades),
        "fills": figures.fills,
        "maker_fills": figures.maker_fills,
        "refused_orders": figures.refused,
        "slippage_bps_mean": mean([t["slippage_bps"] for t in trades if t["slippage_bps"] is not None]),
        "naked_seconds_mean": mean([t["naked_seconds"] for t in trades]),
    }
