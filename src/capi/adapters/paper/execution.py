"""What happens when an order meets the market, and when the market meets the resting orders (rules: matching.py)."""

from dataclasses import replace
from decimal import Decimal

from capi.adapters.paper.fills import OPPOSITE, fill_order, sweep
from capi.adapters.paper.liquidation import liquidate_if_due
from capi.adapters.paper.matching import Slice, fires, rested_fill, take
from capi.adapters.paper.orders import NewOrder, Resting, child_of
from capi.adapters.paper.state import State, price_of
from capi.core.decision import Side
from capi.core.units import ZERO


def arrive(state: State, resting: Resting) -> None:
    """Let an accepted order meet the market: take what it crosses, rest or expire with what is left."""
    resting.placed_at_quote = state.market.quotes
    if resting.order.kind == "algo":
        if _fires(state, resting):
            trigger(state, resting)
        return
    if not _fits_position(state, resting):
        return
    order, sent = resting.order, resting.sent
    limit = state.band_limit(order.side) if order.price is None else order.price
    slices = _takes(state, resting, limit)
    taken = sum((part.qty for part in slices), ZERO)
    whole = taken == order.remaining_qty
    if (sent.time_in_force == "GTX" and taken) or (sent.time_in_force == "FOK" and not whole):
        state.book.end(resting, "EXPIRED", state.now_ms)
        return
    _expire_own_makers(state, order.side, slices[-1].price if whole else limit)
    for part in slices:
        fill_order(state, resting, part.qty, part.price, maker=False)
    state.market.count_taken(order.side, taken)
    if resting.open and (order.type == "MARKET" or sent.time_in_force in ("IOC", "FOK")):
        state.book.end(resting, "EXPIRED", state.now_ms, -4131 if state.band_shuts_out(order) else None)
    sweep(state)


def _fits_position(state: State, resting: Resting) -> bool:
    """Cut a reduce-only order to the position; expire it, and say no, when there is nothing to reduce."""
    order = resting.order
    if not order.reduce_only:
        return True
    reducible = state.account.reducible(order.side)
    if not reducible:
        state.book.end(resting, "EXPIRED", state.now_ms, -2022)
        return False
    if order.remaining_qty > reducible:
        resting.order = replace(order, quantity=order.filled_qty + reducible)
    return True


def _takes(state: State, resting: Resting, limit: Decimal) -> tuple[Slice, ...]:
    market, order = state.market, resting.order
    wanted = order.remaining_qty
    if state.mishaps is not None and (order.type == "MARKET" or resting.sent.time_in_force == "IOC"):
        wanted = state.mishaps.taker_gets(order, wanted)
    return take(
        order.side,
        wanted,
        touch=market.touch(order.side),
        touch_qty=market.touch_qty(order.side, state.instrument.step_size),
        taken=market.taken(order.side),
        gap=max(market.ask - market.bid, state.instrument.tick_size),
        limit=limit,
    )


def _expire_own_makers(state: State, side: Side, worst: Decimal) -> None:
    """Self-trade prevention EXPIRE_MAKER: our resting orders that the taker would hit expire, the taker goes on.

    Not those that this quote trades through: the market has them already.
    """
    sign = 1 if side == "BUY" else -1
    through = state.market.touch(OPPOSITE[side])
    for maker in list(state.book.plain(OPPOSITE[side])):
        if maker.order.type != "LIMIT" or maker.placed_at_quote is None or (worst - maker.level) * sign < 0:
            continue
        if maker.placed_at_quote == state.market.quotes or (through - maker.level) * sign <= 0:
            state.book.end(maker, "EXPIRED_IN_MATCH", state.now_ms)


def _fires(state: State, resting: Resting) -> bool:
    reference = state.market.mark if resting.sent.trigger_by == "mark" else state.market.last
    return fires(resting.order.type, resting.order.side, resting.level, reference)


def trigger(state: State, algo: Resting) -> None:
    """Fire a conditional order: it ends as TRIGGERED, and its child tells what came of it, under (plain, same id)."""
    state.book.end(algo, "TRIGGERED", state.now_ms)
    order = algo.order
    quantity = state.account.reducible(order.side) if order.close_position else order.quantity
    child = child_of(algo, quantity, sequence=state.book.next_sequence(), at_ms=state.now_ms)
    code = _child_refusal(state, child.sent, quantity)
    if code is not None:
        state.book.remember(replace(child.order, status="REJECTED", code=code))
        return
    if state.mishaps is not None and state.mishaps.fires_in_vain(order):
        state.book.remember(replace(child.order, status="EXPIRED"))
        return
    state.book.add(child)
    arrive(state, child)
    algo.order = replace(algo.order, filled_qty=child.order.filled_qty)
    state.book.remember(algo.order)


def _child_refusal(state: State, child: NewOrder, quantity: Decimal) -> int | None:
    if child.client_order_id in state.book.worlds["plain"]:
        return -4116
    if child.reduce_only:
        return None if state.account.reducible(child.side) else -2022
    return -2019 if state.lacks_margin(child.side, quantity, price_of(state, child)) else None


def match(state: State, previous_mid: Decimal) -> None:
    """Let a new quote meet the resting orders, what lies nearest to the previous mid first, then the liquidation."""

    def distance(level: Decimal) -> Decimal:
        return abs(level - previous_mid)

    queue = [resting for resting in state.book.open_orders() if resting.placed_at_quote is not None]
    for resting in sorted(queue, key=lambda r: (distance(r.level), r.order.kind == "plain", r.sequence)):
        liquidation = state.liquidation_price
        if liquidation is not None and distance(liquidation) < distance(resting.level):
            liquidate_if_due(state)
        if not resting.open:
            continue
        if resting.order.kind == "plain":
            _fill_rested(state, resting)
        elif _fires(state, resting):
            trigger(state, resting)
    liquidate_if_due(state)


def _fill_rested(state: State, resting: Resting) -> None:
    order, market = resting.order, state.market
    if order.price is None or resting.placed_at_quote == market.quotes:
        return
    touch_qty = market.touch_qty(order.side, state.instrument.step_size)
    left = None if touch_qty is None else touch_qty - market.taken(order.side)
    touch = market.touch(order.side)
    quantity = rested_fill(order.side, order.price, order.remaining_qty, touch=touch, touch_left=left)
    if quantity:
        fill_order(state, resting, quantity, order.price, maker=True)
        if order.price == touch:
            market.count_taken(order.side, quantity)
        sweep(state)
