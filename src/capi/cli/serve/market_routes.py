"""The public endpoints: time, symbols, prices and candles (facts, section 2.1). Only the served symbol has prices."""

from typing import Any, Final

from capi.cli.serve.candles import INTERVALS, Bar
from capi.cli.serve.errors import Json, WireError
from capi.cli.serve.numbers import fixed, price_digits, quantity_digits, rounded
from capi.cli.serve.order_requests import known_symbol
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue

KLINES_MAX: Final = 1_500
DAY_MS: Final = 86_400_000


def ping(venue: Venue, params: Params) -> Json:
    """GET ping."""
    return {}


def server_time(venue: Venue, params: Params) -> Json:
    """GET time."""
    return {"serverTime": venue.now_ms()}


def book_ticker(venue: Venue, params: Params) -> Json:
    """GET ticker/bookTicker, of one symbol or of all that have prices."""
    one = _asked_for(venue, params)
    market, prices, quantities = venue.state.market, price_digits(venue.instrument), quantity_digits(venue.instrument)
    told = {
        "symbol": venue.instrument.symbol,
        "bidPrice": fixed(market.bid, prices),
        "bidQty": fixed(market.bid_qty, quantities),
        "askPrice": fixed(market.ask, prices),
        "askQty": fixed(market.ask_qty, quantities),
        "time": venue.now_ms(),
        "lastUpdateId": market.quotes,
    }
    return told if one else [told]


def depth(venue: Venue, params: Params) -> Json:
    """GET depth: the best level, the only one there is."""
    _asked_for(venue, params, mandatory=True)
    market, prices, quantities = venue.state.market, price_digits(venue.instrument), quantity_digits(venue.instrument)
    return {
        "lastUpdateId": market.quotes,
        "E": venue.now_ms(),
        "T": venue.now_ms(),
        "bids": [[fixed(market.bid, prices), fixed(market.bid_qty, quantities)]],
        "asks": [[fixed(market.ask, prices), fixed(market.ask_qty, quantities)]],
    }


def premium_index(venue: Venue, params: Params) -> Json:
    """GET premiumIndex: mark price and funding."""
    one = _asked_for(venue, params)
    mark = fixed(venue.state.market.mark, 8)
    told = {
        "symbol": venue.instrument.symbol,
        "markPrice": mark,
        "indexPrice": mark,
        "estimatedSettlePrice": mark,
        "lastFundingRate": fixed(venue.state.config.funding_rate, 8),
        "interestRate": "0.00010000",
        "nextFundingTime": venue.next_funding_ms,
        "time": venue.now_ms(),
    }
    return told if one else [told]


def ticker_price(venue: Venue, params: Params) -> Json:
    """GET ticker/price, v1 and v2: the last price."""
    one = _asked_for(venue, params)
    price = fixed(venue.state.market.last, price_digits(venue.instrument))
    told = {"symbol": venue.instrument.symbol, "price": price, "time": venue.now_ms()}
    return told if one else [told]


def ticker_day(venue: Venue, params: Params) -> Json:
    """GET ticker/24hr: what the candles of the last day tell; nothing was traded but by us."""
    one = _asked_for(venue, params)
    now_ms, digits = venue.now_ms(), price_digits(venue.instrument)
    bars = [bar for bar in venue.candles.of("1m") if bar.close_ms > now_ms - DAY_MS]
    first, last = bars[0].open, venue.state.market.last
    told = {
        "symbol": venue.instrument.symbol,
        "priceChange": fixed(last - first, digits),
        "priceChangePercent": rounded((last - first) * 100 / first, 3),
        "weightedAvgPrice": fixed(last, digits),
        "lastPrice": fixed(last, digits),
        "lastQty": fixed(None, quantity_digits(venue.instrument)),
        "openPrice": fixed(first, digits),
        "highPrice": fixed(max(bar.high for bar in bars), digits),
        "lowPrice": fixed(min(bar.low for bar in bars), digits),
        "volume": "0.000",
        "quoteVolume": "0.00",
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": 0,
        "lastId": 0,
        "count": 0,
    }
    return told if one else [told]


def klines(venue: Venue, params: Params) -> Json:
    """GET klines and markPriceKlines; the last row is the still open candle."""
    _asked_for(venue, params, mandatory=True)
    interval = params.text("interval")
    if interval not in INTERVALS:
        raise WireError(-1120, "Invalid interval.")
    start_ms, end_ms, limit = params.integer("startTime"), params.integer("endTime"), params.limit(500, KLINES_MAX)
    bars = [
        bar
        for bar in venue.candles.of(interval)
        if (start_ms is None or bar.open_ms >= start_ms) and (end_ms is None or bar.open_ms <= end_ms)
    ]
    kept = bars[:limit] if start_ms is not None else bars[-limit:]
    return [_kline(bar, price_digits(venue.instrument)) for bar in kept]


def no_trades(venue: Venue, params: Params) -> Json:
    """GET trades and aggTrades: nobody else trades here."""
    _asked_for(venue, params, mandatory=True)
    return []


def klines_weight(params: Params) -> int:
    """Return what a request for candles costs."""
    text_of_limit = params.values.get("limit", "500")
    limit = int(text_of_limit) if text_of_limit.isdecimal() and len(text_of_limit) < 10 else KLINES_MAX
    return 1 if limit < 100 else 2 if limit < 500 else 5 if limit <= 1_000 else 10


def _asked_for(venue: Venue, params: Params, *, mandatory: bool = False) -> bool:
    """Return whether one symbol is asked for. Raises WireError: not known, or without prices."""
    if params.maybe("symbol") is None and not mandatory:
        one = False
    elif known_symbol(venue, params) != venue.instrument.symbol:
        raise WireError(-1122, f"Invalid symbol status: the paper exchange trades {venue.instrument.symbol} only.")
    else:
        one = True
    if venue.state.market.quotes == 0:
        raise WireError(-1000, "The paper exchange has no quote yet.", 503)
    return one


def _kline(bar: Bar, digits: int) -> list[Any]:
    prices = [fixed(price, digits) for price in (bar.open, bar.high, bar.low, bar.close)]
    return [bar.open_ms, *prices, "0.000", bar.close_ms, "0.00", bar.count, "0.000", "0.00", "0"]
