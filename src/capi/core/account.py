"""What the exchange and the ledger said at one instant. Nothing is estimated, and no gap is filled in: None is unknown.

Prices are USDT per base, quantities base, money USDT, ratios fractions, times the exchange's milliseconds since the
Unix epoch (UTC). A position quantity is signed: long > 0, short < 0, flat == 0.
"""

from decimal import Decimal
from typing import Literal

from capi.core.decision import Direction, Side
from capi.core.value import value

PositionMode = Literal["one_way", "hedge"]
MarginMode = Literal["isolated", "cross"]


@value
class Instrument:
    """The symbol's filters and fees. Ticks and steps carry no trailing zeros (`units.plain`)."""

    symbol: str
    tick_size: Decimal
    step_size: Decimal
    min_qty: Decimal
    max_qty: Decimal | None  # of a LIMIT order; None: no bound
    market_max_qty: Decimal | None  # of a MARKET order
    min_notional: Decimal  # reduce-only orders are exempt on the exchange
    price_band_up: Decimal  # PERCENT_PRICE against mark, as a fraction above
    price_band_down: Decimal  # as a fraction below
    maker_fee: Decimal
    taker_fee: Decimal
    maintenance_margin: Decimal


@value
class Position:
    """The exchange's position: the truth, never rebuilt from fills."""

    qty: Decimal
    entry_price: Decimal | None = None
    liquidation_price: Decimal | None = None  # None: none
    since_ms: int | None = None  # when this quantity was first seen; None: long ago, settled


@value
class Market:
    """Best bid and ask, and what triggers compare with."""

    bid: Decimal | None
    ask: Decimal | None
    bid_qty: Decimal | None
    ask_qty: Decimal | None
    mark: Decimal | None
    last: Decimal | None
    volatility: Decimal | None  # ATR(14) of closed one-minute candles over the price


@value
class Trade:
    """The open trade as the ledger recorded it. Prices are final and rounded; only `sl` ever changes."""

    decision_id: str
    side: Direction
    qty: Decimal  # unsigned, as last recorded
    entered: Decimal  # the largest quantity of the trade
    entry_price: Decimal | None
    sl: Decimal  # the wanted level as last recorded; only ever tightened
    tp1: Decimal | None
    tp2: Decimal | None
    tp1_filled: bool
    opened_at_ms: int
    volatility: Decimal | None = None  # at entry


@value
class Intent:
    """An entry's intent, written before it was sent; kept until the order has ended and the position settled."""

    client_order_id: str
    decision_id: str
    side: Side
    quantity: Decimal  # of the whole decision's entry, fixed once: not of this one order
    sl: Decimal
    tp1: Decimal | None
    tp2: Decimal | None


@value
class LastTrade:
    """The last closed trade."""

    decision_id: str
    side: Direction
    closed_at_ms: int


@value
class Account:
    """One look: everything that `plan` may know beside the orders and the decision."""

    now_ms: int  # the exchange's time: the only clock the planner has
    equity: Decimal | None
    wallet: Decimal | None
    available: Decimal | None
    position_mode: PositionMode | None
    multi_assets: bool | None
    margin_mode: MarginMode | None
    leverage: int | None
    position: Position
    market: Market
    instrument: Instrument
    day_start_equity: Decimal | None
    day_trades: int | None  # opened this UTC day, the open one included
    week_start_equity: Decimal | None
    trade: Trade | None = None
    intents: tuple[Intent, ...] = ()
    last_trade: LastTrade | None = None
    naked_since_ms: int | None = None
    dead_man_until_ms: int | None = None
    safe_mode: str | None = None  # why
    paused: bool = False  # by the operator
    flatten: str | None = None  # why the operator wants it flat, until flat is confirmed
    acts_since_ms: int | None = None  # since when requests go out (start of the run, end of a silence); None: long ago
    ends: bool = False  # the run has been told to end
    complete: bool = True
    position_readable: bool = True  # False: `position` says nothing; the view is incomplete then
