"""What must hold at every pass of every replay, checked against the exchange's own books."""

from capi.adapters.paper.exchange import PaperExchange
from capi.core.config import Config
from capi.engine.report import PassReport


class Invariants:
    """Checks passes."""

    def __init__(self, exchange: PaperExchange, config: Config) -> None:
        self._exchange = exchange
        self._config = config

    def check(self, report: PassReport) -> None:
        """Check one pass."""
