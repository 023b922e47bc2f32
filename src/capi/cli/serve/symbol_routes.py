"""GET exchangeInfo: symbols and filters as live (facts, section 2.1). Only the served symbol is TRADING."""

from decimal import Decimal
from typing import Any, Final

from capi.cli.serve.errors import Json
from capi.cli.serve.numbers import fixed, price_digits, quantity_digits
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue
from capi.core.account import Instrument
from capi.core.units import ONE, text

_ONBOARD_MS: Final = 1_567_965_300_000
_DELIVERY_MS: Final = 4_133_404_800_000
_NO_BOUND: Final = Decimal(1_000_000_000)


def exchange_info(venue: Venue, params: Params) -> Json:
    """GET exchangeInfo: always the whole list, whatever symbol is asked for."""
    limits = venue.meter.limits
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms(),
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weight_minute),
            _limit("ORDERS", "MINUTE", 1, limits.orders_minute),
            _limit("ORDERS", "SECOND", 10, limits.orders_ten_seconds),
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_symbol(venue, instrument) for instrument in venue.instruments.values()],
    }


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _symbol(venue: Venue, instrument: Instrument) -> dict[str, Any]:
    base = instrument.symbol.removesuffix("USDT")
    traded = instrument.symbol == venue.instrument.symbol
    return {
        "symbol": instrument.symbol,
        "pair": instrument.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": _DELIVERY_MS,
        "onboardDate": _ONBOARD_MS,
        "status": "TRADING" if traded else "PENDING_TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": base,
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": price_digits(instrument),
        "quantityPrecision": quantity_digits(instrument),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.000000",
        "marketTakeBound": text(instrument.price_band_up),
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(instrument),
        "orderTypes": [
            "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"
        ],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY"],
    }  # fmt: skip


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    prices, step = price_digits(instrument), text(instrument.step_size)
    least = text(instrument.min_qty)
    most = _NO_BOUND if instrument.max_qty is None else instrument.max_qty
    market_most = most if instrument.market_max_qty is None else instrument.market_max_qty
    tick = fixed(instrument.tick_size, prices)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": text(_NO_BOUND), "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": least, "maxQty": text(most), "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": least, "maxQty": text(market_most), "stepSize": step},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": text(instrument.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": fixed(ONE + instrument.price_band_up, 4),
            "multiplierDown": fixed(ONE - instrument.price_band_down, 4),
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]
