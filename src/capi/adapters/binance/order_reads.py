"""Reading orders: what is open in both worlds, single ones by their id, and which order a trade belongs to.

Trades bear the exchange's number of an order, not our id: every order seen teaches its number, an unseen one is asked
for. "Does not exist" is passed on as the exchange says it; what it proves is for the engine to judge.
"""

import threading
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.rows import Row, rows
from capi.adapters.binance.wire_orders import Seen, read_algo, read_plain
from capi.core.errors import ExchangeError, Rejected, meaning_of
from capi.core.orders import Kind, OrderKey

READERS: Final = {"plain": read_plain, "algo": read_algo}
NUMBERS_KEPT: Final = 5000
LAG_MS_MAX: Final = 60_000
"""An order that does not exist this long after its trade will not come to be."""


class OrderReads:
    """Asks for orders, from any thread, and remembers their numbers."""

    def __init__(self, client: Client, calls: Calls) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._ids: Final[dict[int, str]] = {}
        self._lock: Final = threading.Lock()

    def open(self, kind: Kind) -> Result[list[Seen], ExchangeError]:
        """Return every open order of one world, foreign ones too."""
        reader = READERS[kind]
        result = self._client.ask(
            self._calls.open_orders(kind), lambda answer: [reader(row) for row in rows(answer, "orders")]
        )
        for seen in result.value_or([]):
            self.learn(seen)
        return result

    def one(self, key: OrderKey) -> Result[Seen | None, ExchangeError]:
        """Return an order by its id, open or not; None: the exchange says that it does not exist."""
        result = self._query(key)
        if is_successful(result):
            self.learn(result.unwrap())
            return Success(result.unwrap())
        if not _is_absent(result.failure()):
            return Failure(result.failure())
        return self._in_history(key[1]) if key[0] == "algo" else Success(None)

    def learn(self, seen: Seen) -> None:
        """Remember the number that an order's trades bear."""
        if seen.order_id is not None:
            with self._lock:
                self._ids[seen.order_id] = seen.order.client_order_id
                if len(self._ids) > NUMBERS_KEPT:
                    del self._ids[next(iter(self._ids))]

    def known_id_of(self, order_id: int) -> str | None:
        """Return the client id of an order whose number was seen."""
        return self._ids.get(order_id)

    def client_id_of(self, order_id: int, age_ms: int) -> Result[str, ExchangeError]:
        """Return whose trade it is: the client id of the order with this number, for a trade of this age.

        An order that the exchange does not know long after its trade gets an id that is nobody's.
        """
        known = self._ids.get(order_id)
        if known is not None:
            return Success(known)
        result = self._client.ask(
            self._calls.order_by_number(order_id), lambda answer: read_plain(Row(answer, "order"))
        )
        if is_successful(result):
            self.learn(result.unwrap())
            return Success(result.unwrap().order.client_order_id)
        if _is_absent(result.failure()) and age_ms > LAG_MS_MAX:
            return Success(f"unknown:{order_id}")
        return Failure(result.failure())

    def _query(self, key: OrderKey) -> Result[Seen, ExchangeError]:
        reader = READERS[key[0]]
        return self._client.ask(self._calls.order(key), lambda answer: reader(Row(answer, "order")))

    def _in_history(self, client_order_id: str) -> Result[Seen | None, ExchangeError]:
        """Look a conditional order up in the list of the last days: the query by id is known to miss some."""
        result = self._client.ask(
            self._calls.all_algo_orders(), lambda answer: [read_algo(row) for row in rows(answer, "orders")]
        )
        if not is_successful(result):
            return Failure(result.failure())
        found = [seen for seen in result.unwrap() if seen.order.client_order_id == client_order_id]
        for seen in found:
            self.learn(seen)
        return Success(found[-1] if found else None)


def _is_absent(error: ExchangeError) -> bool:
    return isinstance(error, Rejected) and meaning_of(error.code) == "not_found"
