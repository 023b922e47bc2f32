"""Files of prices and decisions to replay, out of a seed: always the same bytes.

The prices are a walk in ticks; the decisions follow the last hour's trend and know nothing of what comes after them.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from capi.adapters.prices.generated_market import START_MS, TICK, walk

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000
_PRICES_A_CANDLE: Final = 10
_QUOTES_HEADER: Final = "timestamp_ms,bid,ask,bid_qty,ask_qty"
_KLINES_HEADER: Final = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def write_quotes(path: Path, hours: int) -> Sequence[int]:
    """Write one quote a second, a tick wide, in capi's own format; return the bids in ticks."""
    rng, prices = Random(11), walk(Random(7), hours * 3600)
    with path.open("w", encoding="utf-8") as file:
        print(_QUOTES_HEADER, file=file)
        for second, ticks in enumerate(prices):
            at_ms = START_MS + second * SECOND_MS
            print(f"{at_ms},{_usdt(ticks)},{_usdt(ticks + 1)},{_btc(rng)},{_btc(rng)}", file=file)
    return prices


def write_candles(path: Path, days: int) -> Sequence[int]:
    """Write one-minute candles as Binance Vision does; return the opening prices in ticks."""
    rng, prices = Random(11), walk(Random(7), days * 1440 * _PRICES_A_CANDLE)
    opens = prices[::_PRICES_A_CANDLE]
    with path.open("w", encoding="utf-8") as file:
        print(_KLINES_HEADER, file=file)
        for minute, open_ticks in enumerate(opens):
            inside = prices[minute * _PRICES_A_CANDLE : (minute + 1) * _PRICES_A_CANDLE]
            ohlc = ",".join(map(_usdt, (open_ticks, max(inside), min(inside), inside[-1])))
            at_ms = START_MS + minute * MINUTE_MS
            print(f"{at_ms},{ohlc},{_btc(rng)},{at_ms + MINUTE_MS - 1},0,1,0,0,0", file=file)
    return opens


def write_decisions(path: Path, prices: Sequence[int], step_ms: int, every_ms: int) -> None:
    """Write a decision each `every_ms` for prices that are `step_ms` apart."""
    path.write_text("".join(f"{line}\n" for line in _decisions(prices, step_ms, every_ms)), encoding="utf-8")


def _decisions(prices: Sequence[int], step_ms: int, every_ms: int) -> Iterator[str]:
    hour = HOUR_MS // step_ms
    for index in range(0, len(prices), every_ms // step_ms):
        now, before = prices[index], prices[max(0, index - hour)]
        away = -1 if now >= before else 1  # from the price to the stop, in a long's direction or a short's
        bps = now // 10_000
        middle = now + away * 4 * bps
        near, far = sorted((middle - 8 * bps, middle + 8 * bps))
        stop, risk = middle + away * 30 * bps, 30 * bps
        at = datetime.fromtimestamp((START_MS + index * step_ms) // 1000, UTC)
        yield (
            f'{{"symbol": "BTCUSDT", "timestamp_iso": "{at:%Y-%m-%dT%H:%M:%SZ}", '
            f'"action": "{"long" if away < 0 else "short"}", "reason": "trend", '
            f'"entry_zone": [{_usdt(near)}, {_usdt(far)}], "sl": {_usdt(stop)}, '
            f'"tp1": {_usdt(middle - away * risk * 3 // 2)}, "tp2": {_usdt(middle - away * risk * 3)}, '
            '"risk_level": 3, "position_size_usdt": 2000, "leverage": 3, "confidence": 0.8}'
        )


def _usdt(ticks: int) -> str:
    return f"{ticks * TICK}"


def _btc(rng: Random) -> str:
    return f"{Decimal(rng.randrange(500, 12_000)).scaleb(-3)}"
