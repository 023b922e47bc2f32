"""Our trades since a given one, each with its order's id and its fee in USDT.

A first start (no trade was ever recorded) does not read the account's history: it begins with the first trade that an
open position is made of, or that belongs to an order which concerns us (asked about, or open and partly filled, in any
look until the beginning is found), and otherwise after the newest one.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.calls import PAGE, Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.fees import Fees
from capi.adapters.binance.order_reads import OrderReads
from capi.adapters.binance.sight import Sight
from capi.adapters.binance.wire_account import Execution, read_executions
from capi.core.errors import ExchangeError, Rejected
from capi.core.units import EXACT
from capi.ports.exchange import Fill

PAGES_MAX: Final = 20
"""In one look; the next one goes on from there."""
OWNERS_MAX: Final = 40
"""Orders asked for in one look because a trade bears their number: one by one, and no stop goes out meanwhile."""
LIQUIDATIONS: Final = ("autoclose-", "adl_autoclose", "settlement_autoclose-")


class Executions:
    """Reads trades page by page."""

    def __init__(self, client: Client, calls: Calls, orders: OrderReads, fees: Fees) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._orders: Final = orders
        self._fees: Final = fees
        self._concerns: Final[set[str]] = set()
        self._begins_after: int | None = None
        self.begins_at_ms: int | None = None  # of the first trade that concerns us; None: none does
        self.returned_up_to = 0

    def note_concerns(self, client_order_ids: Iterable[str]) -> None:
        """Remember orders whose trades concern us, until it is known where to begin."""
        if self._begins_after is None:
            self._concerns.update(client_order_ids)

    def read_into(self, sight: Sight, after: int, position_qty: Decimal) -> bool:
        """Put the fills after an id into a look, oldest first; return whether these are all (else it has a gap).

        `position_qty` tells, with what was noted, where a first start begins.
        """
        result = self._read(after, position_qty)
        if not is_successful(result):
            sight.miss("the fills could not be read", result.failure())
            return False
        executions, whole = result.unwrap()
        may_ask = OWNERS_MAX
        for execution in executions:
            if self._orders.known_id_of(execution.order_id) is None:
                if may_ask == 0:
                    sight.gaps.append(f"more than {OWNERS_MAX} orders behind the fills: the next look goes on")
                    return False
                may_ask -= 1
            owner = self._orders.client_id_of(execution.order_id, sight.now_ms - execution.at_ms)
            if not is_successful(owner):
                sight.miss(f"the order of fill {execution.trade_id}", owner.failure())
                return False
            sight.fills.append(self._fill(execution, owner.unwrap()))
            sight.executions.append(execution)
            self.returned_up_to = execution.trade_id
        if not whole:
            sight.gaps.append(f"more than {PAGES_MAX * PAGE} fills: the next look goes on")
        return whole

    def _read(self, after: int, position_qty: Decimal) -> Result[tuple[list[Execution], bool], ExchangeError]:
        """Return the executions after `after`, and whether these are all."""
        if after == 0 and self._begins_after is None:
            return self._pages(None).map(lambda pages: (self._begin(pages[0], position_qty), pages[1]))
        begin = max(after, self._begins_after or 0)
        result = self._pages(begin + 1 if begin else None)
        if is_successful(result) or not isinstance(result.failure(), Rejected):
            return result
        # An id from before what the exchange keeps (three months) may be refused: what it still tells is all there is.
        return self._pages(None).map(lambda pages: ([it for it in pages[0] if it.trade_id > begin], pages[1]))

    def _pages(self, from_id: int | None) -> Result[tuple[list[Execution], bool], ExchangeError]:
        """Return the trades from an id on (None: of the last seven days), and whether these are all."""
        executions: list[Execution] = []
        for _ in range(PAGES_MAX):
            result = self._client.ask(self._calls.executions(from_id=from_id), read_executions)
            if not is_successful(result):
                return Failure(result.failure())
            page = result.unwrap()
            executions += page
            if len(page) < PAGE:
                return Success((executions, True))
            from_id = page[-1].trade_id + 1
        return Success((executions, False))

    def _begin(self, executions: list[Execution], position_qty: Decimal) -> list[Execution]:
        """Return what concerns us of the trades before the first start, and begin after the rest."""
        first = min(_start_of_position(executions, position_qty), self._start_of_concerns(executions))
        ours, before = executions[first:], executions[:first]
        self._begins_after = before[-1].trade_id if before else 0
        self.begins_at_ms = ours[0].at_ms if ours else None
        return ours

    def _start_of_concerns(self, executions: list[Execution]) -> int:
        for index, execution in enumerate(executions):
            if self._orders.known_id_of(execution.order_id) in self._concerns:
                return index
        return len(executions)

    def _fill(self, execution: Execution, client_order_id: str) -> Fill:
        return Fill(
            trade_id=execution.trade_id,
            client_order_id=client_order_id,
            side=execution.side,
            price=execution.price,
            qty=execution.qty,
            fee_usdt=self._fees.in_usdt(execution),
            maker=execution.maker,
            at_ms=execution.at_ms,
            liquidation=client_order_id.startswith(LIQUIDATIONS),
        )


def _start_of_position(executions: list[Execution], qty: Decimal) -> int:
    """Return the index from which on the newest trades add up to the position; the end when they never do."""
    missing = qty
    for index in range(len(executions) - 1, -1, -1):
        if missing == 0:
            break
        missing = EXACT.subtract(missing, executions[index].signed_qty)
        if missing == 0:
            return index
    return len(executions)
