"""Keep the ledger's trade in step with the position: open, adopt, update, close.

The exchange's position is the truth. A position that an own intent explains opens a trade at the intent's levels; one
that only our protective orders explain, or nothing, is adopted. A trade closes when flat is confirmed, or when the
position has turned to the other side.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.core.account import Trade
from capi.core.actions import Action, AdoptPosition, Alert, CloseTrade, ExitReason, OpenTrade, UpdateTrade
from capi.core.decision import DIRECTION_OF_ENTRY
from capi.core.holding import Holding, trade_orders
from capi.core.situation import Situation
from capi.core.units import text
from capi.core.view import View

OPEN: Final = "open_trade"
UPDATE: Final = "update_trade"
CLOSE: Final = "close_trade"
ADOPT: Final = "adopt_position"


def record_trade(situation: Situation) -> Iterator[Action]:
    """Want the ledger to say what the exchange says."""
    view, holding = situation.view, situation.holding
    recorded, wanted = view.account.trade, None if holding is None else holding.wanted
    if recorded is not None and (view.trade is None or view.flat_confirmed):
        if not view.account.complete:
            return  # such a view never ends a trade
        yield _close(view, recorded)
    if view.direction is None:
        yield from _unrecorded_trade(view)
    elif holding is not None and wanted is not None:
        if view.trade is not None:
            yield from _update(view, holding, view.trade, wanted.level)
        elif holding.explained == "intent":
            yield from _open(view, holding, wanted.level)
        elif view.account.complete:  # an incomplete view may hide the orders that explain it
            yield from _adopt(view, holding, wanted.level)


def _open(view: View, holding: Holding, sl: Decimal) -> Iterator[Action]:
    filled = view.entry_filled_qty(holding.decision_id)
    if 0 < filled < holding.size:
        reason = f"{text(holding.size)} stands and the entry has filled {text(filled)}: the rest is not ours"
        yield Alert(level="WARNING", code="position_exceeds_entry", rule=OPEN, reason=reason)
    yield OpenTrade(
        decision_id=holding.decision_id,
        side=holding.direction,
        qty=holding.size,
        entry_price=view.account.position.entry_price,
        sl=sl,
        tp1=holding.tp1,
        tp2=holding.tp2,
        volatility=view.market.volatility,
        rule=OPEN,
        reason=f"{holding.direction} {text(holding.size)} is explained by the entry of decision {holding.decision_id}",
    )


def _adopt(view: View, holding: Holding, sl: Decimal) -> Iterator[Action]:
    what = f"{holding.direction} {text(holding.size)}"
    if holding.explained == "orders":
        reason = f"{what} is not in the ledger; rebuilt from its protective orders, stop {text(sl)}"
    else:
        reason = f"{what} is explained by nothing; emergency stop {text(sl)}"
    yield AdoptPosition(
        decision_id=holding.decision_id,
        side=holding.direction,
        qty=holding.size,
        entry_price=view.account.position.entry_price,
        sl=sl,
        tp1=holding.tp1,
        tp2=holding.tp2,
        rule=ADOPT,
        reason=reason,
    )
    yield Alert(level="CRITICAL", code="orphan_position", rule=ADOPT, reason=reason)


def _update(view: View, holding: Holding, trade: Trade, level: Decimal) -> Iterator[UpdateTrade]:
    tp1_filled = holding.tp1_hit
    entry_price = view.account.position.entry_price
    entry_price = trade.entry_price if entry_price is None or entry_price == 0 else entry_price
    recorded = (trade.qty, trade.entered, trade.sl, trade.entry_price)
    seen = (holding.size, holding.entered, level, entry_price)
    newly_hit = tp1_filled and not trade.tp1_filled
    if recorded == seen and not newly_hit:
        return
    names = ("quantity", "entered", "stop", "entry price")
    changes = [
        f"{name} {_shown(old)} to {_shown(new)}"
        for name, old, new in zip(names, recorded, seen, strict=True)
        if old != new
    ]
    if newly_hit:
        changes.append("TP1 has filled")
    yield UpdateTrade(
        decision_id=trade.decision_id,
        qty=holding.size,
        entered=holding.entered,
        entry_price=entry_price,
        sl=level,
        tp1_filled=tp1_filled,
        rule=UPDATE,
        reason="; ".join(changes),
    )


def _shown(value: Decimal | None) -> str:
    return "unknown" if value is None else text(value)


def _close(view: View, trade: Trade) -> CloseTrade:
    why = exit_reason(view, trade.decision_id)
    turned = view.direction is not None
    seen = f"the position has turned to {view.direction}" if turned else "flat is confirmed"
    return CloseTrade(
        decision_id=trade.decision_id,
        side=trade.side,
        exit_reason=why,
        rule=CLOSE,
        reason=f"{seen}; last exit: {why}",
    )


def exit_reason(view: View, decision_id: str) -> ExitReason:
    """Return what closed a trade: the last of its exit orders that filled, a liquidation, or somebody's own order."""
    if any(order.client_order_id.startswith(("autoclose-", "adl_autoclose")) for order in view.foreign):
        return "liquidation"
    orders = (*view.stops, *view.stop_children, *view.targets, *view.exits)
    filled = [own for own in trade_orders(list(orders), decision_id) if own.order.filled_qty > 0]
    if not filled:
        fired = any(own.order.status == "TRIGGERED" for own in trade_orders(view.stops, decision_id))
        return "sl" if fired else "manual"
    newest = max(filled, key=lambda own: (own.order.updated_at_ms or 0, own.order.client_order_id))
    role = newest.id.role
    if role == "entry" or role == "exit":  # mypy narrows on `==` alone
        return "exit" if view.account.flatten is None else "flatten"
    return role


def _unrecorded_trade(view: View) -> Iterator[Action]:
    """A trade that opened and ended between two looks is recorded whole."""
    if view.account.trade is not None or not view.account.intents or view.last_entry_fill_ms is None:
        return
    intent = view.intent if view.flat_confirmed else None
    if intent is None or intent not in view.account.intents:
        return
    last, filled = view.account.last_trade, view.entry_filled_qty(intent.decision_id)
    if filled == 0 or (last is not None and last.decision_id == intent.decision_id):
        return
    if any(own.may_rest for own in view.entries if own.id.decision_id == intent.decision_id):
        return
    direction = DIRECTION_OF_ENTRY[intent.side]
    yield OpenTrade(
        decision_id=intent.decision_id,
        side=direction,
        qty=filled,
        entry_price=None,
        sl=intent.sl,
        tp1=intent.tp1,
        tp2=intent.tp2,
        volatility=view.market.volatility,
        rule=OPEN,
        reason=f"{direction} {text(filled)} was filled and has ended before it was seen",
    )
    why = exit_reason(view, intent.decision_id)
    yield CloseTrade(
        decision_id=intent.decision_id,
        side=direction,
        exit_reason=why,
        rule=CLOSE,
        reason=f"flat is confirmed; last exit: {why}",
    )
