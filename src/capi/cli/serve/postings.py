"""What moved the wallet, as GET income tells it: numbered, the oldest forgotten."""

from collections import deque
from decimal import Decimal
from typing import Final, Literal

from capi.core.value import value

POSTINGS_KEPT: Final = 20_000
FIRST_NUMBER: Final = 9_689_322_000

IncomeType = Literal["TRANSFER", "REALIZED_PNL", "FUNDING_FEE", "COMMISSION"]


@value
class Income:
    """One posting to the wallet in USDT; `number` is the exchange's tranId."""

    number: int
    kind: IncomeType
    amount: Decimal
    at_ms: int
    trade_id: int | None = None


class Postings:
    """The wallet's latest postings, oldest first."""

    def __init__(self, now_ms: int) -> None:
        """Start without any."""
        self.kept: deque[Income] = deque(maxlen=POSTINGS_KEPT)
        self.changed_ms = now_ms
        self._last = FIRST_NUMBER

    def add(self, kind: IncomeType, amount: Decimal, at_ms: int, trade_id: int | None = None) -> None:
        """Keep one posting."""
        self._last += 1
        self.changed_ms = at_ms
        self.kept.append(Income(number=self._last, kind=kind, amount=amount, at_ms=at_ms, trade_id=trade_id))
