"""The stop orders that protection places, and the one that asks whether there is anything to protect."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from capi.core.actions import PlaceOrder
from capi.core.decision import DIRECTION_OF_ENTRY, Direction
from capi.core.errors import meaning_of
from capi.core.holding import stop_on_tick, trade_orders
from capi.core.ids import order_id
from capi.core.orders_view import latest, was_not_open
from capi.core.stops import ASK_AGAIN_MS
from capi.core.view import View

RULE: Final = "protect_position"
QUESTION_MS: Final = 5000
"""Whether an entry has filled is asked at most this often, until the answer is that a stop rests."""


def stop_order(
    view: View,
    decision_id: str,
    direction: Direction,
    generation: int,
    level: Decimal,
    quantity: Decimal | None,
    reason: str,
) -> PlaceOrder:
    """Return a stop order: a backstop without a quantity, else reduce-only for that much."""
    return PlaceOrder(
        client_order_id=order_id(view.config.id_prefix, "sl", decision_id, generation),
        role="sl",
        kind="algo",
        side=view.exit_side(direction),
        type="STOP_MARKET",
        quantity=quantity,
        trigger_price=level,
        trigger_by=view.config.protection.trigger_by,
        reduce_only=quantity is not None,
        close_position=quantity is None,
        decision_id=decision_id,
        rule=RULE,
        reason=reason,
    )


def question(view: View) -> Iterator[PlaceOrder]:
    """Ask by a backstop whether an entry has filled that was not open any more when it was to be cancelled.

    A complete look tells; where there is none, what is sent is taken if a position stands, and refused if not (-4509).
    """
    trade = view.account.trade
    if view.account.complete:
        return
    gone = {own.order.client_order_id: own.order.code for own in view.entries if was_not_open(own)}
    for intent in view.account.intents:
        if intent.client_order_id not in gone or (trade is not None and trade.decision_id != intent.decision_id):
            continue
        direction = DIRECTION_OF_ENTRY[intent.side]
        level = stop_on_tick(view, direction, intent.sl if trade is None else trade.sl)
        if view.has_passed(direction, level) or not _may_ask(view, intent.decision_id):
            continue
        code = gone[intent.client_order_id]
        reason = f"{intent.client_order_id} was not open any more (code {code}), and no look tells what it filled"
        generation = view.next_generation("sl", intent.decision_id)
        yield stop_order(view, intent.decision_id, direction, generation, level, None, reason)
        return


def _may_ask(view: View, decision_id: str) -> bool:
    tried = trade_orders(view.stops, decision_id)
    at_ms = latest(own.order for own in tried)
    if at_ms is None:
        return True
    rests = tried[-1].is_open or meaning_of(tried[-1].order.code) == "already_guarded"
    return view.past(at_ms + (ASK_AGAIN_MS if rests else QUESTION_MS))
