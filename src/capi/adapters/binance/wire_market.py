"""Clock, prices and candles: what the exchange's public answers say, in our types. Source: facts, section 2.1."""

from decimal import Decimal
from typing import Final

from capi.adapters.binance.rows import Row
from capi.adapters.fields import NOT_NEGATIVE, POSITIVE, Bounds, InputError
from capi.core.value import record

TIMES: Final = Bounds(at_least=1_500_000_000_000, at_most=4_102_444_800_000)
"""From before the exchange was there, to the year 2100."""


@record
class Book:
    """Best bid and ask with their quantities."""

    bid: Decimal
    bid_qty: Decimal
    ask: Decimal
    ask_qty: Decimal


@record
class Candle:
    """A candle's prices; times UTC ms, both inclusive."""

    open_ms: int
    close_ms: int
    prices: tuple[Decimal, Decimal, Decimal, Decimal]  # open, high, low, close


def read_server_time(value: object) -> int:
    """Return the exchange's time, UTC ms."""
    return Row(value, "time").whole("serverTime", TIMES)


def read_book(value: object) -> Book:
    """Return best bid and ask; one that is crossed or without a side is no book."""
    row = Row(value, "bookTicker")
    book = Book(
        bid=row.number("bidPrice", POSITIVE),
        bid_qty=row.number("bidQty", NOT_NEGATIVE),
        ask=row.number("askPrice", POSITIVE),
        ask_qty=row.number("askQty", NOT_NEGATIVE),
    )
    if book.bid >= book.ask:
        raise InputError(f"bookTicker: the bid {book.bid} is not below the ask {book.ask}")
    return book


def read_mark(value: object) -> Decimal:
    """Return the mark price."""
    return Row(value, "premiumIndex").number("markPrice", POSITIVE)


def read_last(value: object) -> Decimal:
    """Return the last price."""
    return Row(value, "ticker/price").number("price", POSITIVE)


def read_candles(value: object, now_ms: int) -> list[Candle]:
    """Return the closed candles, oldest first; the last row is still open."""
    if not isinstance(value, list):
        raise InputError("klines: not a list")
    candles = [_candle(item, f"klines[{index}]") for index, item in enumerate(value)]
    return [candle for candle in candles if candle.close_ms < now_ms]


def _candle(value: object, place: str) -> Candle:
    if not isinstance(value, list) or len(value) < 7:
        raise InputError(f"{place}: not a candle")
    names = ("open_ms", "open", "high", "low", "close", "volume", "close_ms")
    row = Row(dict(zip(names, value, strict=False)), place)
    opening, high, low, close = (row.number(name, POSITIVE) for name in ("open", "high", "low", "close"))
    if not low <= min(opening, close) <= max(opening, close) <= high:
        raise InputError(f"{place}: open {opening} and close {close} are not between low {low} and high {high}")
    return Candle(row.whole("open_ms"), row.whole("close_ms"), (opening, high, low, close))
