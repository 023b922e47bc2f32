"""Check of the decision file: is it there, valid, and young enough to be traded?"""

import time

from capi.adapters.decision_file import FileDecisionSource
from capi.cli.doctor.finding import Finding, green, yellow
from capi.cli.doctor.visit import Visit
from capi.core.decision import Unusable
from capi.core.terms import FUTURE_MS_MAX
from capi.core.units import text


def decision_file(visit: Visit) -> Finding:
    """What would an engine make of the decision file now?"""
    settings, inquiry = visit.settings, visit.inquiry
    now_ms = time.time_ns() // 1_000_000 if inquiry is None else inquiry.clock.now_ms()
    source = FileDecisionSource(settings.decision_file, settings.symbol, settings.id_prefix)
    decision = source.latest(now_ms).decision
    if isinstance(decision, Unusable):
        return yellow(
            f"nothing to trade: {decision.reason}",
            "have a whole, valid decision written there (capi decision validate); until then nothing is entered",
        )
    age_ms, limit = now_ms - decision.timestamp_ms, settings.loop.decision_age_seconds_max
    what = "flat" if decision.proposal is None else decision.proposal.direction
    found = f"{settings.decision_file}: {what}, {decision.decision_id}"
    if age_ms < -FUTURE_MS_MAX:
        return yellow(f"{found}, from {-age_ms // 1000} s ahead", "set the clock of whoever writes it")
    if age_ms > limit * 1000:
        return yellow(
            f"{found}, {age_ms // 1000:,} s old, more than loop.decision_age_seconds_max ({text(limit)})",
            "see whether its writer runs: until a newer one comes nothing is entered",
        )
    visit.proposal = decision.proposal
    return green(f"{found}, {max(age_ms, 0) // 1000} s old")
