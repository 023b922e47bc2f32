"""What a user wants at a glance, as one document: a function of the last pass and of the ledger.

The document is `capi.status/1`: exact numbers stay Decimals (the file makes them text), times are ISO 8601 by the
exchange's clock, null is unknown or none, and what is open is as the ledger knows it after the pass. `state` is of the
view that the pass began with.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any, Final

from capi.core.account import Account
from capi.core.actions import Refuse
from capi.core.decision import Unusable
from capi.core.stops import Guard
from capi.core.units import EXACT, plain
from capi.core.value import value
from capi.engine.ledger import Ledger
from capi.engine.periods import Period
from capi.engine.report import PassReport
from capi.engine.status_resting import resting
from capi.engine.told import Told

SCHEMA: Final = "capi.status/1"

Document = dict[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AGE_GATES: Final = frozenset({"unusable", "stale", "future"})


@value
class Process:
    """Whose status it is. `environment`: paper, testnet or mainnet; `started_at_ms` by this machine's clock."""

    environment: str
    symbol: str
    id_prefix: str
    version: str
    pid: int
    started_at_ms: int
    interval_seconds: Decimal


@value
class Passed:
    """A pass, its number in this run (from 1), and how long it took; None is not known."""

    report: PassReport
    number: int
    seconds: float | None = None


def status_document(process: Process, passed: Passed, ledger: Ledger, told: Sequence[Told]) -> Document:
    """Return the document after a pass. `told`: the last alerts, oldest first."""
    report = passed.report
    with localcontext(EXACT):
        return {
            "schema": SCHEMA,
            **_process(process),
            "last_pass": _pass(passed),
            "decision": _decision(report),
            "state": report.state,
            "guard": _guard(report, ledger),
            "naked_since": _iso(ledger.naked_since_ms),
            "position": _position(report.account),
            "trade": _trade(ledger),
            **resting(process.id_prefix, report, ledger),
            "market": _market(report.account),
            "account": _money(report.account),
            "day": _period(ledger.day, report.account) | {"trades": ledger.day_trades},
            "week": _period(ledger.week, report.account),
            "safe_mode": ledger.safe_mode,
            "paused": ledger.paused,
            "flatten": ledger.flatten,
            "dead_man_until": _iso(ledger.dead_man_until_ms),
            "refusals": [{"rule": one.rule, "reason": one.reason} for one in _refusals(report)],
            "alerts": [
                {"at": _iso(one.at_ms), "level": one.level, "code": one.code, "reason": one.reason, "times": one.times}
                for one in told
            ],
        }


def _process(process: Process) -> Document:
    return {
        "environment": process.environment,
        "symbol": process.symbol,
        "version": process.version,
        "pid": process.pid,
        "started_at": _iso(process.started_at_ms),
        "interval_seconds": process.interval_seconds,
    }


def _pass(passed: Passed) -> Document:
    report = passed.report
    return {
        "at": _iso(report.at_ms),
        "number": passed.number,
        "seconds": None if passed.seconds is None else round(passed.seconds, 4),
        "complete": report.account is not None and report.account.complete,
        "gaps": list(report.gaps),
        "failure": report.failure,
        "sent": sum(outcome.is_sent for outcome in report.outcomes),
    }


def _decision(report: PassReport) -> Document:
    """Return the decision in force; its age counts to the pass, and `why_not` says why it opens nothing by itself."""
    now = report.decision
    if isinstance(now, Unusable):
        why: str | None = now.reason
        known: Document = {"action": None, "timestamp": None, "age_seconds": None}
    else:
        closed = [one.reason for one in _refusals(report) if one.rule in _AGE_GATES]
        why = closed[0] if closed else None
        known = {
            "action": "flat" if now.proposal is None else now.proposal.direction,
            "timestamp": _iso(now.timestamp_ms),
            "age_seconds": plain(Decimal(report.at_ms - now.timestamp_ms) / 1000),
        }
    return {"decision_id": now.decision_id, **known, "usable": why is None, "why_not": why}


def _refusals(report: PassReport) -> Iterable[Refuse]:
    return (action for action in report.actions if isinstance(action, Refuse))


def _guard(report: PassReport, ledger: Ledger) -> Guard | None:
    """Return the guard after the pass: a stop that the exchange took in it has ended its nakedness."""
    seen = report.account is not None and report.account.complete
    return "guarded" if report.guard == "naked" and seen and ledger.naked_since_ms is None else report.guard


def _position(account: Account | None) -> Document:
    """Return the exchange's position; a `qty` of null is one that could not be read, never a flat one."""
    if account is None or not account.position_readable:
        return dict.fromkeys(("qty", "entry_price", "mark", "unrealised_pnl", "since", "liquidation_price"))
    position, mark = account.position, account.market.mark
    entry = position.entry_price if position.qty else None
    return {
        "qty": position.qty,
        "entry_price": entry,
        "mark": mark,
        "unrealised_pnl": None if entry is None or mark is None else plain((mark - entry) * position.qty),
        "since": _iso(position.since_ms) if position.qty else None,
        "liquidation_price": position.liquidation_price if position.qty else None,
    }


def _trade(ledger: Ledger) -> Document | None:
    record = ledger.trades.open
    if record is None:
        return None
    trade = record.trade
    return {
        "decision_id": trade.decision_id,
        "side": trade.side,
        "qty": trade.qty,
        "entered": trade.entered,
        "entry_price": trade.entry_price,
        "sl": trade.sl,
        "tp1": trade.tp1,
        "tp2": trade.tp2,
        "tp1_filled": trade.tp1_filled,
        "opened_at": _iso(trade.opened_at_ms),
        "adopted": record.adopted,
    }


def _market(account: Account | None) -> Document:
    names = ("bid", "ask", "mark")
    return {name: None if account is None else getattr(account.market, name) for name in names}


def _money(account: Account | None) -> Document:
    return {
        name: None if account is None else getattr(account, name)
        for name in ("equity", "wallet", "available", "leverage", "margin_mode")
    }


def _period(period: Period | None, account: Account | None) -> Document:
    """Return a day's or week's start and what was lost since, as a percentage of it; a gain is negative."""
    start = None if period is None else period.start_equity
    equity = None if account is None else account.equity
    lost = None if not start or equity is None else ((start - equity) / start * 100).quantize(Decimal("0.001"))
    return {"start_equity": start, "drawdown_percent": lost}


def _iso(timestamp_ms: int | None) -> str | None:
    if timestamp_ms is None:
        return None
    at = _EPOCH + timedelta(milliseconds=timestamp_ms)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds").removesuffix(".000") + "Z"
