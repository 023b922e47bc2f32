"""The part of the configuration that `plan` reads, as plain values. Defaults live in `capi.settings` alone.

Ratios are fractions (0.0015), seconds may have a fraction. Names are those of capi.toml.
"""

from decimal import Decimal
from typing import Literal

from capi.core.account import MarginMode
from capi.core.value import value

TriggerBy = Literal["mark", "last"]
MarketType = Literal["market", "ioc"]
OnSignal = Literal["hold", "close"]
FollowDecision = Literal["own", "same_side", "never"]
ForeignOrders = Literal["cancel", "alert", "ignore"]


@value
class EntryConfig:
    """[entry]"""

    distance_max: Decimal
    spread_max: Decimal
    volatility_max: Decimal
    market_confidence: Decimal
    market_type: MarketType
    slippage_max: Decimal
    restricted_sessions: tuple[str, ...]
    risk_checks: tuple[str, ...]
    dead_man_seconds: int


@value
class ChaseConfig:
    """[chase]"""

    threshold: Decimal
    after_seconds: Decimal
    attempts_max: int


@value
class ProtectionConfig:
    """[protection]"""

    trigger_by: TriggerBy
    naked_seconds_max: Decimal
    emergency_stop: Decimal
    breakeven_after_tp1: bool
    tighten_on_volatility: bool
    tighten_min: Decimal
    follow_decision: FollowDecision
    liquidation_buffer: Decimal
    on_flat: OnSignal
    on_opposite: OnSignal


@value
class TargetsConfig:
    """[targets]"""

    tp1_fraction: Decimal
    tp1_r: Decimal
    tp2_r: Decimal


@value
class RiskConfig:
    """[risk]"""

    margin_mode: MarginMode
    leverage_max: int
    risk_per_trade_max: Decimal
    daily_drawdown_max: Decimal
    weekly_drawdown_max: Decimal
    trades_per_day_max: int  # 0: no limit
    equity_min_usdt: Decimal
    notional_max_usdt: Decimal  # 0: no limit
    foreign_orders: ForeignOrders


@value
class Config:
    """All that `plan` reads of capi.toml."""

    symbol: str
    id_prefix: str
    recv_window_ms: int
    decision_age_seconds_max: Decimal
    entry: EntryConfig
    chase: ChaseConfig
    protection: ProtectionConfig
    targets: TargetsConfig
    risk: RiskConfig
