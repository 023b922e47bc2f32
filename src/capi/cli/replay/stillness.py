"""For how long nothing needs to be planned: what `horizon` says of the last view, held against the market.

Broken by time, and by a moving measure that leaves its band. A pass that sent something is followed by another one.
"""

from decimal import Decimal
from typing import Final

from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Account
from capi.core.actions import Action, Alert, Refuse
from capi.core.bounds import Bounds, Measure
from capi.core.config import Config
from capi.core.plan import horizon
from capi.engine.observe import EQUITY_EVERY_MS
from capi.engine.report import PassReport

DAY_MS: Final = 86_400_000
FOREVER_MS: Final = 1 << 62


class Stillness:
    """Whether the next pass may be left out."""

    def __init__(self, exchange: PaperExchange, config: Config) -> None:
        self._exchange: Final = exchange
        self._config: Final = config
        self._low: list[tuple[Measure, Decimal]] = []
        self._high: list[tuple[Measure, Decimal]] = []
        self.ends_ms = 0

    def after(self, report: PassReport, equity_at_ms: int | None, reconcile_ms: int) -> None:
        """Take a pass that has run; `reconcile_ms`: when the next reconciliation is due."""
        account = report.account
        if account is None or self._is_unsettled(report, account) or not all(map(_is_said, report.actions)):
            self.ends_ms = 0
            return
        bounds = horizon(report.decision, account, report.orders, self._config)
        self._set(bounds, report.at_ms, equity_at_ms)
        self.ends_ms = min(self.ends_ms, reconcile_ms)

    def _is_unsettled(self, report: PassReport, account: Account) -> bool:
        """Whether the next look may differ though nothing happens: late, incomplete, or in doubt about an order."""
        late = account.position.qty != self._exchange.account.qty
        return late or not account.complete or any(order.status == "UNKNOWN" for order in report.orders)

    def _set(self, bounds: Bounds, now_ms: int, equity_at_ms: int | None) -> None:
        sample_ms = now_ms if equity_at_ms is None else equity_at_ms + EQUITY_EVERY_MS
        midnight_ms = (now_ms // DAY_MS + 1) * DAY_MS
        plan_ms = FOREVER_MS if bounds.until_ms is None else bounds.until_ms
        self.ends_ms = min(plan_ms, sample_ms, midnight_ms)
        self._low = list(bounds.low.items())
        self._high = list(bounds.high.items())

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
