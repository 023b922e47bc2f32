"""For how long nothing needs to be planned: what `horizon` says of the last view, held against the market.

Broken by time, and by a moving measure that leaves its band. A pass that sent something is followed by another one; but
where nothing went out but the dead-man switch, the next view is known, and asked at once.
"""

from decimal import Decimal
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Account
from capi.core.actions import Alert, ArmDeadMan, Refuse
from capi.core.bounds import Measure
from capi.core.plan import Survey
from capi.core.value import changed
from capi.engine.notices import FOLD_MS
from capi.engine.report import Outcome, PassReport
from capi.engine.run_pass import Engine

DAY_MS: Final = 86_400_000
_SAID: Final = (Refuse, Alert)
"""What is done by saying it."""
_NEVER_BELOW: Final = Decimal("-Infinity")
_NEVER_ABOVE: Final = Decimal("Infinity")
Bound = tuple[Measure, Decimal, Decimal]
"""A moving measure, and between which values it keeps the last plan what it was; a value on a bound is outside."""
_QUANTITIES: Final[tuple[Measure, ...]] = ("bid_qty", "ask_qty")
"""Measures of the market that may be unknown after the first quote: no comparison can be made, or bound them, then."""


class Stillness:
    """Whether the next pass may be left out.

    `bounds` and `ends_ms` are those of the last pass; `unknown` is what it did not know, and would have to be told.
    """

    def __init__(self, exchange: PaperExchange) -> None:
        self._exchange: Final = exchange
        self.bounds: list[Bound] = []
        self.unknown: list[Measure] = []
        self.ends_ms = 0

    def after(self, report: PassReport, engine: Engine, next_ms: int) -> None:
        """Take a pass that this engine has run; the next one of the grid is at `next_ms`."""
        account, survey = report.account, _next_survey(report, engine, next_ms)
        if account is None or survey is None or self._is_unsettled(report, account):
            self.bounds, self.unknown, self.ends_ms = [], [], 0
            return
        collected = survey.bounds
        low, high = collected.low, collected.high
        self.bounds = [
            (name, low.get(name, _NEVER_BELOW), high.get(name, _NEVER_ABOVE)) for name in low.keys() | high.keys()
        ]
        self.unknown = [name for name in _QUANTITIES if getattr(account.market, name) is None]
        self.ends_ms = _due_by_itself(report, engine)
        if collected.until_ms is not None:
            self.ends_ms = min(self.ends_ms, collected.until_ms)

    def _is_unsettled(self, report: PassReport, account: Account) -> bool:
        """Whether the next look may differ though nothing happens: late, incomplete, or in doubt about an order."""
        late = account.position.qty != self._exchange.account.qty
        return late or not account.complete or any(order.status == "UNKNOWN" for order in report.orders)

    def broken_by_market(self) -> bool:
        """Return whether a measure has left its band, or has become known."""
        measure = self._exchange.measure
        for name, low, high in self.bounds:
            value = measure(name)
            if value is None or not low < value < high:
                return True
        return any(measure(name) is not None for name in self.unknown)


def _next_survey(report: PassReport, engine: Engine, next_ms: int) -> Survey | None:
    """Return the survey of the view that the next pass will have, if it is known and nothing is to be done on it.

    After a pass that did nothing it is its own. After one that wrote the dead-man switch alone only the time until
    which that is armed is another: asked whether the plan is what it was without it, all but the switch.
    """
    survey, ledger = report.survey, engine.ledger
    done = [outcome for outcome in report.outcomes if not isinstance(outcome.action, _SAID)]
    if survey is None or not done:
        return survey
    if not all(_is_armed(outcome) for outcome in done) or ledger.last_write_ms > next_ms:
        return None  # there is more to see, or the next look is too early to show it
    survey = survey.with_account(changed(survey.account, dead_man_until_ms=ledger.dead_man_until_ms))
    same = [outcome.action for outcome in report.outcomes if isinstance(outcome.action, _SAID)]
    return survey if survey.actions == same else None


def _is_armed(outcome: Outcome) -> bool:
    return isinstance(outcome.action, ArmDeadMan) and outcome.result == "ack"


def _due_by_itself(report: PassReport, engine: Engine) -> int:
    """Return when the ledger has to be written again even if nothing else happens."""
    due_ms = min((report.at_ms // DAY_MS + 1) * DAY_MS, engine.reconciliations.due_ms)
    for outcome in report.outcomes:
        if isinstance(outcome.action, Alert):
            due_ms = min(due_ms, engine.ledger.alerted_at_ms[outcome.action.code] + FOLD_MS)
    return due_ms
