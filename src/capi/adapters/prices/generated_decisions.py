"""Decisions for the generated market, in the form of decision.json: a plain trend follower that is sometimes wrong.

It looks back only. Styles of zones are mixed so that every way into a trade is met: a pullback that rests and fills, a
near one that has to be chased or taken by market, and a far one that mostly never fills. Flat, contrary and unsure ones
are mixed in.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any, Final

from capi.adapters.prices.generated_market import START_MS, STEP_MS, SYMBOL, TICK
from capi.core.decision import Direction
from capi.core.units import ZERO, plain

CYCLE_SECONDS: Final = 300
_LOOK_BACK_SECONDS: Final = 900
_BPS: Final = 10_000
_MOVE_BPS_MIN: Final = 6  # a smaller move in a quarter of an hour is no trend
_MIDDLES_BPS: Final = (1, 1, 2, 4, 6, 45)  # how far the zone's middle lies beyond the price: near, pullback, far
_RISK_CHECKS: Final = ("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok", "no_major_news")


def decide(rng: Random, prices: Sequence[int]) -> list[dict[str, Any]]:
    """Return a decision for every five minutes of `prices` (best bid in ticks, one a second)."""
    return [_decision(rng, prices, second) for second in range(0, len(prices), CYCLE_SECONDS)]


def _decision(rng: Random, prices: Sequence[int], second: int) -> dict[str, Any]:
    at = datetime.fromtimestamp((START_MS + second * STEP_MS) // 1_000, UTC)
    cycle: dict[str, Any] = {"symbol": SYMBOL, "timestamp_iso": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    now, before = prices[second], prices[max(0, second - _LOOK_BACK_SECONDS)]
    move_bps = (now - before) * _BPS // now
    unsure, contrary = rng.randrange(8) == 0, rng.randrange(6) == 0
    if abs(move_bps) < _MOVE_BPS_MIN or unsure:
        return cycle | _flat("risk_manager" if unsure else "no_trend")
    rising = (move_bps > 0) != contrary
    return cycle | _proposal(rng, now, "long" if rising else "short", "reversal" if contrary else "trend")


def _flat(reason: str) -> dict[str, Any]:
    return {
        "action": "flat",
        "reason": reason,
        "entry_zone": None,
        "sl": None,
        "tp1": None,
        "tp2": None,
        "risk_level": ZERO,
        "position_size_usdt": ZERO,
        "leverage": ZERO,
        "confidence": ZERO,
    }


def _proposal(rng: Random, now: int, direction: Direction, reason: str) -> dict[str, Any]:
    """Return a long or short around `now`. Its distances are measured away from the market: down for a long."""
    away = -1 if direction == "long" else 1

    def bps(count: int) -> int:
        return count * now // _BPS

    middle = now + away * bps(rng.choice(_MIDDLES_BPS))
    half = bps(rng.randrange(5, 11))
    stop = middle + away * (half + bps(rng.randrange(10, 26)))
    risk = abs(middle - stop)
    targets_given = rng.randrange(5) > 0  # else the engine makes them of the same distance
    return {
        "action": direction,
        "reason": reason,
        "entry_zone": [_usdt(middle - half), _usdt(middle + half)],
        "sl": _usdt(stop),
        "tp1": _usdt(middle - away * risk * 3 // 2) if targets_given else None,
        "tp2": _usdt(middle - away * risk * 3) if targets_given else None,
        "risk_level": Decimal(rng.randrange(1, 5)),
        "position_size_usdt": Decimal(rng.randrange(4, 25) * 500),
        "leverage": Decimal(rng.randrange(2, 6)),
        "confidence": Decimal(rng.randrange(40, 96)).scaleb(-2),
        "risk_checks": dict.fromkeys(_RISK_CHECKS, True),
    }


def _usdt(ticks: int) -> Decimal:
    return plain(ticks * TICK)
