"""What a look says that the ledger does not know yet, as events.

Fills come before orders, orders before the position: evidence that an order existed is folded before an answer that it
does not. Each event has to be folded before the next one is asked for; nothing here decides anything about trading.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from capi.core.config import Config
from capi.core.ids import OrderId, parse_order_id
from capi.core.orders import ENDED, Kind, OrderKey, OrderStatus
from capi.engine import events
from capi.engine.action_fields import Fields
from capi.engine.ledger import Ledger
from capi.engine.order_merge import NOT_FOUND, OrderRecord, differs
from capi.engine.periods import day_start, turns, week_start
from capi.ports.exchange import Look

PROOF_MARGIN_MS: Final = 1000
"""Added to recvWindow: the exchange accepts timestamps up to a second ahead of its own clock (facts, section 1.4)."""
LAG_MS_MAX: Final = 5000
"""For how long reads may not show an entry that was carried out at the last moment at which it could be accepted."""
ACKNOWLEDGED_GONE_MS: Final = 5000
"""For how long an order that the exchange once knew has to be not found before it counts as gone."""
ENTRY_GONE_MS: Final = 600_000
"""The same for an entry: one that rests unseen and fills beside its successor doubles the position, so nothing is
entered for as long as a decision counts. The dead-man switch, no longer renewed, takes it down long before
(docs/decisions/0040)."""
EQUITY_EVERY_MS: Final = 60_000


def changes(look: Look, ledger: Ledger, config: Config, *, periods: bool = True) -> Iterator[Fields]:
    """Yield an event for everything that changed since the ledger's last look.

    `periods`: False leaves day and week unrecorded, while it is not known what they began with.
    """
    prefix, now = config.id_prefix, look.now_ms
    for fill in look.fills:
        if fill.trade_id > ledger.fills_cursor:
            yield events.fill(now, fill, owner_of(ledger, prefix, "plain", fill.client_order_id))
    for funding in look.fundings:
        if funding.funding_id > ledger.fundings_cursor:
            yield events.funding(now, funding)
    for transfer in look.transfers:
        if ledger.is_new_transfer(transfer.transfer_id, transfer.at_ms):
            yield events.transfer(now, transfer)
    yield from _seen(look, ledger, prefix)
    for key in look.not_found:
        record = ledger.orders.by_key.get(key)
        if record is not None:
            yield from _not_found(look, record, config)
    # A flat has to come from a whole look; more risk is believed from any.
    qty = look.position.qty
    if qty != ledger.position_qty and (look.complete or qty != 0):
        yield events.position(now, qty=qty, entry_price=look.position.entry_price)
    if periods:
        yield from _periods(look, ledger)
    yield from _sample(look, ledger)


def _seen(look: Look, ledger: Ledger, prefix: str) -> Iterator[Fields]:
    for order in look.orders:
        record = ledger.orders.by_key.get(order.key)
        if record is not None and not differs(record, order, look.now_ms):
            continue
        owner = owner_of(ledger, prefix, order.kind, order.client_order_id)
        if owner is not None:
            yield events.order(look.now_ms, order, owner)


def owner_of(ledger: Ledger, prefix: str, kind: Kind, client_order_id: str) -> OrderId | None:
    """Return what an order of ours is for, None when it is foreign.

    One that the ledger knows is followed to its end whatever its prefix: it may have been sent under an earlier one.
    """
    known = ledger.orders.by_key
    record = known.get((kind, client_order_id)) or known.get(("algo", client_order_id))
    return parse_order_id(prefix, client_order_id) or (None if record is None else _owner(record))


def _owner(record: OrderRecord) -> OrderId:
    return OrderId(record.role, record.decision_id, 1)


def _not_found(look: Look, record: OrderRecord, config: Config) -> Iterator[Fields]:
    """The exchange says that an order of ours does not exist: doubted first, believed when proven.

    A triggered stop is not asked about for itself: its child tells.
    """
    order, owner = record.order, _owner(record)
    if order.status in ENDED or order.status == "TRIGGERED":
        return
    since = record.not_found_since_ms
    if since is None:
        doubted = replace(order, status="UNKNOWN")
        yield events.order(look.now_ms, doubted, owner, not_found_since_ms=look.now_ms)
    elif _is_proven_absent(look.now_ms, record, since, config.recv_window_ms):
        status: OrderStatus = "EXPIRED" if record.acknowledged else "REJECTED"
        gone = replace(order, status=status, code=NOT_FOUND)
        yield events.order(look.now_ms, gone, owner, not_found_since_ms=since)


def _is_proven_absent(now_ms: int, record: OrderRecord, since_ms: int, recv_window_ms: int) -> bool:
    """Whether repeated "not found" proves it: on another look, and later than the request could still be accepted.

    More is asked of an entry than of what only protects: nothing waits for the proof that a stop is not there.
    """
    is_entry, sent = record.role == "entry", record.order.sent_at_ms
    if record.acknowledged:
        gone_ms = ENTRY_GONE_MS if is_entry else ACKNOWLEDGED_GONE_MS
        if now_ms - since_ms < gone_ms:
            return False
    lag_ms = LAG_MS_MAX if is_entry else 0
    accepted_until_ms = (since_ms if sent is None else sent) + recv_window_ms + PROOF_MARGIN_MS
    return now_ms > since_ms and now_ms > accepted_until_ms + lag_ms


def _periods(look: Look, ledger: Ledger) -> Iterator[Fields]:
    """The turn of day and week, with the first equity seen in them."""
    now, equity = look.now_ms, look.equity
    if turns(ledger.day, day_start(now), known=equity is not None):
        yield events.day(now, start_ms=day_start(now), start_equity=equity)
    if turns(ledger.week, week_start(now), known=equity is not None):
        yield events.week(now, start_ms=week_start(now), start_equity=equity)


def _sample(look: Look, ledger: Ledger) -> Iterator[Fields]:
    """The minute's sample of the account."""
    now, equity, last = look.now_ms, look.equity, ledger.equity_at_ms
    if equity is not None and (last is None or now - last >= EQUITY_EVERY_MS):
        yield events.equity(now, equity=equity, wallet=look.wallet)


def key_of_child(key: OrderKey) -> OrderKey:
    """Return the identity of the order that a triggered conditional order creates: it bears the same client id."""
    return "plain", key[1]
