"""What moves the wallet beside trading: money brought in or taken out, which is neither gain nor loss.

The incomes that tell of it are dear (30 weight). So the wallet is held against what is known of it: it has to be what
it was, plus what our trades in the symbol realised and cost, plus every other income that was read. A change that this
does not explain, or an event of the user stream, has the incomes read; without either they are read now and then. Until
it is explained, limits are not judged by such a wallet (docs/decisions/0041). Source: facts, sections 2.5 and 6.4.
"""

import time
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.fees import USDT
from capi.adapters.binance.sight import Sight
from capi.adapters.binance.spans import DAY_MS, read_spans, spans_of
from capi.adapters.binance.wire_account import Booked, Execution, read_booked
from capi.core.errors import Throttled
from capi.core.units import EXACT, ZERO, text
from capi.core.value import record
from capi.ports.exchange import Transfer

MOVED: Final = frozenset({
    "TRANSFER", "INTERNAL_TRANSFER", "CROSS_COLLATERAL_TRANSFER", "STRATEGY_UMFUTURES_TRANSFER",
    "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "AUTO_EXCHANGE", "WELCOME_BONUS", "CONTEST_REWARD",
})  # fmt: skip
"""Incomes that are money brought in, taken out, changed or given. Every other type, also one not known, is a result."""
OF_TRADES: Final = frozenset({"REALIZED_PNL", "COMMISSION"})
"""What trades of the symbol tell themselves."""
EVERY_MS: Final = 300_000
RETRY_MS: Final = 5000
"""After a failure."""
SOON_MS: Final = 2000
"""How long a change waits for the fill that most likely explains it, before the incomes are read."""
AGAIN_MS: Final = 5000
"""The incomes may lag behind the wallet: read again after this long, then after twice as long, a minute at most."""
READS_A_MINUTE: Final = 3
"""At most, whatever moves the wallet: somebody else may trade on the account all the time."""
MINUTE_MS: Final = 60_000
LATE_MS: Final = 900_000
"""How much later than its time an income may appear in the list."""
KEPT_MS: Final = 8 * DAY_MS
"""How long a transfer is told of: no day or week began before that."""
YOUNG_MS: Final = 10_000
"""So long an unexplained change is most likely a fill that is on its way: entries wait, and one that rests stays."""
GIVE_UP_MS: Final = 300_000
"""What incomes that were read so long after a change do not tell of is a result, until one of them does."""
CENT: Final = Decimal("0.01")
"""Differences below it are rounding."""


@record
class Page:
    """One answer of the list of incomes."""

    booked: list[Booked]

    @property
    def length(self) -> int:
        """Return how many rows it had."""
        return len(self.booked)


