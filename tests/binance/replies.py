"""The exchange's answers as they are in 2026: the examples of the facts page, one for each endpoint that is used."""

from typing import Any, Final

NOW_MS: Final = 1_790_770_800_000

TIME: Final = {"serverTime": NOW_MS}
RATE_LIMITS: Final = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
]
FILTERS: Final[list[dict[str, Any]]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
    {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
    {"filterType": "MAX_NUM_ORDERS", "limit": 200},
    {"filterType": "MIN_NOTIONAL", "notional": "50"},
    {
        "filterType": "PERCENT_PRICE",
        "multiplierUp": "1.0500",
        "multiplierDown": "0.9500",
        "multiplierDecimal": "4",
    },
    {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
]
SYMBOL: Final[dict[str, Any]] = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "triggerProtect": "0.0500",
    "filters": FILTERS,
}
EXCHANGE_INFO: Final = {"timezone": "UTC", "serverTime": 1, "rateLimits": RATE_LIMITS, "symbols": [SYMBOL]}
BOOK: Final = {
    "symbol": "BTCUSDT",
    "bidPrice": "76914.90",
    "bidQty": "4.218",
    "askPrice": "76915.00",
    "askQty": "6.128",
    "time": NOW_MS,
    "lastUpdateId": 11563384751926,
}
MARK: Final = {"symbol": "BTCUSDT", "markPrice": "76916.95122464", "indexPrice": "76959.67847826", "time": NOW_MS}
LAST: Final = {"symbol": "BTCUSDT", "price": "76935.10", "time": NOW_MS}
ORDER: Final = {
    "orderId": 22542179,
    "symbol": "BTCUSDT",
    "status": "NEW",
    "clientOrderId": "capi_entry_x",
    "price": "76000.00",
    "origQty": "0.010",
    "executedQty": "0.000",
    "cumQty": "0.000",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "origType": "LIMIT",
    "reduceOnly": False,
    "closePosition": False,
    "side": "BUY",
    "positionSide": "BOTH",
    "stopPrice": "0.00",
    "workingType": "CONTRACT_PRICE",
    "priceProtect": False,
    "priceMatch": "NONE",
    "selfTradePreventionMode": "EXPIRE_MAKER",
    "goodTillDate": 0,
    "updateTime": NOW_MS + 123,
}
"""As POST answers: no time, no avgPrice."""
ALGO: Final = {
    "algoId": 1000000033225453,
    "clientAlgoId": "capi_sl_x",
    "algoType": "CONDITIONAL",
    "orderType": "STOP_MARKET",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "positionSide": "BOTH",
    "timeInForce": "GTE_GTC",
    "quantity": "0.000",
    "algoStatus": "NEW",
    "triggerPrice": "75500.00",
    "price": "0.00",
    "icebergQuantity": None,
    "selfTradePreventionMode": "EXPIRE_MAKER",
    "workingType": "MARK_PRICE",
    "priceMatch": "NONE",
    "closePosition": True,
    "priceProtect": False,
    "reduceOnly": True,
    "activatePrice": "",
    "callbackRate": "",
    "createTime": NOW_MS + 2000,
    "updateTime": NOW_MS + 2000,
    "triggerTime": 0,
    "goodTillDate": 0,
}
ALGO_CANCELED: Final = {"algoId": 1000000033225453, "clientAlgoId": "capi_sl_x", "code": "200", "msg": "success"}
POSITION: Final = {
    "symbol": "BTCUSDT",
    "positionSide": "BOTH",
    "positionAmt": "-0.010",
    "entryPrice": "76915.0",
    "breakEvenPrice": "76884.2",
    "markPrice": "76916.95122464",
    "unRealizedProfit": "-0.01951225",
    "liquidationPrice": "84210.55",
    "isolatedMargin": "0",
    "notional": "-769.16951225",
    "marginAsset": "USDT",
    "adl": 2,
    "updateTime": NOW_MS,
}
ACCOUNT: Final = {
    "totalInitialMargin": "0.00000000",
    "totalWalletBalance": "1000.00000000",
    "totalUnrealizedProfit": "-2.50000000",
    "totalMarginBalance": "997.50000000",
    "totalCrossWalletBalance": "1000.00000000",
    "availableBalance": "990.00000000",
    "maxWithdrawAmount": "990.00000000",
    "assets": [],
    "positions": [],
}
SYMBOL_CONFIG: Final = [
    {
        "symbol": "BTCUSDT",
        "marginType": "CROSSED",
        "isAutoAddMargin": False,
        "leverage": 10,
        "maxNotionalValue": "40000000",
    }
]
ACCOUNT_CONFIG: Final = {
    "feeTier": 0,
    "canTrade": True,
    "dualSidePosition": False,
    "updateTime": 0,
    "multiAssetsMargin": False,
    "tradeGroupId": -1,
}
FEES: Final = {
    "symbol": "BTCUSDT",
    "makerCommissionRate": "0.0002",
    "takerCommissionRate": "0.0005",
    "rpiCommissionRate": "0.00005",
}
BRACKETS: Final = [
    {
        "symbol": "BTCUSDT",
        "brackets": [
            {
                "bracket": 1,
                "initialLeverage": 125,
                "notionalCap": 5000,
                "notionalFloor": 0,
                "maintMarginRatio": 0.004,
                "cum": 0.0,
            },
            {
                "bracket": 2,
                "initialLeverage": 100,
                "notionalCap": 250000,
                "notionalFloor": 5000,
                "maintMarginRatio": 0.005,
                "cum": 5.0,
            },
        ],
    }
]
TRADE: Final = {
    "symbol": "BTCUSDT",
    "id": 698759,
    "orderId": 22542179,
    "side": "BUY",
    "positionSide": "BOTH",
    "price": "75998.90",
    "qty": "0.010",
    "quoteQty": "759.98900",
    "realizedPnl": "0",
    "commission": "0.37999450",
    "commissionAsset": "USDT",
    "buyer": True,
    "maker": False,
    "marginAsset": "USDT",
    "time": NOW_MS + 1456,
}
FUNDING: Final = {
    "symbol": "BTCUSDT",
    "incomeType": "FUNDING_FEE",
    "income": "-0.06900000",
    "asset": "USDT",
    "info": "FUNDING_FEE",
    "time": NOW_MS,
    "tranId": 9689322392,
    "tradeId": "",
}


def candle(open_ms: int, low: str = "76900", high: str = "76930", close: str = "76915") -> list[Any]:
    """Return one row of klines."""
    return [open_ms, "76910", high, low, close, "114.602", open_ms + 59_999, "9615538.66", 2239, "48.4", "406.1", "0"]


def candles(now_ms: int, closed: int = 15) -> list[list[Any]]:
    """Return one-minute candles up to now, the open one last."""
    minute = now_ms // 60_000 * 60_000
    return [candle(minute - 60_000 * ago) for ago in range(closed, -1, -1)]


def error(code: int | str, message: str = "said so") -> dict[str, Any]:
    """Return an error's body."""
    return {"code": code, "msg": message}
