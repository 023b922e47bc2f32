"""Fees in USDT. With "pay fees with BNB" on, the exchange takes them in BNB: the amount is then worth what BNB cost.

The price is the close of BNBUSDT's one-minute candle at the time of the trade: an estimate, off by what BNB moves in a
minute. When it cannot be read the fee is unknown, never zero.
"""

from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.wire_account import Execution
from capi.adapters.binance.wire_market import read_candles
from capi.core.units import EXACT, ZERO, plain
from capi.core.volatility import MINUTE_MS

USDT: Final = "USDT"
_FAR_FUTURE_MS: Final = 1 << 62
_CENTS: Final = Decimal("1E-8")
_PRICES_KEPT: Final = 100


class Fees:
    """Converts, and remembers the prices of the minutes that it asked for."""

    def __init__(self, client: Client, calls: Calls) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._prices: Final[dict[tuple[str, int], Decimal]] = {}

    def in_usdt(self, execution: Execution) -> Decimal | None:
        """Return a trade's fee in USDT, > 0 paid; None is unknown."""
        if execution.fee_asset == USDT or execution.fee == 0:
            return execution.fee or ZERO
        price = self._price(execution.fee_asset, execution.at_ms // MINUTE_MS * MINUTE_MS)
        if price is None:
            return None
        return plain(EXACT.multiply(execution.fee, price).quantize(_CENTS, context=EXACT))

    def _price(self, asset: str, minute_ms: int) -> Decimal | None:
        """Return the close of the asset's minute in USDT; the candle may still be open."""
        known = self._prices.get((asset, minute_ms))
        if known is not None:
            return known
        result = self._client.ask(
            self._calls.candle_of(f"{asset}{USDT}", minute_ms), lambda answer: read_candles(answer, _FAR_FUTURE_MS)
        )
        if not is_successful(result):
            return None
        price = next((candle.prices[3] for candle in result.unwrap() if candle.open_ms == minute_ms), None)
        if price is not None:
            self._prices[asset, minute_ms] = price
            if len(self._prices) > _PRICES_KEPT:
                del self._prices[next(iter(self._prices))]
        return price
