"""The reference job: seeded one-second quotes of BTCUSDT and a decision every five minutes, as for the competition.

The recipe (figures in docs/performance.md were measured on its files) is fixed: the same seed gives the same numbers
wherever numpy's PCG64 runs. With `per_second` the same path is sampled that many times a second, so that the cost of a
quote and the cost of a decision can be told apart.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

START_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
CONFIGURATION: Final = """\
# The engine's own limits opened, so that every decision counts.
symbol = "BTCUSDT"
[chase]
threshold = "0bps"
after_seconds = 5
attempts_max = 2
[protection]
on_flat = "close"
on_opposite = "close"
[entry]
distance_max = "5%"
volatility_max = "100%"
[risk]
trades_per_day_max = 100000
daily_drawdown_max = "99%"
weekly_drawdown_max = "99%"
risk_per_trade_max = "50%"
"""
_TICK: Final = 0.1
_DAY_SECONDS: Final = 86_400
_EVERY_SECONDS: Final = 300

Columns = dict[str, NDArray[Any]]


def write(folder: Path, *, days: int, per_second: int = 1, seed: int = 7) -> int:
    """Write quotes.parquet, decisions.jsonl and capi.toml into a new folder; return the number of quotes."""
    folder.mkdir(parents=True)
    quotes = _quotes(days * _DAY_SECONDS, per_second, seed)
    with duckdb.connect() as connection:
        connection.register("quotes", quotes)
        connection.execute(f"COPY quotes TO '{folder / 'quotes.parquet'}' (FORMAT parquet)")
    lines = (json.dumps(decision) for decision in _decisions(quotes, per_second, seed))
    (folder / "decisions.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (folder / "capi.toml").write_text(CONFIGURATION)
    return len(quotes["bid"])


def _path(seconds: int, seed: int) -> NDArray[np.float64]:
    """Return mid prices, one a second: volatility clusters, about 8 jumps a day, a weak pull to 60,000."""
    rng = np.random.Generator(np.random.PCG64(seed))
    blocks = seconds // 60 + 2
    shocks, log_volatility, level = rng.standard_normal(blocks), np.empty(blocks), 0.0
    for index in range(blocks):
        level = 0.995 * level + 0.06 * shocks[index]
        log_volatility[index] = level
    returns = 1.6e-4 * np.exp(np.repeat(log_volatility, 60)[:seconds]) * rng.standard_normal(seconds)
    jumps = max(1, seconds * 8 // _DAY_SECONDS)
    at = rng.integers(600, max(601, seconds), jumps)
    returns[np.minimum(at, seconds - 1)] += 0.0035 * rng.standard_normal(jumps)
    path = np.cumsum(returns)
    path -= path[-1] * (np.arange(seconds) / max(1, seconds - 1)) * 0.8
    prices: NDArray[np.float64] = 60_000.0 * np.exp(path)
    return prices


def _quotes(seconds: int, per_second: int, seed: int) -> Columns:
    mid = np.repeat(_path(seconds, seed), per_second)
    rng = np.random.Generator(np.random.PCG64(seed + 2))
    spread = np.repeat(rng.integers(1, 6, seconds), per_second)
    bid = np.floor(mid / _TICK - spread / 2).astype(np.int64)
    count = len(mid)
    return {
        "timestamp_ms": START_MS + (np.arange(count, dtype=np.int64) * 1000) // per_second,
        "bid": bid / 10.0,
        "ask": (bid + spread) / 10.0,
        "bid_qty": np.round(0.2 + rng.exponential(3.0, count), 3),
        "ask_qty": np.round(0.2 + rng.exponential(3.0, count), 3),
    }


def _decisions(quotes: Columns, per_second: int, seed: int) -> Iterator[dict[str, Any]]:
    rng, step = np.random.Generator(np.random.PCG64(seed + 1)), _EVERY_SECONDS * per_second
    for row in range(step, len(quotes["bid"]) - step, step):
        draw, confidence = rng.random(), rng.random()
        action = "long" if draw < 0.4 else "short" if draw < 0.8 else "flat"
        mid = float(quotes["bid"][row] + quotes["ask"][row]) / 2
        at = datetime.fromtimestamp(int(quotes["timestamp_ms"][row]) / 1000, UTC)
        yield {
            "symbol": "BTCUSDT",
            "timestamp_iso": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "action": action,
            "reason": "reference",
            "confidence": round(0.5 + 0.45 * confidence, 3),
            **(_FLAT if action == "flat" else _proposal(mid, 1 if action == "long" else -1)),
        }


_FLAT: Final[dict[str, Any]] = {
    "entry_zone": None, "sl": None, "tp1": None, "tp2": None, "position_size_usdt": 0, "leverage": 0,
}  # fmt: skip


def _proposal(mid: float, sign: int) -> dict[str, Any]:
    return {
        "entry_zone": [_on_tick(mid * 0.999), _on_tick(mid * 1.001)],
        "sl": _on_tick(mid * (1 - sign * 0.006)),
        "tp1": _on_tick(mid * (1 + sign * 0.009)),
        "tp2": _on_tick(mid * (1 + sign * 0.018)),
        "position_size_usdt": 1000.0,
        "leverage": 3,
    }


def _on_tick(price: float) -> float:
    return round(round(price / _TICK) * _TICK, 1)
