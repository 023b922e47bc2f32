"""What is worth telling beyond the rules' own alerts: the run, each trade from its opening to its PnL, silence.

It hears the journal's events as they happen and tells at the end of the pass, when protection has been seen to. Live
only: a replay's journal holds the events themselves. What was told before a restart is not told again.
"""

from collections.abc import Callable
from typing import Any, Final

from capi.core.actions import Level
from capi.core.units import text
from capi.engine.fields import optional_decimal
from capi.engine.ledger import Ledger
from capi.ports.journal import Event

Tell = Callable[[Level, str, str], None]
"""`Engine.announce`: level, code, and a sentence."""


class Announcer:
    """Turns events into alerts. `silence_ms`: without a new usable decision for longer, it says so."""

    def __init__(self, ledger: Ledger, silence_ms: int) -> None:
        self._ledger: Final = ledger
        self._silence_ms: Final = silence_ms
        self._pending: list[tuple[Level, str, str]] = []
        self._tp1_told: str | None = None
        self._decided_ms: int | None = None
        self._is_silent = False
        self._unusable = ""

    def began(self, now_ms: int) -> None:
        """Take the ledger as it was folded: what it knows was told."""
        trade = self._ledger.trades.open
        self._tp1_told = trade.trade.decision_id if trade is not None and trade.trade.tp1_filled else None
        self._decided_ms = now_ms
        self._pending.clear()

    def hear(self, event: Event) -> None:
        """Take one event of this run."""
        match event["event"]:
            case "trade_opened":
                self._add("INFO", "position_opened", _opened(event))
            case "trade_updated" if event["tp1_filled"] and event["decision_id"] != self._tp1_told:
                self._tp1_told = event["decision_id"]
                what = f"TP1 of decision {event['decision_id']} has filled; {_figure(event['qty'])} stays"
                self._add("INFO", "tp1_filled", f"{what}, stop {_figure(event['sl'])}")
            case "trade_closed":
                by_hand = event["exit_reason"] in ("manual", "liquidation")
                self._add("WARNING" if by_hand else "INFO", "position_closed", _closed(event))
            case "paused" | "flatten":
                self._add("INFO", "engine_paused", event["reason"])
            case "resumed":
                self._add("INFO", "engine_resumed", event["reason"])
            case "decision":
                self._decided(event)
            case _:
                pass

    def passed(self, now_ms: int, tell: Tell) -> None:
        """Tell what the pass has brought."""
        self._judge_silence(now_ms)
        pending, self._pending = self._pending, []
        for level, code, reason in pending:
            tell(level, code, reason)

    def _decided(self, event: Event) -> None:
        if event["usable"]:
            decided_ms = min(event["timestamp_ms"], event["at_ms"])  # one from the future is no longer news than now
            self._decided_ms, self._unusable = max(self._decided_ms or 0, decided_ms), ""
        else:
            self._unusable = f"; the file holds none that can be used: {event['reason']}"

    def _judge_silence(self, now_ms: int) -> None:
        since_ms = now_ms if self._decided_ms is None else self._decided_ms
        is_silent = now_ms - since_ms > self._silence_ms
        if is_silent and not self._is_silent:
            seconds = (now_ms - since_ms) // 1000
            self._add("WARNING", "decision_silence", f"no new decision for {seconds} s{self._unusable}")
        elif self._is_silent and not is_silent:
            self._add("INFO", "decision_returned", f"decision {self._ledger.decision_id} has come in")
        self._is_silent = is_silent

    def _add(self, level: Level, code: str, reason: str) -> None:
        self._pending.append((level, code, reason))


def _opened(event: Event) -> str:
    targets = " and ".join(_figure(event[name]) for name in ("tp1", "tp2") if event[name] is not None)
    return (
        f"{event['side']} {_figure(event['qty'])} at {_figure(event['entry_price'])} for decision "
        f"{event['decision_id']}, stop {_figure(event['sl'])}, targets {targets or 'none'}"
    )


def _closed(event: Event) -> str:
    r = optional_decimal(event["r"])
    earned = {name: _figure(event[name]) for name in ("net_pnl", "gross_pnl", "fees", "funding")}
    return (
        f"{event['side']} {_figure(event['qty'])} of decision {event['decision_id']} closed by {event['exit_reason']} "
        f"at {_figure(event['exit_price'])}: net {earned['net_pnl']} USDT{'' if r is None else f' ({text(r)} R)'}, "
        f"gross {earned['gross_pnl']}, fees {earned['fees']}, funding {earned['funding']}, "
        f"after {_figure(event['duration_seconds'])} s"
    )


def _figure(value: Any) -> str:
    number = optional_decimal(value)
    return "unknown" if number is None else text(number)
