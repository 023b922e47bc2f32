"""What was on the account since a time: our orders of the symbol in both worlds, and what the account won and lost.

Lists tell at most 1000 rows and less than seven days at once, and which rows a full list leaves out is not the same for
all of them: a span whose list is full is asked for again in halves. What ended before today does not change any more,
and is read once. Sources: binance-usdm facts, sections 2.2, 2.3 and 2.5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.calls import PAGE, Calls
from capi.adapters.binance.client import Call, Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.fees import USDT
from capi.adapters.binance.order_reads import READERS
from capi.adapters.binance.rows import rows
from capi.adapters.fields import POSITIVE, InputError
from capi.core.errors import ExchangeError, Unavailable
from capi.core.orders import Kind, Order
from capi.ports.past import Booking, Past

DAY_MS: Final = 86_400_000
SPAN_MS_MAX: Final = 6 * DAY_MS
"""The exchange wants less than seven days."""
ASSETS_BESIDE: Final = frozenset({"BNB"})
"""What fees and rebates may be booked in without moving the USDT wallet (docs/binance.md, "Money")."""
MOVED: Final = frozenset({
    "TRANSFER", "INTERNAL_TRANSFER", "CROSS_COLLATERAL_TRANSFER", "STRATEGY_UMFUTURES_TRANSFER",
    "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "AUTO_EXCHANGE", "WELCOME_BONUS", "CONTEST_REWARD",
})  # fmt: skip
"""Incomes that are money brought in, taken out, changed or given. Every other type, also one not known, is a result."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: how many rows it had, and what of them concerns us."""

    length: int
    orders: tuple[Order, ...] = ()
    results: tuple[Booking, ...] = ()


Ask = Callable[[int, int], Result[Page, ExchangeError]]
"""Asks for what was from one time to another, both included."""


class BinancePast:
    """`ports.past.PastSource` over REST; one thread at a time."""

    def __init__(self, client: Client, calls: Calls, clock: ExchangeClock, id_prefix: str) -> None:
        """`id_prefix`: of our orders. Others are passed over unread."""
        self._client: Final = client
        self._calls: Final = calls
        self._clock: Final = clock
        self._ours: Final = f"{id_prefix}_"
        self._read: dict[tuple[str, int, int], Page] = {}  # what was before today

    def recall(self, since_ms: int) -> Result[Past, ExchangeError]:
        """Return all that was since then. What was read before a failure is not asked for again."""
        now_ms = self._clock.now_ms()
        today_ms = now_ms - now_ms % DAY_MS
        pages: list[Page] = []
        for name, ask in self._asks().items():
            spans = spans_of(since_ms, now_ms, today_ms)
            while spans:
                first, last = spans.pop()
                result = self._page(name, ask, first, last, today_ms)
                if not is_successful(result):
                    return Failure(result.failure())
                page = result.unwrap()
                if page.length < PAGE:
                    pages.append(page)
                elif first == last:
                    return Failure(Unavailable(f"{name}: {PAGE} rows or more in one millisecond, which no list tells"))
                else:
                    middle = (first + last) // 2
                    spans += [(middle + 1, last), (first, middle)]
        orders = tuple(order for page in pages for order in page.orders)
        return Success(Past(orders=orders, results=tuple(it for page in pages for it in page.results)))

    def _asks(self) -> dict[str, Ask]:
        """Return the three lists by name."""
        return {
            "allOrders": lambda first, last: self._orders("plain", first, last),
            "allAlgoOrders": lambda first, last: self._orders("algo", first, last),
            "income": lambda first, last: self._ask(self._calls.incomes(first, last), read_results),
        }

    def _page(self, name: str, ask: Ask, first: int, last: int, today_ms: int) -> Result[Page, ExchangeError]:
        known = self._read.get((name, first, last))
        if known is not None:
            return Success(known)
        result = ask(first, last)
        if is_successful(result) and last < today_ms:
            self._read[name, first, last] = result.unwrap()
        return result

    def _orders(self, kind: Kind, first: int, last: int) -> Result[Page, ExchangeError]:
        return self._ask(self._calls.orders_between(kind, first, last), lambda answer: self._own(kind, answer))

    def _ask(self, call: Call, read: Callable[[object], Page]) -> Result[Page, ExchangeError]:
        return self._client.ask(call, read)

    def _own(self, kind: Kind, answer: object) -> Page:
        """Return our orders. An order of somebody else's may be of a type that we do not know. Raises InputError."""
        listed = rows(answer, "orders")
        id_key = "clientOrderId" if kind == "plain" else "clientAlgoId"
        ours = tuple(READERS[kind](row).order for row in listed if row.text(id_key).startswith(self._ours))
        return Page(len(listed), orders=ours)


def spans_of(since_ms: int, now_ms: int, today_ms: int) -> list[tuple[int, int]]:
    """Return the spans to ask for, today's apart: the latest first, both ends included."""
    spans = []
    first = since_ms
    while first <= now_ms:
        end = today_ms if first < today_ms else now_ms + 1
        last = min(first + SPAN_MS_MAX, end) - 1
        spans.append((first, last))
        first = last + 1
    return spans[::-1]


def read_results(answer: object) -> Page:
    """Return what was won and lost. Raises InputError, also for a result whose worth in USDT is not known."""
    listed = rows(answer, "income")
    results = []
    for row in listed:
        asset, kind = row.text("asset"), row.text("incomeType")
        if kind in MOVED or asset in ASSETS_BESIDE:
            continue
        if asset != USDT:
            raise InputError(f"income: {kind} in {asset}, whose worth in USDT is not known")
        results.append(Booking(at_ms=row.whole("time", POSITIVE), amount_usdt=row.number("income")))
    return Page(len(listed), results=tuple(results))
