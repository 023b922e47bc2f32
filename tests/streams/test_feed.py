"""Prices of the streams: young, whole and sensible, or none."""

import json
from decimal import Decimal
from typing import Any, Final

import pytest

from capi.adapters.binance.streams.feed import AGE_MS_MAX, Feed
from capi.ports.market import Quote

D = Decimal
NOW: Final = 1_790_770_801_000
BOOK: Final[dict[str, Any]] = {
    "e": "bookTicker", "u": 400900217, "E": NOW, "T": NOW, "s": "BTCUSDT",
    "b": "76914.90", "B": "4.218", "a": "76915.00", "A": "6.128",
}  # fmt: skip
MARK: Final[dict[str, Any]] = {
    "e": "markPriceUpdate", "E": NOW, "s": "BTCUSDT", "p": "76916.95", "ap": "76917.01", "i": "76959.67",
    "P": "77018.74", "r": "0.00008972", "T": 1789488000000,
}  # fmt: skip
TRADE: Final[dict[str, Any]] = {
    "e": "aggTrade", "E": NOW, "s": "BTCUSDT", "a": 5933014, "p": "76915.00", "q": "0.100", "nq": "0.100",
    "f": 100, "l": 105, "T": NOW, "m": True,
}  # fmt: skip


def feed(*, last_is_needed: bool = False, book: Any = BOOK, mark: Any = MARK, trade: Any = None) -> Feed:
    """Return a feed that has heard these, a None of them not."""
    made = Feed("BTCUSDT", last_is_needed=last_is_needed)
    if book is not None:
        made.hear_book(book if isinstance(book, str) else json.dumps(book))
    for event in (mark, trade):
        if event is not None:
            made.hear_market(json.dumps({"stream": "x", "data": event}))
    return made


def test_prices_of_both_streams_are_one_quote() -> None:
    assert feed(trade=TRADE).quote(NOW + 500) == Quote(
        NOW,
        bid=D("76914.9"),
        ask=D(76915),
        bid_qty=D("4.218"),
        ask_qty=D("6.128"),
        mark=D("76916.95"),
        last=D(76915),
    )


@pytest.mark.parametrize(
    "heard",
    [
        {"book": None},
        {"mark": None},
        {"book": "not json"},
        {"book": {"result": None, "id": 1}},
        {"book": {**BOOK, "s": "ETHUSDT"}},
        {"book": {**BOOK, "b": "76915.00"}},
        {"book": {**BOOK, "b": "0"}},
        {"book": {**BOOK, "a": "NaN"}},
        {"book": {**BOOK, "E": NOW - AGE_MS_MAX - 1}},
        {"mark": {**MARK, "E": NOW - AGE_MS_MAX - 1}},
        {"mark": {**MARK, "s": "ETHUSDT"}},
        {"mark": {**MARK, "p": "-1"}},
        {"last_is_needed": True},
    ],
)
def test_what_is_missing_old_or_makes_no_sense_is_no_price(heard: dict[str, Any]) -> None:
    assert feed(**heard).quote(NOW) is None


def test_prices_count_until_they_are_old() -> None:
    assert feed().quote(NOW + AGE_MS_MAX) is not None
    assert feed().quote(NOW + AGE_MS_MAX + 1) is None


def test_where_stops_trigger_by_the_last_price_one_is_needed_since_the_connection() -> None:
    made = feed(last_is_needed=True, trade=TRADE)
    quote = made.quote(NOW)
    assert quote is not None
    assert quote.last == D(76915)
    made.forget_market()
    assert made.quote(NOW) is None


def test_a_later_message_that_cannot_be_read_leaves_the_mark_price_to_get_old() -> None:
    made = feed()
    for message in ("{", '{"stream":"x"}', json.dumps({"data": {**MARK, "p": "?"}})):
        made.hear_market(message)
    assert made.quote(NOW) is not None
    assert made.quote(NOW + AGE_MS_MAX + 1) is None
