"""Leave the position now: free the reduce-only budget, then sell what stands, again once a second until flat.

Targets and entries are cancelled in the same list (resting reduce-only orders eat what can be reduced, exchange facts,
section 8.4). Every exit is reduce-only, so none can open or flip. No stop is cancelled for an exit.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from capi.core.actions import Action, Alert, CancelOrder, PlaceOrder
from capi.core.errors import meaning_of
from capi.core.exit_reasons import ExitDue
from capi.core.holding import Holding, trade_orders
from capi.core.ids import order_id
from capi.core.parts import parts_of
from capi.core.situation import Situation
from capi.core.units import ONE, ceil_to, floor_to, text
from capi.core.view import Own, View

RETRY_MS: Final = 1000
"""A further exit order at most this often (design, "Exit"), from sending to sending: counted from an order's arrival a
pass each second would come a moment too early for the next one, and leave every two."""


WOULD_FLIP: Final = -4118
"""Refuses a reduce-only market order that would turn the position together with what else rests on its side: orders of
somebody else, where they are not ours to cancel. A limit order may still go."""


def exit_position(situation: Situation) -> Iterable[Action]:
    """Want the position closed when an exit is due."""
    holding, due = situation.holding, situation.exit
    return () if holding is None or due is None else _leave(situation, holding, due)


def _leave(situation: Situation, holding: Holding, due: ExitDue) -> Iterator[Action]:
    view = situation.view
    yield from _free_budget(view, due)
    naked = situation.naked
    if naked is not None:
        yield Alert(level="CRITICAL", code="naked_position", rule=naked.rule, reason=naked.reason)
    last = max(trade_orders(view.exits, holding.decision_id), key=lambda own: own.id.generation, default=None)
    sent = None if last is None else last.order.sent_at_ms or last.order.born_at_ms
    if sent is not None and not view.past(sent + RETRY_MS):
        return
    yield from _exit_orders(view, holding, due, last)


def _free_budget(view: View, due: ExitDue) -> Iterator[CancelOrder]:
    for own in (*view.targets, *view.entries):
        if own.is_open:
            yield CancelOrder(
                client_order_id=own.order.client_order_id,
                kind=own.order.kind,
                rule=due.rule,
                reason=f"the position is being left: {due.reason}",
            )


def _exit_orders(view: View, holding: Holding, due: ExitDue, last: Own | None) -> Iterator[Action]:
    instrument = view.instrument
    price = _band_price(view, holding) if last is not None and _market_fell_short(last) else None
    generation = view.next_generation("exit", holding.decision_id)
    largest = instrument.market_max_qty if price is None else instrument.max_qty
    quantities = list(parts_of(holding.size, largest, instrument))
    if not quantities:
        reason = f"no exit order can carry {text(holding.size)}: only the backstop can close it"
        yield Alert(level="WARNING", code="dust_position", rule=due.rule, reason=reason)
    for quantity in quantities:
        yield _exit_order(view, holding, due, generation, quantity, price)
        generation += 1


def _exit_order(
    view: View, holding: Holding, due: ExitDue, generation: int, quantity: Decimal, price: Decimal | None
) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=order_id(view.config.id_prefix, "exit", holding.decision_id, generation),
        role="exit",
        kind="plain",
        side=view.exit_side(holding.direction),
        type="MARKET" if price is None else "LIMIT",
        quantity=quantity,
        price=price,
        time_in_force=None if price is None else "IOC",
        reduce_only=True,
        decision_id=holding.decision_id,
        rule=due.rule,
        reason=due.reason,
    )


def _market_fell_short(last: Own) -> bool:
    """Whether the last exit left a part or was refused: by the price band (-4131), for what rests beside it (-4118)."""
    order = last.order
    if order.status == "REJECTED":
        return order.code == WOULD_FLIP or meaning_of(order.code) == "price_band"
    return order.type == "MARKET" and order.status in ("EXPIRED", "EXPIRED_IN_MATCH", "CANCELED")


def _band_price(view: View, holding: Holding) -> Decimal | None:
    """The most willing price inside PERCENT_PRICE: a sell rounded up, a buy down; None without a mark price."""
    mark, instrument = view.market.mark, view.instrument
    if mark is None:
        return None
    if holding.direction == "long":
        return max(ceil_to(mark * (ONE - instrument.price_band_down), instrument.tick_size), instrument.tick_size)
    return floor_to(mark * (ONE + instrument.price_band_up), instrument.tick_size)
