"""What a fill does: to the account, to the history, and to the orders that lived off the position.

After every change of the position: plain reduce-only orders that no longer fit are expired, the farthest from the
market first, all of them when it is gone or has turned; closePosition orders that no longer close anything are expired.
Reduce-only orders still on their way are judged when they arrive. Conditional reduce-only quantity orders stay, as
orphans, as on the exchange.
"""

from decimal import Decimal
from typing import Final

from capi.adapters.paper.account import money
from capi.adapters.paper.orders import Resting
from capi.adapters.paper.state import State
from capi.core.decision import Side
from capi.ports.exchange import Fill

OPPOSITE: Final[dict[Side, Side]] = {"BUY": "SELL", "SELL": "BUY"}


def fill_order(
    state: State, resting: Resting, qty: Decimal, price: Decimal, *, maker: bool, liquidation: bool = False
) -> None:
    """Fill an open order by `qty` at `price`: in the account, in the history, in the book. Call `sweep` afterwards."""
    order = resting.order
    fee = money(qty * price * (state.config.maker_fee if maker else state.config.taker_fee))
    state.account.fill(order.side, qty, price, fee)
    history = state.history
    history.last_trade_id += 1
    history.fills.append(
        Fill(
            trade_id=history.last_trade_id,
            client_order_id=order.client_order_id,
            side=order.side,
            price=price,
            qty=qty,
            fee_usdt=fee,
            maker=maker,
            at_ms=state.now_ms,
            liquidation=liquidation,
        )
    )
    state.book.record_fill(resting, qty, state.now_ms)


def sweep(state: State) -> None:
    """Expire what the position, as it is now, leaves without purpose (module docstring)."""
    for algo in list(state.book.worlds["algo"].values()):
        if algo.order.close_position and not state.account.reducible(algo.order.side):
            state.book.end(algo, "EXPIRED", state.now_ms)
    for side in OPPOSITE:
        left = state.account.reducible(side)
        arrived = (r for r in state.book.plain(side) if r.order.reduce_only and r.placed_at_quote is not None)
        for resting in sorted(arrived, key=_rank):
            if resting.order.remaining_qty > left:
                state.book.end(resting, "EXPIRED", state.now_ms)
            else:
                left -= resting.order.remaining_qty


def _rank(resting: Resting) -> tuple[bool, Decimal, int]:
    """Rank a side's reduce-only orders: MARKET ones first, then what lies nearest to the market, then the older one."""
    level = resting.level if resting.order.side == "SELL" else -resting.level
    return resting.order.type != "MARKET", level, resting.sequence
