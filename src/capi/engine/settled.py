"""Whether nothing is open any more: what an end, a flatten and a resume each have to wait for."""

from typing import Final

from capi.core.actions import Alert, ArmDeadMan, EnterSafeMode, Refuse
from capi.core.orders import OPEN
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport

_SAYS_ONLY: Final = (Alert, Refuse, EnterSafeMode)
_GUARDED: Final = ("guarded", "guarded_by_previous")


def unsettled(report: PassReport, ledger: Ledger) -> str | None:
    """Return what a run may not be left with, as the end of a sentence; None when nothing of it is so."""
    unread = _unread(report)
    if unread is not None or report.account is None:
        return unread
    records = ledger.orders.by_key
    entries = [records[key].order.client_order_id for key in ledger.orders.unsettled if records[key].role == "entry"]
    if entries:
        return f"the entry {', '.join(entries)} may still rest or fill"
    intents = ledger.unfinished_intents(report.at_ms)
    if intents:
        return f"a last fill of {', '.join(intents)} may still come in"
    qty = report.account.position.qty
    if qty != 0 and report.guard not in _GUARDED:
        return f"the position is {report.guard}"
    if qty == 0 and ledger.trades.open is not None:
        return "the trade is not settled: that the position is flat is not confirmed"
    if any(not isinstance(outcome.action, _SAYS_ONLY) for outcome in report.outcomes):
        return "what was done last is not confirmed"
    return None


def is_flat(report: PassReport, ledger: Ledger) -> bool:
    """Return whether a flatten is done: flat is confirmed, the trade is settled, and nothing is left to take down."""
    survey = report.survey
    return survey is not None and survey.is_flat_confirmed and unsettled(report, ledger) is None


def inconsistent(report: PassReport, ledger: Ledger) -> str | None:
    """Return what keeps safe mode from being left, as the end of a sentence; None after a clean reconciliation."""
    unread = _unread(report)
    account = report.account
    if unread is not None or account is None:
        return unread
    if account.position_mode != "one_way" or account.multi_assets is not False:
        return "the account is not known to be in one-way and single-asset mode"
    if report.guard in ("naked", "unknown"):
        return f"the position is {report.guard}"
    records = ledger.orders.by_key
    unknown = [records[key].order for key in ledger.orders.unsettled if records[key].order.status not in OPEN]
    doubtful = [order.client_order_id for order in unknown if order.status == "UNKNOWN"]
    if doubtful:
        return f"the fate of {', '.join(doubtful)} is unknown"
    put_right = [one for one in report.outcomes if not isinstance(one.action, (*_SAYS_ONLY, ArmDeadMan))]
    if put_right:
        return f"something had just to be put right ({put_right[0].action.reason})"
    return None


def _unread(report: PassReport) -> str | None:
    account = report.account
    if account is None:
        return report.failure or "the account could not be read"
    if not account.complete:
        missing = "; ".join(report.gaps) or "it is older than our last write"
        return f"the account could not be read as a whole ({missing})"
    return None
