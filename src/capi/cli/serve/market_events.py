"""What the market streams say (facts, section 6.6)."""

from decimal import Decimal
from typing import Any

from capi.cli.serve.candles import Bar
from capi.cli.serve.numbers import fixed, price_digits, quantity_digits
from capi.cli.serve.records import Traded
from capi.cli.serve.venue import Venue


def book_ticker(venue: Venue) -> dict[str, Any]:
    """Return the best bid and ask."""
    market, prices, quantities = venue.state.market, price_digits(venue.instrument), quantity_digits(venue.instrument)
    return {
        "e": "bookTicker",
        "u": market.quotes,
        "E": venue.now_ms(),
        "T": venue.now_ms(),
        "s": venue.instrument.symbol,
        "b": fixed(market.bid, prices),
        "B": fixed(market.bid_qty, quantities),
        "a": fixed(market.ask, prices),
        "A": fixed(market.ask_qty, quantities),
    }


def mark_price(venue: Venue) -> dict[str, Any]:
    """Return mark price and funding."""
    mark = fixed(venue.state.market.mark, 8)
    return {
        "e": "markPriceUpdate",
        "E": venue.now_ms(),
        "s": venue.instrument.symbol,
        "p": mark,
        "ap": mark,
        "P": mark,
        "i": mark,
        "r": fixed(venue.state.config.funding_rate, 8),
        "T": venue.next_funding_ms,
    }


def aggregate_trade(venue: Venue, traded: Traded) -> dict[str, Any]:
    """Return a trade of ours as the market sees it: nobody else trades here."""
    fill = traded.fill
    quantity = fixed(fill.qty, quantity_digits(venue.instrument))
    return {
        "e": "aggTrade",
        "E": venue.now_ms(),
        "s": venue.instrument.symbol,
        "a": fill.trade_id,
        "p": fixed(fill.price, price_digits(venue.instrument)),
        "q": quantity,
        "nq": quantity,
        "f": fill.trade_id,
        "l": fill.trade_id,
        "T": fill.at_ms,
        "m": (fill.side == "BUY") == fill.maker,
    }


def klines(venue: Venue, interval: str, told_ms: int) -> list[dict[str, Any]]:
    """Return the open candle of an interval, after the closed one when the last that was told opened at `told_ms`."""
    bars = venue.candles.last_two(interval)
    return [_kline(venue, interval, bar, bar is not bars[-1]) for bar in bars if bar.open_ms >= told_ms]


def _kline(venue: Venue, interval: str, bar: Bar, closed: bool) -> dict[str, Any]:
    digits = price_digits(venue.instrument)
    symbol = venue.instrument.symbol
    body = {
        "t": bar.open_ms,
        "T": bar.close_ms,
        "s": symbol,
        "i": interval,
        "f": -1,
        "L": -1,
        "o": fixed(bar.open, digits),
        "c": fixed(bar.close, digits),
        "h": fixed(bar.high, digits),
        "l": fixed(bar.low, digits),
        "v": "0.000",
        "n": bar.count,
        "x": closed,
        "q": "0.00",
        "V": "0.000",
        "Q": "0.00",
        "B": "0",
    }
    return {"e": "kline", "E": venue.now_ms(), "s": symbol, "k": body}


Book = tuple[Decimal, Decimal | None, Decimal, Decimal | None]
"""Best bid and its quantity, best ask and its quantity."""


def book_of(venue: Venue) -> Book:
    """Return the book as it is: one level a side."""
    market = venue.state.market
    return market.bid, market.bid_qty, market.ask, market.ask_qty


def depth_update(venue: Venue, before: Book | None) -> dict[str, Any]:
    """Return what changed in the book: the best levels, and those that are gone, with quantity zero."""
    bid, bid_qty, ask, ask_qty = book_of(venue)
    bids, asks = [_level(venue, bid, bid_qty)], [_level(venue, ask, ask_qty)]
    if before is not None and before[0] != bid:
        bids.append(_level(venue, before[0], None))
    if before is not None and before[2] != ask:
        asks.append(_level(venue, before[2], None))
    return _depth(venue, bids, asks)


def depth_levels(venue: Venue) -> dict[str, Any]:
    """Return the whole book."""
    bid, bid_qty, ask, ask_qty = book_of(venue)
    return _depth(venue, [_level(venue, bid, bid_qty)], [_level(venue, ask, ask_qty)])


def _depth(venue: Venue, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
    number, now_ms = venue.state.market.quotes, venue.now_ms()
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": now_ms,
        "s": venue.instrument.symbol,
        "U": number,
        "u": number,
        "pu": number - 1,
        "b": bids,
        "a": asks,
    }


def _level(venue: Venue, price: Decimal, quantity: Decimal | None) -> list[str]:
    instrument = venue.instrument
    return [fixed(price, price_digits(instrument)), fixed(quantity, quantity_digits(instrument))]
