"""When mark reaches the liquidation price, the exchange closes the position itself."""

from decimal import Decimal

from capi.adapters.paper.fills import fill_order, sweep
from capi.adapters.paper.orders import NewOrder
from capi.adapters.paper.state import State
from capi.core.decision import Side
from capi.core.units import ceil_to, floor_to


def liquidate_if_due(state: State) -> None:
    """Close a position that its margin no longer covers: plain orders expire, then one fill by an `autoclose-…` order.

    At the touch, or at the bankruptcy price where the touch is worse (the insurance fund bears the difference): the
    loss never exceeds the margin behind the position. The taker fee is charged, no liquidation fee.
    """
    account = state.account
    price, side = state.liquidation_price, account.exit_side
    if price is None or side is None or (state.market.mark > price if side == "SELL" else state.market.mark < price):
        return
    for resting in list(state.book.worlds["plain"].values()):
        state.book.end(resting, "EXPIRED", state.now_ms)
    sent = NewOrder(
        client_order_id=f"autoclose-{state.now_ms}",
        side=side,
        type="MARKET",
        quantity=abs(account.qty),
        reduce_only=True,
    )
    order = state.book.accept(sent, sent_at_ms=state.now_ms, live_from_ms=state.now_ms)
    fill_order(state, order, order.order.quantity, _liquidation_fill_price(state, side), maker=False, liquidation=True)
    sweep(state)


def _liquidation_fill_price(state: State, side: Side) -> Decimal:
    touch, tick = state.market.touch(side), state.instrument.tick_size
    bankruptcy = state.account.bankruptcy_price(state.config.taker_fee)
    return max(touch, ceil_to(bankruptcy, tick)) if side == "SELL" else min(touch, floor_to(bankruptcy, tick))
