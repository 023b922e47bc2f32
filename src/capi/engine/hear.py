"""What the exchange tells by itself between two looks, and how far it is believed.

An event brings the last look forward, and only toward more risk: more of an entry has filled, a position is larger.
Nothing is ever reduced, closed or flipped by an event, for it may be late, or one of several of which the others were
lost; that is for a look to say. A view brought forward is incomplete, so that `plan` adds protection at most.

The other way round a look is held against what was told just before: reads lag behind the stream by seconds (exchange
facts, section 8.1), and a flat that is only not visible yet must not take the fresh stop down.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import attrgetter
from typing import Final

from capi.core.account import Position
from capi.core.actions import Alert
from capi.core.ids import parse_order_id
from capi.core.orders import ENDED, OPEN, Order
from capi.core.units import ZERO, text
from capi.engine import events
from capi.engine.action_fields import Fields
from capi.engine.ledger import Ledger
from capi.engine.notices import RULE
from capi.engine.order_merge import NOT_FOUND, OrderRecord, merged
from capi.ports.exchange import Look
from capi.ports.streams import Disturbed, MarginCalled, OrderTold, PositionTold, StreamEvent, StreamsDown, StreamsUp

READS_LAG_MS_MAX: Final = 5000
"""For how long a position read that contradicts an event may be the late one of the two."""
FRESH_MS: Final = 5000
"""An event older than this is no reason to act before a look."""
POSITIONS_MAX: Final = 100
"""Events of the position that are remembered while no look comes."""
STOPS_ONLY: Final = "an event alone may only add a stop: the next look decides"
GAP: Final = "brought forward by an event of the exchange's: not looked at yet"


@dataclass(slots=True)
class Heard:
    """What events have told lately of the position, and what it was before them.

    A read that lags shows a past state. One that shows another than those is newer than the events.
    """

    positions: list[PositionTold] = field(default_factory=list)  # of the last seconds, oldest first
    before: Decimal | None = None  # the position before the first of them
    filled_at_ms: int | None = None  # the last fill of an own entry

    def take(self, told: Sequence[StreamEvent], last: Look | None, id_prefix: str) -> None:
        """Remember what was told; `last`: the last look."""
        for event in told:
            if isinstance(event, PositionTold):
                if not self.positions:
                    self.before = None if last is None else last.position.qty
                self.positions = sorted((*self.positions, event), key=attrgetter("at_ms"))[-POSITIONS_MAX:]
            elif isinstance(event, OrderTold) and event.fill is not None and _is_entry(event.order, id_prefix):
                self.filled_at_ms = max(self.filled_at_ms or 0, event.at_ms)

    def gap(self, look: Look) -> str | None:
        """Return how a look contradicts what was told just before it; None when it does not."""
        while self.positions and not _within(self.positions[0].at_ms, look.now_ms, READS_LAG_MS_MAX):
            self.before = self.positions.pop(0).qty
        seen, newest = look.position.qty, self.positions[-1] if self.positions else None
        if newest is not None and seen != newest.qty:
            if seen == self.before or any(one.qty == seen for one in self.positions):
                return f"the exchange told of a position of {text(newest.qty)}, and shows {text(seen)} as before"
            return None
        filled_at_ms = self.filled_at_ms
        if filled_at_ms is None or seen or not _within(filled_at_ms, look.now_ms, READS_LAG_MS_MAX):
            return None
        if newest is not None and newest.at_ms > filled_at_ms:
            return None
        return f"an entry has filled at {filled_at_ms} ms, and no position is shown yet"


def news(told: Sequence[StreamEvent], last: Look, ledger: Ledger, id_prefix: str, now_ms: int) -> Iterator[Fields]:
    """Yield as events what the ledger learns. Each has to be folded before the next one is asked for."""
    for event in told:
        if isinstance(event, OrderTold):
            record = ledger.orders.by_key.get(event.order.key)
            owner = parse_order_id(id_prefix, event.order.client_order_id)
            if record is not None and owner is not None and _is_news(event, record):
                yield events.order(now_ms, merged(record.order, event.order), owner)
        elif isinstance(event, PositionTold) and _grows(event, last, ledger, now_ms):
            yield events.position(now_ms, qty=event.qty, entry_price=event.entry_price)


def is_protectable(told: Sequence[StreamEvent], last: Look, ledger: Ledger, id_prefix: str, now_ms: int) -> bool:
    """Return whether something was told that may want a stop at once: more of an entry, or more of a position."""
    for event in told:
        if isinstance(event, PositionTold) and _grows(event, last, ledger, now_ms):
            return True
        if isinstance(event, OrderTold) and _is_entry(event.order, id_prefix):
            record = ledger.orders.by_key.get(event.order.key)
            known = None if record is None else record.order.filled_qty
            if known is not None and event.order.filled_qty > known and _within(event.at_ms, now_ms, FRESH_MS):
                return True
    return False


def calls_for_pass(told: Sequence[StreamEvent], last: Look | None, ledger: Ledger, id_prefix: str) -> bool:
    """Return whether a look is needed: not for the echo of what we know, nor for the state of a stream."""
    return any(_calls(event, last, ledger, id_prefix) for event in told)


def forward(look: Look, told: Sequence[StreamEvent], ledger: Ledger, now_ms: int) -> Look:
    """Return a look with the position as far as it was told to be larger. Asked before the ledger learns of it."""
    for event in told:
        if isinstance(event, PositionTold) and _grows(event, look, ledger, now_ms):
            entry_price = event.entry_price or look.position.entry_price
            look = replace(look, position=Position(qty=event.qty, entry_price=entry_price))
    return look


def alerts(told: Sequence[StreamEvent]) -> Iterator[tuple[int, Alert]]:
    """Yield what the operator should know at once, of the account or of the streams themselves, with its time."""
    for event in told:
        match event:
            case MarginCalled():
                why = "the exchange calls for margin: a position of this account nears its liquidation"
                yield event.at_ms, Alert(level="CRITICAL", code="margin_call", rule=RULE, reason=why)
            case StreamsDown():
                why = (
                    f"the exchange's streams are down ({event.reason}): all is read by REST, at the pace of the passes"
                )
                yield event.at_ms, Alert(level="WARNING", code="streams_down", rule=RULE, reason=why)
            case StreamsUp():
                why = "the exchange's streams are back"
                yield event.at_ms, Alert(level="INFO", code="streams_up", rule=RULE, reason=why)
            case _:
                pass


def _is_news(told: OrderTold, record: OrderRecord) -> bool:
    """Whether an event says more of an order than is known. A late one says nothing, but what it tells of fills."""
    known, seen = record.order, told.order
    if seen.filled_qty > known.filled_qty:
        return True
    if known.updated_at_ms is not None and told.at_ms < known.updated_at_ms:
        return False
    if known.status in ENDED and known.status != "REJECTED" and known.code != NOT_FOUND:
        return False
    return seen.status not in ("UNKNOWN", known.status) and not (known.status == "TRIGGERED" and seen.status in OPEN)


def _grows(told: PositionTold, last: Look, ledger: Ledger, now_ms: int) -> bool:
    """Whether a position is larger than the one known, on the same side, and newer than the last look."""
    if told.at_ms < last.now_ms or not _within(told.at_ms, now_ms, FRESH_MS):
        return False
    known = max(last.position.qty, ledger.position_qty or ZERO, key=abs)
    return abs(told.qty) > abs(known) and told.qty * known >= 0


def _calls(event: StreamEvent, last: Look | None, ledger: Ledger, id_prefix: str) -> bool:
    match event:
        case OrderTold():
            record = ledger.orders.by_key.get(event.order.key)
            return record is None or _is_news(event, record)
        case PositionTold():
            return last is None or event.qty != last.position.qty or bool(last.gaps)  # it may be what those waited for
        case Disturbed() | MarginCalled():
            return True
        case StreamsDown() | StreamsUp():
            return False


def _is_entry(order: Order, id_prefix: str) -> bool:
    owner = parse_order_id(id_prefix, order.client_order_id)
    return owner is not None and owner.role == "entry"


def _within(at_ms: int, now_ms: int, age_ms_max: int) -> bool:
    """Whether two times are near each other. An event may be ahead: a look is as old as its beginning."""
    return abs(now_ms - at_ms) < age_ms_max
