"""Whether the exchange takes an order, given position, open orders, margin and market; reduce-only ones may be cut.

Where the facts (binance-usdm, sections 3.4, 5 and 8) leave a choice, it is made so:
- A plain reduce-only order with no position, on the wrong side, or with every reducible quantity taken by other open
  reduce-only orders is refused with -2022. A LIMIT one is cut to what is left, silently.
- A MARKET reduce-only order is cut to the position; if it and the open plain orders of its side together would flip the
  position, it is refused with -4118. Cancel the resting exits first.
- Conditional orders neither take nor need reducible quantity or margin: both are judged when they trigger.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from capi.adapters.paper.filters import check_filters
from capi.adapters.paper.matching import fires, take
from capi.adapters.paper.orders import NewOrder
from capi.adapters.paper.state import State, price_of
from capi.core.errors import Rejected
from capi.core.units import ZERO

PLAIN_ORDERS_MAX: Final = 200
ALGO_ORDERS_MAX: Final = 200


def admit(state: State, new: NewOrder) -> NewOrder | Rejected:
    """Return the order as it is taken (a reduce-only quantity may be cut), or the refusal."""
    refusal = check_filters(new, state.instrument, state.market.mark) or _identity(state, new)
    if refusal is not None:
        return refusal
    if new.kind == "algo":
        return _algo(state, new) or new
    fitted = _fit(state, new) if new.reduce_only else new
    return fitted if isinstance(fitted, Rejected) else _meets_market(state, fitted) or _margin(state, fitted) or fitted


def _identity(state: State, new: NewOrder) -> Rejected | None:
    world = state.book.worlds[new.kind]
    if new.client_order_id in world:
        return Rejected(-4116, f"An open {new.kind} order has the client id {new.client_order_id} already.")
    if new.kind == "algo" and len(world) >= ALGO_ORDERS_MAX:
        return Rejected(-4045, f"{len(world)} conditional orders are open, the most allowed: cancel some.")
    if new.kind == "plain" and len(world) >= PLAIN_ORDERS_MAX:
        return Rejected(-2025, f"{len(world)} orders are open, the most allowed: cancel some.")
    return None


def _algo(state: State, new: NewOrder) -> Rejected | None:
    if new.close_position:
        if not state.account.reducible(new.side):
            return Rejected(-4509, f"TIF GTE can only be used with open positions: there is none to {new.side}.")
        if resting := state.book.closing_stop(new.type, new.side):
            return Rejected(
                -4130,
                "An open stop or take profit order with GTE and closePosition in the direction is existing: "
                f"{resting.order.client_order_id} at {resting.order.trigger_price}.",
            )
    elif new.reduce_only and not state.config.flat_reduce_only_stop and not state.account.reducible(new.side):
        return Rejected(-2022, f"ReduceOnly Order is rejected: no position to {new.side}.")
    reference = state.market.mark if new.trigger_by == "mark" else state.market.last
    if new.trigger_price is not None and fires(new.type, new.side, new.trigger_price, reference):
        return Rejected(-2021, f"Order would immediately trigger: {new.trigger_by or 'last'} price is {reference}.")
    return None


def _fit(state: State, new: NewOrder) -> NewOrder | Rejected:
    """Return a plain reduce-only order with the quantity that it is taken with."""
    reducible = state.account.reducible(new.side)
    open_orders = [resting.order for resting in state.book.plain(new.side)]
    promised = sum((order.remaining_qty for order in open_orders if order.reduce_only), ZERO)
    left = reducible - promised
    if left <= 0:
        return Rejected(
            -2022,
            f"ReduceOnly Order is rejected: {reducible} to {new.side}, {promised} of it taken by open orders.",
        )
    wanted = _quantity(new)
    if new.type == "LIMIT":
        return new if wanted <= left else replace(new, quantity=left)
    fitted = min(wanted, reducible)
    beside = sum((order.remaining_qty for order in open_orders), ZERO)
    if beside and fitted + beside > reducible:
        return Rejected(
            -4118, f"ReduceOnly Order failed: {fitted} and {beside} open would flip a position of {reducible}."
        )
    return new if fitted == wanted else replace(new, quantity=fitted)


def _meets_market(state: State, new: NewOrder) -> Rejected | None:
    market, side = state.market, new.side
    if state.band_shuts_out(new):
        return Rejected(
            -4131, f"Best price {market.touch(side)} is outside the mark price's bound {state.band_limit(side)}."
        )
    if new.time_in_force == "GTX" and would_take(state, new):
        return Rejected(-5022, f"Post only order at {new.price} would take {market.touch(side)}.")
    if new.time_in_force == "FOK" and takeable(state, new) < _quantity(new):
        return Rejected(-5021, f"Fill or kill order of {new.quantity} at {new.price} cannot be filled at once.")
    return None


def would_take(state: State, new: NewOrder) -> bool:
    """Return whether an order would meet the touch, or a resting order of our own."""
    sign = 1 if new.side == "BUY" else -1
    own = [r.level for r in state.book.plain("SELL" if new.side == "BUY" else "BUY") if r.order.type == "LIMIT"]
    return any((price_of(state, new) - price) * sign >= 0 for price in (state.market.touch(new.side), *own))


def takeable(state: State, new: NewOrder) -> Decimal:
    """Return how much of a LIMIT order would fill at once."""
    market, instrument = state.market, state.instrument
    slices = take(
        new.side,
        _quantity(new),
        touch=market.touch(new.side),
        touch_qty=market.touch_qty(new.side, instrument.step_size),
        taken=market.taken(new.side),
        gap=max(market.ask - market.bid, instrument.tick_size),
        limit=price_of(state, new),
    )
    return sum((part.qty for part in slices), ZERO)


def _margin(state: State, new: NewOrder) -> Rejected | None:
    if new.reduce_only or not state.lacks_margin(new.side, _quantity(new), price_of(state, new)):
        return None
    return Rejected(
        -2019, f"Margin is insufficient: {state.available} USDT available at leverage {state.account.leverage}."
    )


def _quantity(new: NewOrder) -> Decimal:
    return ZERO if new.quantity is None else new.quantity
