"""For how long nothing needs to be planned: what `horizon` says of the last view, held against the market.

Broken by time, and by a moving measure that leaves its band. A pass that sent something is followed by another one.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Account
from capi.core.actions import Action, Alert, Refuse
from capi.core.bounds import Measure
from capi.core.config import Config
from capi.core.plan import horizon
from capi.engine.notices import FOLD_MS
from capi.engine.observe import EQUITY_EVERY_MS
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine

DAY_MS: Final = 86_400_000


class Stillness:
    """Whether the next pass may be left out."""

    def __init__(self, exchange: PaperExchange, config: Config) -> None:
        self._exchange: Final = exchange
        self._config: Final = config
        self._low: list[tuple[Measure, Decimal]] = []
        self._high: list[tuple[Measure, Decimal]] = []
        self.ends_ms = 0

    def after(self, report: PassReport, engine: Engine) -> None:
        """Take a pass that this engine has run."""
        account = report.account
        if account is None or self._is_unsettled(report, account) or not all(map(_is_said, report.actions)):
            self.ends_ms = 0
            return
        bounds = horizon(report.decision, account, report.orders, self._config)
        self._low = list(bounds.low.items())
        self._high = list(bounds.high.items())
        self.ends_ms = min(_due_by_itself(report, engine))
        if bounds.until_ms is not None:
            self.ends_ms = min(self.ends_ms, bounds.until_ms)

    def _is_unsettled(self, report: PassReport, account: Account) -> bool:
        """Whether the next look may differ though nothing happens: late, incomplete, or in doubt about an order."""
        late = account.position.qty != self._exchange.account.qty
        return late or not account.complete or any(order.status == "UNKNOWN" for order in report.orders)

    def broken_by_market(self) -> bool:
        """Return whether a measure has left its band."""
        measure = self._exchange.measure
        for name, low in self._low:
            value = measure(name)
            if value is None or value <= low:
                return True
        for name, high in self._high:
            value = measure(name)
            if value is None or value >= high:
                return True
        return False


def _is_said(action: Action) -> bool:
    return isinstance(action, Refuse | Alert)


def _due_by_itself(report: PassReport, engine: Engine) -> Iterator[int]:
    """Yield when the ledger has to be written again even if nothing else happens."""
    now_ms, ledger = report.at_ms, engine.ledger
    yield (now_ms // DAY_MS + 1) * DAY_MS
    yield engine.reconciliations.due_ms
    yield now_ms if ledger.equity_at_ms is None else ledger.equity_at_ms + EQUITY_EVERY_MS
    for action in report.actions:
        if isinstance(action, Alert):
            yield ledger.alerted_at_ms[action.code] + FOLD_MS
