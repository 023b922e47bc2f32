"""One look and the ledger put together into what `plan` may know.

An order of ours that the ledger does not know to have ended is always in the view: as seen, as last answered, or as
UNKNOWN when a complete look is silent about it. Ended ones are there while a rule can still ask about them: those of
the decision in force, of the open trade and of unfinished intents.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from capi.core.account import Account, Market, Position
from capi.core.errors import meaning_of
from capi.core.ids import parse_order_id
from capi.core.orders import ENDED, OPEN, Order, OrderKey, Orders
from capi.core.stops import ASK_AGAIN_MS
from capi.engine.ledger import Ledger
from capi.engine.observe import key_of_child
from capi.engine.order_merge import OrderRecord
from capi.ports.exchange import Look

PRICES_AGE_MS_MAX: Final = 5000
"""For how long the prices of the last look still count when looks fail."""
SETTLING_MS: Final = 5000
"""For how long after the position went flat the orders of its trade stay in the view."""


def asked(ledger: Ledger) -> tuple[OrderKey, ...]:
    """Return the orders that a look has to tell of even when they are not open: all whose end is not known.

    As long as no fill is known, those too that have filled: at them the fills begin (docs/binance.md, "Beginnings").
    """
    unsettled, known = ledger.orders.unsettled, ledger.orders.by_key
    keys = unsettled.copy()
    for key in unsettled:
        if known[key].order.status == "TRIGGERED":
            keys[key_of_child(key)] = None
    if ledger.fills_cursor == 0:
        keys |= ledger.orders.untold
    return tuple(keys)


def assemble(look: Look, ledger: Ledger) -> tuple[Account, Orders]:
    """Return the account and the orders as `plan` sees them. The look's changes have been folded into the ledger."""
    return _account(look, ledger), _orders(look, ledger)


def stale(last: Look, now_ms: int, gap: str, id_prefix: str) -> Look:
    """Return what is left to go by without a look: the last position, on an incomplete view; `gap` says why.

    Money, modes and volatility move slowly and stay. Prices stay for a moment, so that one lost look does not cost a
    resting entry its place in the queue; later they are unknown. Our own orders come from the ledger, as last known.
    """
    foreign = tuple(o for o in last.orders if parse_order_id(id_prefix, o.client_order_id) is None)
    return replace(
        last,
        now_ms=now_ms,
        market=last.market if now_ms - last.now_ms <= PRICES_AGE_MS_MAX else _without_prices(last.market),
        orders=foreign,
        not_found=(),
        fills=(),
        fundings=(),
        gaps=(gap,),
        stops_read=False,
    )


def _without_prices(market: Market) -> Market:
    return Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=market.volatility)


def _account(look: Look, ledger: Ledger) -> Account:
    trade = ledger.trades.open
    settled = look.position.qty == ledger.position_qty
    seen, since_ms = look.position, ledger.position_since_ms if settled else look.now_ms
    position = Position(
        qty=seen.qty, entry_price=seen.entry_price, liquidation_price=seen.liquidation_price, since_ms=since_ms
    )
    day, week = ledger.day, ledger.week
    return Account(
        now_ms=look.now_ms,
        equity=look.equity,
        wallet=look.wallet,
        available=look.available,
        position_mode=look.position_mode,
        multi_assets=look.multi_assets,
        margin_mode=look.margin_mode,
        leverage=look.leverage,
        position=position,
        market=look.market,
        instrument=look.instrument,
        day_start_equity=None if day is None else day.start_equity,
        day_trades=None if day is None else ledger.day_trades,
        week_start_equity=None if week is None else week.start_equity,
        trade=None if trade is None else trade.trade,
        intents=tuple(ledger.intents.values()),
        last_trade=ledger.trades.last,
        naked_since_ms=ledger.naked_since_ms,
        dead_man_until_ms=ledger.dead_man_until_ms,
        safe_mode=ledger.safe_mode,
        paused=ledger.paused,
        flatten=ledger.flatten,
        acts_since_ms=ledger.acts_since_ms,
        complete=look.complete and look.now_ms >= ledger.last_write_ms,
    )


def _orders(look: Look, ledger: Ledger) -> Orders:
    known = ledger.orders.by_key
    orders: dict[OrderKey, Order] = {}
    for order in look.orders:
        key = order.key
        record = known.get(key)
        orders[key] = order if record is None else record.order
    doubtful = () if look.shows_stops else _backstops_not_heard_of(look, ledger)
    for key in ledger.orders.unsettled:
        if key not in orders:
            record = known[key]
            told = look.shows_stops if key[0] == "algo" else look.complete
            silent = told and record.at_ms < look.now_ms and record.order.status != "TRIGGERED"
            order = _as_known(record)
            orders[key] = replace(order, status="UNKNOWN") if silent or key in doubtful else order
    for decision_id in _decisions_of_interest(ledger, look.now_ms):
        for key in ledger.orders.by_decision.get(decision_id, ()):
            if key not in orders:
                orders[key] = _as_known(known[key])
    if _is_nobodys(look.position, ledger):
        for key in _used_for_the_position(ledger, orders):
            orders.setdefault(key, known[key].order)
    else:
        for order in _ended_backstops(ledger, orders.values()):
            orders.setdefault(order.key, order)
    return tuple(orders.values())


