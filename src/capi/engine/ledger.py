"""What the engine remembers: a fold of the journal's events, and of nothing else.

Folding the journal at start gives the same state as the run that wrote it had, so a restart forgets nothing and
invents nothing. `apply` has no clock, no configuration and no I/O; all that it keeps comes in with the event.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from capi.core.account import Intent
from capi.core.orders import ENDED
from capi.core.units import ZERO
from capi.core.value import record
from capi.engine.fields import decimal, optional_decimal
from capi.engine.order_records import OrderRecords
from capi.engine.periods import DAY_MS, Period, first_known_ms, remembered_from
from capi.engine.trade_book import TradeBook
from capi.ports.journal import Event, JournalError

FILLS_SETTLE_MS: Final = 2000
"""How long after an order's end a fill of it may still come in."""

DECISIONS_KEPT: Final = 100_000
"""How many decisions are remembered: a year of one every five minutes."""

COMMANDS_KEPT: Final = 1000
"""How many of the operator's commands are remembered, so that none is carried out twice."""

RECORDS_KEPT_MS: Final = 2 * DAY_MS
"""How long the ended orders of a past decision are remembered."""

AlertKey = tuple[str, int]
"""An alert's code and the time under which it was recorded."""

_NOT_OURS: Final = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What folding an event raises whose fields are missing or of another kind: its line was damaged or written by hand."""
_CURE: Final = "move the journal away and start again; a live ledger is then rebuilt from the exchange"


@record
class SeenDecision:
    """A decision that was in force once. `zone_middle` in USDT; None for flat."""

    timestamp_ms: int
    zone_middle: Decimal | None


@dataclass(slots=True)
class Ledger:
    """The folded state. Read it; change it with `apply` alone."""

    orders: OrderRecords = field(default_factory=OrderRecords)
    trades: TradeBook = field(default_factory=TradeBook)
    intents: dict[str, Intent] = field(default_factory=dict)
    decisions: dict[str, SeenDecision] = field(default_factory=dict)
    decision_id: str | None = None  # in force
    position_qty: Decimal | None = None
    position_since_ms: int | None = None
    naked_since_ms: int | None = None
    naked_ms: int = 0  # of this position, up to the last time it was guarded again
    dead_man_until_ms: int | None = None
    safe_mode: str | None = None
    paused: bool = False
    day: Period | None = None
    day_trades: int = 0
    week: Period | None = None
    transfers: dict[str, int] = field(default_factory=dict)  # money moved of late: by id, when
    fills_cursor: int = 0
    fundings_cursor: int = 0
    equity_at_ms: int | None = None
    last_write_ms: int = 0
    throttled_until_ms: int = 0
    alerted_at_ms: dict[str, int] = field(default_factory=dict)
    alerted_by: dict[str, str] = field(default_factory=dict)  # the rule that raised a code last
    untold: dict[AlertKey, Event] = field(default_factory=dict)  # alerts of the last day, not known as delivered
    flatten: str | None = None  # why the operator wants it flat, until it is
    acts_since_ms: int | None = None  # since when requests go out: the run's start, or the end of the last silence
    account_alias: str | None = None  # the exchange's name of the account that this ledger is of
    commands: dict[str, None] = field(default_factory=dict)  # of the operator, carried out

    def apply(self, event: Event) -> None:
        """Fold one event in. Events that carry no state leave the ledger as it is."""
        fold = _FOLDS.get(event["event"])
        if fold is not None:
            fold(self, event)
            if self.intents:
                self._drop_finished_intents(event["at_ms"])

    def replay(self, events: Iterable[Event]) -> None:
        """Fold a whole journal. Raises JournalError at an event that no engine wrote, and what reading it raises."""
        for event in events:
            try:
                self.apply(event)
            except _NOT_OURS as error:
                place = f"the journal's event {event.get('seq')} ({event['event']})"
                raise JournalError(f"{place} cannot be folded ({_told(error)}); {_CURE}") from error

    def naked_ms_until(self, at_ms: int) -> int:
        """Return how long this position has stood naked, up to now."""
        running = 0 if self.naked_since_ms is None else max(0, at_ms - self.naked_since_ms)
        return self.naked_ms + running

    def transfers_count_from(self, now_ms: int) -> int:
        """Return the time after which money moved counts for a day or week: that its start equity was looked at."""
        return first_known_ms((self.day, self.week), now_ms)

    def is_new_transfer(self, transfer_id: str, at_ms: int) -> bool:
        """Return whether money moved was not counted yet; what is older than is remembered was, or does not count."""
        return transfer_id not in self.transfers and (self.week is None or at_ms >= remembered_from(self.week.start_ms))

    def _decision(self, event: Event) -> None:
        self.decision_id = event["decision_id"]
        if event["usable"] and event["decision_id"] not in self.decisions:
            self.decisions[event["decision_id"]] = SeenDecision(
                event["timestamp_ms"], optional_decimal(event["zone_middle"])
            )
            if len(self.decisions) > DECISIONS_KEPT:
                del self.decisions[next(iter(self.decisions))]

    def _intent(self, event: Event) -> None:
        self.orders.apply_sent(event)
        self.intents[event["client_order_id"]] = Intent(
            client_order_id=event["client_order_id"],
            decision_id=event["decision_id"],
            side=event["side"],
            quantity=decimal(event["intended_qty"]),
            sl=decimal(event["sl"]),
            tp1=optional_decimal(event["tp1"]),
            tp2=optional_decimal(event["tp2"]),
        )

    def _sent(self, event: Event) -> None:
        self.last_write_ms = max(self.last_write_ms, event["at_ms"])
        if event["action"] == "place_order":
            self.orders.apply_sent(event)

    def _answered(self, event: Event) -> None:
        if event["outcome"] in ("ack", "unknown"):
            self.last_write_ms = max(self.last_write_ms, event["at_ms"])
        if event["outcome"] == "throttled":
            self.throttled_until_ms = max(self.throttled_until_ms, event["until_ms"])
        self.orders.apply_answered(event)

    def _order(self, event: Event) -> None:
        self.orders.apply_order(event)

    def _fill(self, event: Event) -> None:
        self.fills_cursor = max(self.fills_cursor, event["trade_id"])
        if event["decision_id"] is not None:
            self.orders.apply_fill(event)
        if self.position_qty == ZERO:
            self.trades.drop_old(event["at_ms"])
        self.trades.apply_fill(event)

    def _funding(self, event: Event) -> None:
        self.fundings_cursor = max(self.fundings_cursor, event["funding_id"])
        if self.position_qty == ZERO:
            self.trades.drop_old(event["at_ms"])
        self.trades.apply_funding(event)

    def _position(self, event: Event) -> None:
        qty = decimal(event["qty"])
        if self.trades.open is None:
            self.naked_ms = 0 if not self.position_qty else self.naked_ms
            if qty == 0:
                self.orders.settle_triggered()
        self.position_qty, self.position_since_ms = qty, event["at_ms"]

    def _trade_opened(self, event: Event) -> None:
        self.trades.apply_opened(event)
        self.day_trades += 1

    def _trade_adopted(self, event: Event) -> None:
        self.trades.apply_adopted(event)
        self.day_trades += 1

    def _trade_updated(self, event: Event) -> None:
        self.trades.apply_updated(event)

    def _trade_closed(self, event: Event) -> None:
        self.trades.apply_closed(event)
        self.orders.settle_triggered()
        self.naked_since_ms, self.naked_ms = None, 0
        for client_order_id in [key for key in self.intents if self._entry_ended(key)]:
            del self.intents[client_order_id]

    def _naked(self, event: Event) -> None:
        self.naked_since_ms = event["at_ms"]

    def _guarded(self, event: Event) -> None:
        self.naked_ms = self.naked_ms_until(event["at_ms"])
        self.naked_since_ms = None

    def _safe_mode(self, event: Event) -> None:
        self.safe_mode = event["reason"]

    def _paused(self, event: Event) -> None:
        self.paused = True
        self._carried_out(event)

    def _resumed(self, event: Event) -> None:
        self.paused, self.safe_mode = False, None
        self._carried_out(event)

    def _flatten(self, event: Event) -> None:
        self.paused, self.flatten = True, event["reason"]
        self._carried_out(event)

    def _flattened(self, event: Event) -> None:
        self.flatten = None

    def _carried_out(self, event: Event) -> None:
        command = event.get("command")
        if command is not None:
            self.commands[command] = None
            if len(self.commands) > COMMANDS_KEPT:
                del self.commands[next(iter(self.commands))]

    def _run_started(self, event: Event) -> None:
        self.acts_since_ms = event["at_ms"]

    def _silence(self, event: Event) -> None:
        self.acts_since_ms = max(self.acts_since_ms or 0, event["until_ms"])

    def _account(self, event: Event) -> None:
        self.account_alias = event["alias"]

    def _dead_man(self, event: Event) -> None:
        self.dead_man_until_ms = event["until_ms"]

    def _day(self, event: Event) -> None:
        if self.day is None or self.day.start_ms != event["start_ms"]:
            self.day_trades = 0
            self._forget_old_orders(event["at_ms"])
        self.day = Period(event["start_ms"], optional_decimal(event["start_equity"]), event["at_ms"])
        self.day_trades = event.get("trades", self.day_trades)

    def _week(self, event: Event) -> None:
        self.week = Period(event["start_ms"], optional_decimal(event["start_equity"]), event["at_ms"])
        from_ms = remembered_from(event["start_ms"])
        self.transfers = {key: at_ms for key, at_ms in self.transfers.items() if at_ms >= from_ms}

    def _transfer(self, event: Event) -> None:
        if event["transfer_id"] in self.transfers:
            return
        amount, at_ms = decimal(event["amount_usdt"]), event["moved_at_ms"]
        self.transfers[event["transfer_id"]] = at_ms
        self.day = None if self.day is None else self.day.with_transfer(amount, at_ms)
        self.week = None if self.week is None else self.week.with_transfer(amount, at_ms)

    def _equity(self, event: Event) -> None:
        self.equity_at_ms = event["at_ms"]

    def _alert(self, event: Event) -> None:
        code, at_ms = event["code"], event["at_ms"]
        self.alerted_at_ms[code], self.alerted_by[code] = at_ms, event["rule"]
        self.untold[code, at_ms] = {key: value for key, value in event.items() if key != "seq"}  # as it was told
        while (oldest := next(iter(self.untold)))[1] < at_ms - DAY_MS:
            del self.untold[oldest]

    def _notification(self, event: Event) -> None:
        self.untold.pop((event["code"], event["alert_at_ms"]), None)

    def unfinished_intents(self, at_ms: int) -> list[str]:
        """Return the entries whose intent still counts: not ended, not recorded as the trade, or late fills may come.

        An intent has done its work when its order ended and what it filled, if anything, is the open trade's. One that
        ended without a fill stays a moment longer: a fill that crossed the cancel may come in late.
        """
        return [key for key, intent in self.intents.items() if not self._is_finished(intent, at_ms)]

    def _drop_finished_intents(self, at_ms: int) -> None:
        for client_order_id in [key for key, intent in self.intents.items() if self._is_finished(intent, at_ms)]:
            del self.intents[client_order_id]

    def _is_finished(self, intent: Intent, at_ms: int) -> bool:
        record, trade = self.orders.by_key["plain", intent.client_order_id], self.trades.open
        if record.order.status not in ENDED:
            return False
        if record.order.filled_qty == 0:
            return at_ms - record.at_ms >= FILLS_SETTLE_MS
        return trade is not None and trade.trade.decision_id == intent.decision_id

    def _entry_ended(self, client_order_id: str) -> bool:
        return self.orders.by_key[("plain", client_order_id)].order.status in ENDED

    def _forget_old_orders(self, at_ms: int) -> None:
        trade = self.trades.open
        of_trade = None if trade is None else trade.trade.decision_id
        of_intents = (intent.decision_id for intent in self.intents.values())
        self.orders.forget(at_ms - RECORDS_KEPT_MS, frozenset((self.decision_id, of_trade, *of_intents)))


def _told(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else type(error).__name__


_FOLDS: Final[dict[str, Callable[[Ledger, Event], None]]] = {
    "decision": Ledger._decision,
    "intent": Ledger._intent,
    "sent": Ledger._sent,
    "answered": Ledger._answered,
    "order": Ledger._order,
    "fill": Ledger._fill,
    "funding": Ledger._funding,
    "transfer": Ledger._transfer,
    "position": Ledger._position,
    "trade_opened": Ledger._trade_opened,
    "trade_adopted": Ledger._trade_adopted,
    "trade_updated": Ledger._trade_updated,
    "trade_closed": Ledger._trade_closed,
    "naked": Ledger._naked,
    "guarded": Ledger._guarded,
    "safe_mode": Ledger._safe_mode,
    "paused": Ledger._paused,
    "resumed": Ledger._resumed,
    "flatten": Ledger._flatten,
    "flattened": Ledger._flattened,
    "run_started": Ledger._run_started,
    "silence": Ledger._silence,
    "account": Ledger._account,
    "dead_man": Ledger._dead_man,
    "day": Ledger._day,
    "week": Ledger._week,
    "equity": Ledger._equity,
    "alert": Ledger._alert,
    "notification": Ledger._notification,
}
FOLDED: Final = frozenset(_FOLDS)
"""The events that carry state; the others only tell."""
