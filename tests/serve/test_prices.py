"""Where the served prices come from, and when they come."""

from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

import pytest

from capi.adapters.instruments import instrument_for
from capi.adapters.prices import Candle, PricesError, Report, open_prices
from capi.adapters.prices.generated import generate
from capi.cli.serve.prices import fixed, generated, replayed
from capi.ports.market import Quote
from tests.adapters.prices.files import OWN, write_csv
from tests.serve.client import SYMBOL, eventually, trading

D = Decimal
TICK = D("0.1")
T0 = 1_764_324_000_000


def test_the_generated_market_goes_on_where_its_past_ended() -> None:
    source = generated(7, D(2), past_seconds=3000)
    bids = [quote.bid for quote in generate(7, 1)[0]]
    coming = list(islice(source.coming, 600))
    assert [*source.past, *(it.quote.bid for it in coming)] == bids
    assert {it.after_ms for it in coming} == {500.0}


def test_a_fixed_book_is_told_again_and_again() -> None:
    first, second = islice(fixed(D("76915.07"), TICK).coming, 2)
    assert (first.quote.bid, first.quote.ask) == (D("76915.0"), D("76915.1"))
    assert (first.after_ms, second.after_ms, second.quote) == (0, 1000, first.quote)


def test_a_file_is_told_at_its_own_pace() -> None:
    rows = [Quote(T0 + at, D(100), D(101)) for at in (0, 40, 1040)]
    assert [it.after_ms for it in replayed(iter(rows), D(1), "").coming] == [0, 40, 1000]
    assert [it.after_ms for it in replayed(iter(rows), D(10), "").coming] == [0, 4, 100]


def test_a_candle_is_told_as_a_path() -> None:
    candle = Candle(T0, T0 + 59_999, D(100), D(110), D(90), D(105), D(1), TICK)
    told = list(replayed(iter([candle]), D(1), "").coming)
    assert [it.quote.last for it in told] == [D(100), D(90), D(110), D(105)]
    assert sum(it.after_ms for it in told) == 59_999


def test_a_file_without_a_usable_row_is_an_error(tmp_path: Path) -> None:
    write_csv(tmp_path / "p.csv", ["1,2,1"], OWN)
    rows = open_prices(tmp_path / "p.csv", instrument_for(SYMBOL), Report()).rows()
    with pytest.raises(PricesError, match="none of 1 rows is usable"):
        replayed(rows, D(1), "")


def test_a_market_that_ends_stands_still_and_is_traded_on() -> None:
    rows = [Quote(T0, D(76_000), D("76000.1"), D(5), D(5)), Quote(T0 + 10, D(76_100), D("76100.1"), D(5), D(5))]
    with trading(source=replayed(iter(rows), D(1), "")) as client:
        eventually(lambda: client.exchange.inside(lambda venue: venue.state.market.bid) == 76_100)
        client.place("SELL", "MARKET", "0.010")
        assert client.position()["entryPrice"] == "76100.0"


def test_the_past_makes_candles() -> None:
    with trading(source=generated(7, D(1))) as client:
        asked: dict[str, str | int] = {"symbol": SYMBOL, "interval": "1m", "limit": 1500}
        bars = client.http.get("/fapi/v1/klines", params=asked).json()
        assert len(bars) == 1500
        assert {later[0] - earlier[0] for earlier, later in pairwise(bars)} == {60_000}
        assert client.exchange.inside(lambda venue: venue.simulator.meter.value()) != 0
