"""What was on the account since a time: our orders of the symbol in both worlds, and what the account won and lost.

What ended before today does not change any more, and is read once. Sources: binance-usdm facts, sections 2.2, 2.3, 2.5.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Call, Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.fees import USDT
from capi.adapters.binance.order_reads import READERS
from capi.adapters.binance.rows import rows
from capi.adapters.binance.spans import DAY_MS, Ask, read_spans, spans_of
from capi.adapters.binance.wallet import MOVED
from capi.adapters.fields import POSITIVE, InputError
from capi.core.errors import ExchangeError
from capi.core.orders import Kind, Order
from capi.core.value import record
from capi.ports.past import Booking, Past

ASSETS_BESIDE: Final = frozenset({"BNB"})
"""What fees and rebates may be booked in without moving the USDT wallet (docs/binance.md, "Money")."""


@record
class Page:
    """One answer: how many rows it had, and what of them concerns us."""

    length: int
    orders: tuple[Order, ...] = ()
    results: tuple[Booking, ...] = ()


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
            read = partial(self._page, name, ask, today_ms)
            result = read_spans(name, read, spans_of(since_ms, now_ms, today_ms))
            if not is_successful(result):
                return Failure(result.failure())
            pages += result.unwrap()
        orders = tuple(order for page in pages for order in page.orders)
        return Success(Past(orders=orders, results=tuple(it for page in pages for it in page.results)))

    def _asks(self) -> dict[str, Ask[Page]]:
        """Return the three lists by name."""
        return {
            "allOrders": lambda first, last: self._orders("plain", first, last),
            "allAlgoOrders": lambda first, last: self._orders("algo", first, last),
            "income": lambda first, last: self._ask(self._calls.incomes(first, last), read_results),
        }

    def _page(self, name: str, ask: Ask[Page], today_ms: int, first: int, last: int) -> Result[Page, ExchangeError]:
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
