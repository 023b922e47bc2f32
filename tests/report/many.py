"""Journals of what the tests want: many short trades (2 USDT won, 1 lost, in turns), an account with transfers."""

from pathlib import Path
from typing import Any, Final

from capi import bootstrap

BEGIN_MS: Final = 1_764_547_200_000
EVERY_MS: Final = 600_000
DECISION: Final = "d"


def many_trades(
    folder: Path, count: int, *, decision_id: str = DECISION, exit_reason: str = "tp2", alerts: tuple[str, ...] = ()
) -> None:
    """Write the journal of `count` trades, ten minutes apart, into a new folder."""
    folder.mkdir()
    with bootstrap.replay_journal(folder) as journal:
        for number in range(count):
            for event in _trade(number, decision_id if count == 1 else f"{decision_id}{number}", exit_reason):
                journal.append(event)
        for number, code in enumerate(alerts):
            said = {"level": "CRITICAL", "code": code, "rule": "test", "reason": f"{code} {number}"}
            journal.append({"event": "alert", "at_ms": BEGIN_MS + number, "action": "alert", **said})


def account(folder: Path, steps: tuple[str | int, ...]) -> None:
    """Write the journal of an account, ten minutes a step: text is its equity, a number is money moved (USDT)."""
    folder.mkdir()
    with bootstrap.replay_journal(folder) as journal:
        for number, step in enumerate(steps):
            at_ms = BEGIN_MS + number * EVERY_MS
            if isinstance(step, str):
                journal.append({"event": "equity", "at_ms": at_ms, "equity": step, "wallet": step})
            else:
                moved = {"transfer_id": str(number), "amount_usdt": str(step), "moved_at_ms": at_ms}
                journal.append({"event": "transfer", "at_ms": at_ms, **moved})


def _trade(number: int, decision_id: str, exit_reason: str) -> list[dict[str, Any]]:
    opened, net = BEGIN_MS + number * EVERY_MS, "-1" if number % 2 else "2"
    both = {"decision_id": decision_id, "side": "short" if number % 2 else "long", "qty": "0.01"}
    levels = {"entry_price": "90000", "sl": "89000", "tp1": None, "tp2": "91000", "volatility": None}
    opening = {"event": "trade_opened", "at_ms": opened, **both, **levels, "rule": "open_trade", "reason": "test"}
    money = {"gross_pnl": net, "fees": "0", "funding": "0", "net_pnl": net, "r": "0.1", "exit_reason": exit_reason}
    rest = {"naked_seconds": "0", "duration_seconds": "60", "chases": 0, "market_entry": False, "slippage_bps": "0"}
    times = {"at_ms": opened + 60_000, "opened_at_ms": opened, "closed_at_ms": opened + 60_000}
    prices = {"entry_price": "90000", "exit_price": "90100", "adopted": False}
    return [opening, {"event": "trade_closed", **times, **both, **prices, **money, **rest}]
