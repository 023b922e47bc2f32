"""Configurations over the whole range that capi.toml allows: the defaults with a few keys changed."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from capi.core.config import Config
from tests.properties.dice import Dice
from tests.worlds import CONFIG

D = Decimal
ALL, NOTHING = D(1), D(0)
VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "id_prefix": ("A.b:/-9z",),
    "recv_window_ms": (1, 60_000),
    "decision_age_seconds_max": (D("0.001"), D(86_400)),
    "entry.distance_max": (D("0.05"), NOTHING, ALL),
    "entry.spread_max": (D("0.01"), NOTHING, ALL),
    "entry.volatility_max": (NOTHING, ALL),
    "entry.market_confidence": (NOTHING, ALL),
    "entry.market_type": ("ioc", "ioc"),
    "entry.slippage_max": (NOTHING, ALL),
    "entry.restricted_sessions": (("ASIA", "US"),),
    "entry.risk_checks": ((),),
    "entry.dead_man_seconds": (0, 2, 3600),
    "chase.threshold": (NOTHING, ALL),
    "chase.after_seconds": (NOTHING, D("0.5"), D(86_400)),
    "chase.attempts_max": (0, 1, 20),
    "protection.trigger_by": ("last", "last"),
    "protection.naked_seconds_max": (D("0.001"), D(60)),
    "protection.emergency_stop": (D("0.0001"), D("0.5"), ALL),
    "protection.breakeven_after_tp1": (False,),
    "protection.tighten_on_volatility": (True, True),
    "protection.tighten_min": (NOTHING, ALL),
    "protection.follow_decision": ("same_side", "never"),
    "protection.liquidation_buffer": (NOTHING, ALL),
    "protection.on_flat": ("close", "close"),
    "protection.on_opposite": ("close", "close"),
    "targets.tp1_fraction": (D("0.0001"), D("0.3333"), ALL),
    "targets.tp1_r": (D("0.01"), D("2.9")),
    "targets.tp2_r": (D(100),),
    "risk.margin_mode": ("cross", "cross"),
    "risk.leverage_max": (1, 125),
    "risk.risk_per_trade_max": (NOTHING, D("0.0001"), ALL),
    "risk.daily_drawdown_max": (NOTHING, D("0.001"), ALL),
    "risk.weekly_drawdown_max": (NOTHING, ALL),
    "risk.trades_per_day_max": (0, 1, 1000),
    "risk.equity_min_usdt": (NOTHING, D(20_000)),
    "risk.notional_max_usdt": (D(900), D(10**12)),
    "risk.foreign_orders": ("alert", "ignore"),
}
"""Keys as in capi.toml, with values beside the default, the ends of what is allowed among them."""
CHANGES: Final = tuple((key, value) for key, values in VALUES.items() for value in values)


def draw_config(dice: Dice) -> Config:
    """Draw a configuration."""
    config = CONFIG
    for _ in range(dice.below(4)):
        key, value = dice.pick(CHANGES)
        config = with_key(config, key, value)
    return config


def with_key(config: Config, key: str, value: Any) -> Config:
    """Return the configuration with one key (`section.name`, or a name at the top) set."""
    section, _, name = key.rpartition(".")
    changed = {name: value} if not section else {section: replace(getattr(config, section), **{name: value})}
    return replace(config, **changed)
