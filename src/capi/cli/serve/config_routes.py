"""The endpoints of the account's settings, limits and keys (facts, sections 2.3 and 2.5)."""

from typing import Any, Final

from capi.cli.serve import account_changes
from capi.cli.serve.account_shapes import MAX_NOTIONAL
from capi.cli.serve.errors import Json, WireError
from capi.cli.serve.order_requests import known_symbol, traded_symbol
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue
from capi.core.account import MarginMode
from capi.core.units import text

DONE: Final = {"code": 200, "msg": "success"}
_MODES: Final[dict[str, MarginMode]] = {"ISOLATED": "isolated", "CROSSED": "cross"}


def set_leverage(venue: Venue, params: Params) -> Json:
    """POST leverage."""
    traded_symbol(venue, params)
    leverage = params.needed_integer("leverage")
    account_changes.set_leverage(venue, leverage)
    return {"leverage": leverage, "maxNotionalValue": MAX_NOTIONAL, "symbol": venue.instrument.symbol}


def set_margin_type(venue: Venue, params: Params) -> Json:
    """POST marginType."""
    traded_symbol(venue, params)
    account_changes.set_margin_mode(venue, _MODES[params.needed_choice("marginType", tuple(_MODES))])
    return DONE


def set_position_mode(venue: Venue, params: Params) -> Json:
    """POST positionSide/dual. Hedge mode can be switched on; orders are refused in it."""
    hedge = params.needed_boolean("dualSidePosition")
    if hedge == venue.modes.hedge:
        raise WireError(-4059, "No need to change position side.")
    if any(venue.book.worlds.values()):
        raise WireError(-4067, "Position side cannot be changed if there exists open orders.")
    if venue.account.qty:
        raise WireError(-4068, "Position side cannot be changed if there exists position.")
    venue.modes.hedge = hedge
    return DONE


def position_mode(venue: Venue, params: Params) -> Json:
    """GET positionSide/dual."""
    return {"dualSidePosition": venue.modes.hedge}


def set_multi_assets(venue: Venue, params: Params) -> Json:
    """POST multiAssetsMargin."""
    wanted = params.needed_boolean("multiAssetsMargin")
    if wanted == venue.modes.multi_assets:
        raise WireError(-4171, "No need to change Multi-Assets mode.")
    if wanted and venue.account.margin_mode == "isolated":
        raise WireError(-4167, "Unable to adjust to Multi-Assets mode with symbols of isolated-margin mode.")
    account_changes.set_multi_assets(venue, wanted)
    return DONE


def multi_assets(venue: Venue, params: Params) -> Json:
    """GET multiAssetsMargin."""
    return {"multiAssetsMargin": venue.modes.multi_assets}


def account_config(venue: Venue, params: Params) -> Json:
    """GET accountConfig."""
    return {
        "feeTier": 0,
        "canTrade": venue.modes.can_trade,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": venue.modes.hedge,
        "updateTime": 0,
        "multiAssetsMargin": venue.modes.multi_assets,
        "tradeGroupId": -1,
    }


def symbol_config(venue: Venue, params: Params) -> Json:
    """GET symbolConfig: how leverage and margin type are read while flat."""
    symbols = [known_symbol(venue, params)] if params.maybe("symbol") is not None else list(venue.instruments)
    return [_symbol_config(venue, symbol) for symbol in symbols]


def commission_rate(venue: Venue, params: Params) -> Json:
    """GET commissionRate."""
    symbol = known_symbol(venue, params)
    instrument = venue.instruments[symbol]
    return {
        "symbol": symbol,
        "makerCommissionRate": text(instrument.maker_fee),
        "takerCommissionRate": text(instrument.taker_fee),
        "rpiCommissionRate": "0.00005",
    }


def leverage_bracket(venue: Venue, params: Params) -> Json:
    """GET leverageBracket: one bracket; its values are JSON numbers."""
    symbols = [known_symbol(venue, params)] if params.maybe("symbol") is not None else list(venue.instruments)
    return [
        {
            "symbol": symbol,
            "brackets": [
                {
                    "bracket": 1,
                    "initialLeverage": venue.state.config.leverage_max,
                    "notionalCap": int(MAX_NOTIONAL),
                    "notionalFloor": 0,
                    "maintMarginRatio": float(venue.instruments[symbol].maintenance_margin),  # a number on the wire
                    "cum": 0.0,
                }
            ],
        }
        for symbol in symbols
    ]


def order_limits(venue: Venue, params: Params) -> Json:
    """GET rateLimit/order."""
    limits = venue.meter.limits
    return [
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": limits.orders_ten_seconds},
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": limits.orders_minute},
    ]


def trading_status(venue: Venue, params: Params) -> Json:
    """GET apiTradingStatus: nothing is ever locked."""
    names = (("UFR", 0.995), ("IFER", 0.995), ("GCR", 0.995), ("DR", 0.995))
    indicators = [
        {"isLocked": False, "plannedRecoverTime": 0, "indicator": name, "value": 0.0, "triggerValue": limit}
        for name, limit in names
    ]
    return {"indicators": {venue.instrument.symbol: indicators}, "updateTime": venue.now_ms()}


def create_listen_key(venue: Venue, params: Params) -> Json:
    """POST listenKey: the one there is, or a new one."""
    return {"listenKey": venue.keys.create(venue.now_ms())}


def prolong_listen_key(venue: Venue, params: Params) -> Json:
    """PUT listenKey."""
    return {"listenKey": venue.keys.prolong(venue.now_ms())}


def end_listen_key(venue: Venue, params: Params) -> Json:
    """DELETE listenKey: for everybody who shares it."""
    venue.expire_listen_key()
    return {}


def _symbol_config(venue: Venue, symbol: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "marginType": "ISOLATED" if venue.margin_mode_of(symbol) == "isolated" else "CROSSED",
        "isAutoAddMargin": False,
        "leverage": venue.leverage_of(symbol),
        "maxNotionalValue": MAX_NOTIONAL,
    }