def _as_known(record: OrderRecord) -> Order:
    """Return an order that no look shows, with since when the exchange says that it does not exist."""
    since_ms = record.not_found_since_ms
    return record.order if since_ms is None else replace(record.order, not_found_since_ms=since_ms)


def _backstops_not_heard_of(look: Look, ledger: Ledger) -> Collection[OrderKey]:
    """Return the trade's closePosition stops that have to be asked about, where conditional orders cannot be read.

    One may have been taken down unseen. Sent again it is the question: taken, or refused because one rests (-4130).
    Whatever the answer is, the stop counts for a while again, so that a service that is down is not stormed.
    """
    known, trade = ledger.orders.by_key, ledger.trades.open
    if trade is None:
        return ()
    rest = [
        key for key in ledger.orders.unsettled if known[key].order.close_position and known[key].order.status in OPEN
    ]
    tried = [it for it in ledger.orders.of_decision(trade.trade.decision_id) if it.order.kind == "algo"]
    heard_at_ms = max((it.at_ms for it in (*tried, *(known[key] for key in rest))), default=look.now_ms)
    return rest if look.now_ms - heard_at_ms >= ASK_AGAIN_MS else ()


def _ended_backstops(ledger: Ledger, seen: Iterable[Order]) -> list[Order]:
    """Return the closePosition stops that ended after one was refused because another rests (-4130): it may be they.

    The one that rested may bear another decision than the trade's, which was adopted while the exchange denied it.
    """
    refused = [one for one in seen if one.status == "REJECTED" and meaning_of(one.code) == "already_guarded"]
    if not refused:
        return []
    since_ms = min(one.sent_at_ms or 0 for one in refused)
    stops = (record.order for record in ledger.orders.by_key.values() if record.at_ms >= since_ms)
    return [one for one in stops if one.close_position and one.status in ENDED and one.status != "REJECTED"]


def _is_nobodys(position: Position, ledger: Ledger) -> bool:
    """Whether a position stands that the open trade, if there is one, cannot explain: one that is of the other side."""
    trade = ledger.trades.open
    if position.qty == 0 or trade is None:
        return position.qty != 0
    return (trade.trade.side == "long") != (position.qty > 0)


def _used_for_the_position(ledger: Ledger, seen: Iterable[OrderKey]) -> list[OrderKey]:
    """Return the orders whose ids are used, where no trade explains the position: it is guarded under one of them.

    These are the ones sent since it was first seen so large, and all of each decision of which an order is seen: an
    order that rests lends its decision to the position, whatever the position was when others of it were sent.
    """
    keys = [record.order.key for record in _tried_for_the_position(ledger)]
    decisions = dict.fromkeys(ledger.orders.by_key[key].decision_id for key in seen if key in ledger.orders.by_key)
    for decision_id in decisions:
        keys += ledger.orders.by_decision[decision_id]
    return keys


def _tried_for_the_position(ledger: Ledger) -> list[OrderRecord]:
    """Return what was sent since a position that no trade explains was first seen: its ids are used."""
    since_ms, tried = ledger.position_since_ms or 0, []
    for record in reversed(ledger.orders.by_key.values()):  # the latest to become known first
        sent_at_ms = record.order.sent_at_ms
        if sent_at_ms is not None and sent_at_ms < since_ms:
            break
        if sent_at_ms is not None or since_ms == 0:
            tried.append(record)
    return tried[::-1]


def _decisions_of_interest(ledger: Ledger, now_ms: int) -> dict[str, None]:
    """Return the decisions whose ended orders rules still ask about, in an order that the ledger alone determines."""
    last, flat_since_ms = ledger.trades.last, None if ledger.position_qty else ledger.position_since_ms
    ids = dict.fromkeys(intent.decision_id for intent in ledger.intents.values())
    if ledger.decision_id is not None:
        ids[ledger.decision_id] = None
    if last is not None and flat_since_ms is not None and now_ms - flat_since_ms <= SETTLING_MS:
        ids[last.decision_id] = None  # its exits explain the flat that is settling
    if ledger.trades.open is not None:
        ids[ledger.trades.open.trade.decision_id] = None
    return ids