class Wallet:
    """Watches it from `begin` on; until then nothing is read or judged. One thread at a time."""

    def __init__(self, client: Client, calls: Calls, symbol: str) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._symbol: Final = symbol
        self._after_ms: int | None = None
        self._read_at_ms = 0
        self._tries: Final[deque[int]] = deque(maxlen=READS_A_MINUTE)  # when, oldest first
        self._failure = "they were not read yet"
        self._has_failed = False
        self._told = False
        self._trades_counted = 0  # up to this trade id
        self._seen: dict[Booked, None] = {}
        self._transfers: dict[str, Transfer] = {}
        self._flow = ZERO  # what is known to have moved the wallet since the base
        self._base: Decimal | None = None  # the wallet at `_base_at_ms`
        self._base_at_ms = 0
        self._wallet: Decimal | None = None  # as last read
        self._odd_since_ms: int | None = None  # since when it is not explained

    def begin(self, after_ms: int) -> None:
        """Tell of transfers after a time from now on."""
        self._after_ms = after_ms

    def is_pressing(self, now_ms: int) -> bool:
        """Return whether fills and money have to be read anew, to find an explanation."""
        since_ms = self._odd_since_ms
        return since_ms is not None and (now_ms - since_ms < YOUNG_MS or self._is_due(now_ms))

    def read_into(self, sight: Sight, *, told: bool) -> bool:
        """Count the look's trades, read incomes when due, and return whether the wallet has to be read behind them.

        `told`: an event said that money was moved.
        """
        if self._after_ms is None:
            return False
        before, pressing = self._flow, self.is_pressing(sight.now_ms)
        self._told = self._told or told
        self._count_trades(sight.executions)
        if self._is_explained:
            self._odd_since_ms = None
        if self._is_due(sight.now_ms):
            self._read(sight.now_ms, self._after_ms)
        if not self._read_at_ms:
            sight.gaps.append(f"the transfers could not be read: {self._failure}")
        sight.transfers = tuple(self._transfers.values())
        return pressing or self._base is None or self._flow != before

    def check(self, sight: Sight, wallet: Decimal) -> None:
        """Hold the wallet, read behind the look's trades, against what is known; say so when it is not explained."""
        if not self._read_at_ms:
            return
        now_ms, self._wallet = sight.now_ms, wallet
        if self._base is None:
            self._rebase(sight, wallet)
        if self._is_explained:
            self._odd_since_ms = None
            return
        if self._odd_since_ms is None:
            self._odd_since_ms = now_ms
        age_ms, change = now_ms - self._odd_since_ms, text(self._unexplained)
        if self._read_at_ms - self._odd_since_ms >= GIVE_UP_MS:
            self._rebase(sight, wallet)
            sight.gaps.append(f"nothing has told why the wallet changed by {change} USDT: from now on it is a result")
            return
        sight.wallet_is_known, sight.equity_is_known = False, age_ms < YOUNG_MS
        if age_ms < YOUNG_MS:
            sight.gaps.append(f"the wallet changed by {change} USDT, and nothing that was read tells why yet")

    def pass_over(self, sight: Sight) -> None:
        """Say of a look whose wallet is not held against anything: it is unknown, and long unexplained it stays so."""
        since_ms = self._odd_since_ms
        sight.wallet_is_known = False
        sight.equity_is_known = since_ms is None or sight.now_ms - since_ms < YOUNG_MS

    @property
    def _unexplained(self) -> Decimal:
        if self._wallet is None or self._base is None:
            return ZERO
        return EXACT.subtract(EXACT.subtract(self._wallet, self._base), self._flow)

    @property
    def _is_explained(self) -> bool:
        return abs(self._unexplained) < CENT

    def _rebase(self, sight: Sight, wallet: Decimal) -> None:
        """Begin anew with a wallet that was read a moment ago, which may be some time after the look's beginning."""
        self._base, self._flow, self._odd_since_ms = wallet, ZERO, None
        self._base_at_ms = sight.now_ms + int((time.monotonic() - sight.began) * 1000)

    def _is_due(self, now_ms: int) -> bool:
        wait_ms = EVERY_MS
        if self._has_failed or not self._read_at_ms:
            wait_ms = RETRY_MS
        elif self._told:
            wait_ms = 0
        elif self._odd_since_ms is not None:
            if now_ms - self._odd_since_ms < SOON_MS:
                return False
            wait_ms = min(max(AGAIN_MS, self._tries[-1] - self._odd_since_ms), MINUTE_MS)
        return not (self._tried_within(now_ms, wait_ms, 1) or self._tried_within(now_ms, MINUTE_MS, READS_A_MINUTE))

    def _tried_within(self, now_ms: int, span_ms: int, times: int) -> bool:
        return len(self._tries) >= times and 0 <= now_ms - self._tries[-times] < span_ms

    def _read(self, now_ms: int, after_ms: int) -> None:
        since_ms = max(after_ms, self._read_at_ms - LATE_MS) + 1
        result = read_spans(
            "income",
            lambda first, last: self._client.ask(self._calls.incomes(first, last), _page),
            spans_of(since_ms, now_ms, now_ms - now_ms % DAY_MS),
        )
        self._has_failed = not is_successful(result)
        if is_successful(result) or not isinstance(result.failure(), Throttled):
            self._tries.append(now_ms)  # what was held back cost nothing: it is asked again as soon as there is room
        if not is_successful(result):
            self._failure = result.failure().message
            return
        self._read_at_ms, self._told = now_ms, False
        self._seen = {row: None for row in self._seen if row.at_ms >= since_ms}
        self._transfers = {key: it for key, it in self._transfers.items() if it.at_ms >= now_ms - KEPT_MS}
        for page in result.unwrap():
            for row in page.booked:
                if row.asset == USDT and row not in self._seen:
                    self._seen[row] = None
                    self._take(row)

    def _take(self, row: Booked) -> None:
        if row.kind in MOVED:
            transfer_id = f"{row.kind}:{row.number}"
            self._transfers[transfer_id] = Transfer(transfer_id=transfer_id, amount_usdt=row.amount, at_ms=row.at_ms)
        elif row.symbol == self._symbol and row.kind in OF_TRADES:
            return
        self._add(row.amount, row.at_ms)

    def _count_trades(self, executions: Iterable[Execution]) -> None:
        for it in executions:
            if it.trade_id > self._trades_counted:
                self._trades_counted = it.trade_id
                fee = it.fee if it.fee_asset == USDT else ZERO
                self._add(EXACT.subtract(it.realised, fee), it.at_ms)

    def _add(self, amount: Decimal, at_ms: int) -> None:
        """Count what moved the wallet; what happened before the base is in it."""
        if self._base is not None and at_ms > self._base_at_ms:
            self._flow = EXACT.add(self._flow, amount)


def _page(answer: object) -> Page:
    return Page(read_booked(answer))
