"""A ledger that knows no day yet asks the exchange what was: a lost journal must not begin the limits anew.

From the orders it learns which ids are used and which decisions have had their trade, from the results what day and
week began with. Day and week are recorded last, behind what rests too: a crash before that has the next start ask
again, and one after it does not. Until all is known
the view has a gap, so that nothing is entered while protection goes on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.core.actions import Alert, Level
from capi.core.ids import parse_order_id
from capi.core.orders import ENDED, Order
from capi.core.units import EXACT, ZERO, text
from capi.engine import events
from capi.engine.action_fields import Fields
from capi.engine.notices import RULE, Notices
from capi.engine.periods import DAY_MS, day_start, week_start
from capi.engine.recorder import Recorder
from capi.ports.exchange import Look
from capi.ports.past import Booking, Past, PastSource

RETRY_MS: Final = 5000
"""After a failure: asking holds up a look, and protection with it."""


class Recall:
    """Puts the past before the first look that it is known at. Without a source there is none: of a replay."""

    def __init__(self, source: PastSource | None, recorder: Recorder, notices: Notices, id_prefix: str) -> None:
        self._source: Final = source
        self._recorder: Final = recorder
        self._notices: Final = notices
        self._id_prefix: Final = id_prefix
        self._asked_at_ms: int | None = None
        self._gap = ""

    @property
    def is_pending(self) -> bool:
        """Return whether the past is still to be asked for: no day was ever recorded."""
        return self._source is not None and self._recorder.ledger.day is None

    def into(self, look: Look) -> Look:
        """Record what was before a look, once; as long as that is not known, return the look with a gap."""
        if self._source is None or not self.is_pending:
            return look
        if look.wallet is None:
            return _with_gap(look, "the account's past could not be read: the wallet is not known")
        if self._asked_at_ms is None or not 0 <= look.now_ms - self._asked_at_ms < RETRY_MS:
            self._asked_at_ms = look.now_ms
            result = self._source.recall(first_ms(look.now_ms))
            if is_successful(result):
                self._record(result.unwrap(), look, look.wallet)
                return look
            self._gap = f"the account's past could not be read: {result.failure().message}"
        return _with_gap(look, self._gap)

    def _record(self, past: Past, look: Look, wallet: Decimal) -> None:
        now_ms, ledger = look.now_ms, self._recorder.ledger
        trades = len(_decisions_of_day(past, look, self._id_prefix)) + ledger.day_trades
        seen = {order.key for order in look.orders}
        told = list(self._unknown([order for order in past.orders if order.key not in seen], now_ms))
        resting = list(self._unknown(look.orders, now_ms))  # now: the next start does not ask, and they may be gone
        day_ms, week_ms = day_start(now_ms), week_start(now_ms)
        day_equity = EXACT.subtract(wallet, result_since(past.results, day_ms))
        week_equity = EXACT.subtract(wallet, result_since(past.results, week_ms))
        for event in (*told, *resting):
            self._recorder.record(event)
        self._recorder.record(events.week(now_ms, start_ms=week_ms, start_equity=week_equity))
        self._recorder.record(events.day(now_ms, start_ms=day_ms, start_equity=day_equity, trades=trades))
        self._tell(len(told), trades, result_since(past.results, day_ms), now_ms)

    def _unknown(self, orders: Iterable[Order], now_ms: int) -> Iterator[Fields]:
        """Yield those of our orders that the ledger does not know."""
        for order in orders:
            owner = parse_order_id(self._id_prefix, order.client_order_id)
            if owner is not None and order.key not in self._recorder.ledger.orders.by_key:
                yield events.order(now_ms, order, owner, recalled=order.status in ENDED)

    def _tell(self, orders: int, trades: int, result: Decimal, at_ms: int) -> None:
        what = f"orders of ours: {orders}, trades today: {trades}, result of today: {text(result)} USDT"
        reason = f"the ledger was empty, and the exchange was asked for the past: {what}"
        level: Level = "WARNING" if orders or result else "INFO"
        self._notices.tell(Alert(level=level, code="past_recalled", rule=RULE, reason=reason), at_ms)


def first_ms(now_ms: int) -> int:
    """Return from when on the past counts: this week and yesterday, as a decision of last night may be in force."""
    return min(week_start(now_ms), day_start(now_ms) - DAY_MS)


def result_since(results: tuple[Booking, ...], since_ms: int) -> Decimal:
    """Return what was won (> 0) or lost since a time, in USDT."""
    total = ZERO
    for it in results:
        if it.at_ms >= since_ms:
            total = EXACT.add(total, it.amount_usdt)
    return total


def _decisions_of_day(past: Past, look: Look, id_prefix: str) -> set[str]:
    """Return the decisions whose entry filled today, but the one that the position is made of.

    That one counts when its trade is recorded, or has counted already.
    """
    today_ms, filled, of_day = day_start(look.now_ms), dict[str, Decimal](), set[str]()
    for order in past.orders:
        owner = parse_order_id(id_prefix, order.client_order_id)
        if owner is None or order.kind != "plain" or order.filled_qty == 0:
            continue
        filled[owner.decision_id] = EXACT.add(filled.get(owner.decision_id, ZERO), _signed(order))
        if owner.role == "entry" and (order.updated_at_ms is None or order.updated_at_ms >= today_ms):
            of_day.add(owner.decision_id)
    qty = look.position.qty
    return of_day if qty == 0 else {decision_id for decision_id in of_day if filled[decision_id] != qty}


def _signed(order: Order) -> Decimal:
    return order.filled_qty if order.side == "BUY" else -order.filled_qty


def _with_gap(look: Look, why: str) -> Look:
    return replace(look, gaps=(*look.gaps, why))
