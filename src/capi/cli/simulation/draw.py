"""What one run is, drawn from its seed: account, configuration, length, and how bad its days are.

Each concern has dice of its own, so that leaving one kind of fault out changes as little as possible of the rest.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Final

from capi.core.account import MarginMode
from capi.core.config import Config
from capi.core.value import record
from capi.settings import Settings

START_MS: Final = 1_764_273_600_000
"""2025-11-27T20:00:00Z, where the earliest run begins; the others within the two days after it."""
DAY_MS: Final = 86_400_000
CALM_MS: Final = 75_000
"""At the end of each run nothing goes wrong any more and the price stands: everything has to settle."""
LONG_ONE_IN: Final = 50
PASSES_MAX: Final = 2000

D = Decimal
CHANGES: Final[Mapping[str, tuple[Any, ...]]] = {
    "entry.distance_max": (D("0.02"), D("0.001")),
    "entry.market_confidence": (D("0"), D("1")),
    "entry.market_type": ("ioc",),
    "entry.slippage_max": (D("0.01"),),
    "entry.dead_man_seconds": (0, 5, 600),
    "chase.after_seconds": (D("1"), D("4")),
    "chase.attempts_max": (0, 1),
    "chase.threshold": (D("0"), D("0.0003")),
    "protection.trigger_by": ("last",),
    "protection.naked_seconds_max": (D("1"), D("20")),
    "protection.emergency_stop": (D("0.002"), D("0.1")),
    "protection.breakeven_after_tp1": (False,),
    "protection.tighten_on_volatility": (True,),
    "protection.tighten_min": (D("0"), D("0.01")),
    "protection.follow_decision": ("same_side", "never"),
    "protection.on_flat": ("close",),
    "protection.on_opposite": ("close",),
    "targets.tp1_fraction": (D("0.2"), D("1")),
    "risk.margin_mode": ("cross",),
    "risk.risk_per_trade_max": (D("1"),),
    "risk.daily_drawdown_max": (D("0.002"), D("0.02")),
    "risk.trades_per_day_max": (1, 3),
    "risk.foreign_orders": ("alert", "ignore"),
}
"""Keys that shape what a run is like, with values beside the default."""
BUSY: Final[Mapping[str, tuple[Any, ...]]] = {
    "entry.volatility_max": (D("0.05"), D("0.05"), D("0.01")),
    "risk.daily_drawdown_max": (D("1"), D("1"), D("0.02")),
    "risk.weekly_drawdown_max": (D("1"), D("1"), D("0.05")),
    "risk.trades_per_day_max": (0, 0, 0, 3),
    "risk.leverage_max": (5, 5, 20, 50),
}
"""Keys that decide whether anything happens at all on a day as wild as these."""
_ONE_IN: Final = 12
"""How seldom each of them is changed."""


@record
class Draw:
    """One run before it begins. Times in ms, `badness` from 0 (nothing goes wrong) to 1, ratios as fractions."""

    seed: int
    config: Config
    interval_ms: int
    trip_ms: int
    delay_ms: int
    equity: Decimal
    leverage: int
    margin_mode: MarginMode
    start_ms: int
    stormy_ms: int  # until the calm end begins
    drift_ppm: int
    badness: float
    streams: bool
    in_parts: bool  # the market meets limit orders at their very price, with less than they want

    @property
    def calm_at_ms(self) -> int:
        """Return when the calm end begins."""
        return self.start_ms + self.stormy_ms

    @property
    def ends_at_ms(self) -> int:
        """Return when the run is over."""
        return self.calm_at_ms + CALM_MS

    def dice(self, concern: str) -> Random:
        """Return the dice of one concern, always the same for a seed."""
        return Random(f"{self.seed}/{concern}")


def draw(seed: int) -> Draw:
    """Draw a run."""
    dice = Random(f"{seed}/run")
    interval_ms = dice.choice((1000, 1000, 1000, 500, 2000))
    long = dice.randrange(LONG_ONE_IN) == 0
    passes = dice.randrange(600, PASSES_MAX) if long else dice.randrange(100, 500)
    in_parts = dice.random() < 0.4
    config = _config(Random(f"{seed}/config"))
    if in_parts:
        config = _with(config, "chase.after_seconds", dice.choice((D(2), D(3), D(5), D(15))))
        config = _with(config, "entry.market_confidence", dice.choice((D("0.5"), D("0.75"))))
    return Draw(
        seed=seed,
        config=config,
        interval_ms=interval_ms,
        trip_ms=dice.choice((2, 5, 10, 40, 120)),
        delay_ms=dice.choice((1, 5, 20, 80)),
        equity=D(dice.choice((200, 1000, 10_000, 10_000, 100_000))),
        leverage=dice.choice((1, 3, 5, 20)),
        margin_mode=dice.choice(("isolated", "isolated", "cross")),
        start_ms=START_MS + dice.randrange(2 * DAY_MS),
        stormy_ms=passes * interval_ms - CALM_MS // 3,
        drift_ppm=dice.choice((0, 0, 50, -50, 500, -500)),
        badness=dice.choice((0.0, 0.3, 0.6, 1.0, 1.0)),
        streams=dice.random() < 0.5,
        in_parts=in_parts,
    )


@cache
def defaults() -> Config:
    """Return the configuration that capi.toml changes."""
    return Settings().core()


def _config(dice: Random) -> Config:
    config = defaults()
    for key, values in BUSY.items():
        config = _with(config, key, dice.choice(values))
    for key, values in CHANGES.items():
        value = dice.choice(values)
        if dice.randrange(_ONE_IN) == 0:
            config = _with(config, key, value)
    return config


def _with(config: Config, key: str, value: Any) -> Config:
    section, _, name = key.partition(".")
    return replace(config, **{section: replace(getattr(config, section), **{name: value})})
