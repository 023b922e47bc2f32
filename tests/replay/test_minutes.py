"""What a scan tells of volatility and money before a row is looked at is what the engine would see there."""

from decimal import Decimal
from random import Random

import pytest

from capi import bootstrap
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.orders import NewOrder
from capi.adapters.prices.columns import Columns
from capi.cli.replay.minutes import Minutes
from capi.cli.replay.scan import Scan
from capi.cli.replay.stillness import Stillness
from capi.core.volatility import VolatilityMeter
from capi.ports.market import Quote
from capi.settings import load_settings
from tests.replay.in_columns import columns_of
from tests.replay.story import T0

TICK = Decimal("0.1")


def walk(dice: Random, count: int) -> list[Quote]:
    quotes, at_ms, bid = [], T0, Decimal("90000.0")
    for _ in range(count):
        at_ms += dice.choice((300, 1000, 9000, 61_000, 200_000))
        bid += dice.randrange(-300, 301) * TICK
        quotes.append(Quote(at_ms, bid, bid + TICK, Decimal(5), Decimal(5)))
    return quotes


@pytest.mark.parametrize("seed", range(20))
def test_volatility_of_each_row_is_the_meter_s(seed: int) -> None:
    dice = Random(seed)
    quotes = walk(dice, 120)
    met = dice.randrange(1, 60)
    meter = VolatilityMeter()
    for quote in quotes[:met]:
        meter.update(quote.timestamp_ms, quote.bid + TICK / 2)
    told = Minutes(columns_of(quotes[met:], TICK)).volatility(meter)
    for quote, volatility in zip(quotes[met:], told, strict=True):
        is_moving = not meter.state()[1]
        meter.update(quote.timestamp_ms, quote.bid + TICK / 2)
        if is_moving and not meter.state()[1]:
            assert volatility != volatility, "no candle has closed yet"
        else:
            assert float(meter.value() or 0) == pytest.approx(volatility, abs=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_the_meter_is_fed_with_the_candles_of_what_is_passed_over(seed: int) -> None:
    dice = Random(seed)
    quotes = walk(dice, 120)
    columns, one_by_one, at_once = columns_of(quotes, TICK), VolatilityMeter(), VolatilityMeter()
    minutes, row = Minutes(columns), 0
    while row < len(quotes):
        end = row + dice.randrange(1, len(quotes) - row + 1)
        for quote in quotes[row:end]:
            one_by_one.update(quote.timestamp_ms, quote.bid + TICK / 2)
        for candle in minutes.candles(row, end):
            at_once.take(*candle)
        assert at_once.state() == one_by_one.state()
        row = end


def held(side: str) -> PaperExchange:
    """Return an exchange with a position of 0.1 at 90 000."""
    settings = load_settings(None, {"paper": {"delay_ms": 0}}, env={})
    exchange = bootstrap.paper_exchange(settings, bootstrap.paper_instrument(settings, None), T0)
    exchange.advance(Quote(T0, Decimal("89999.9"), Decimal(90000), Decimal(5), Decimal(5)))
    new = NewOrder(
        client_order_id="web_1", side="BUY" if side == "long" else "SELL", type="MARKET", quantity=Decimal("0.1")
    )
    exchange.manual_order(new)
    assert exchange.account.qty != 0
    return exchange


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("name", ["equity", "available"])
@pytest.mark.parametrize("seed", range(5))
def test_a_row_at_which_money_leaves_its_bounds_is_never_passed_over(side: str, name: str, seed: int) -> None:
    exchange = held(side)
    still = Stillness(exchange)
    now = exchange.measure(name)  # type: ignore[arg-type]
    assert now is not None
    still.bounds = [(name, now - 3, now + 3)]  # type: ignore[list-item]
    dice, bid, quotes = Random(seed), Decimal("89999.9"), []
    for second in range(1, 400):
        bid += dice.randrange(-20, 21) * TICK
        quotes.append(Quote(T0 + second * 100, bid, bid + TICK, Decimal(5), Decimal(5)))
    columns = columns_of(quotes, TICK)
    assert _first_broken(exchange, columns, still) == _first_broken_one_by_one(held(side), quotes, still)


def _first_broken(exchange: PaperExchange, columns: Columns, still: Stillness) -> int | None:
    scan, row = Scan(exchange), 0
    judge = Stillness(exchange)
    judge.bounds = still.bounds
    while row < len(columns):
        first, is_outside = scan.quiet_until(columns, row, T0 + 10_000_000, still)
        if first > row:
            scan.pass_over(columns, row, first)
        if is_outside and first < len(columns):
            exchange.advance(columns.quote(first))
            first += 1
        row = first
        if judge.broken_by_market():
            return row - 1
    return None


def _first_broken_one_by_one(exchange: PaperExchange, quotes: list[Quote], still: Stillness) -> int | None:
    judge = Stillness(exchange)
    judge.bounds = still.bounds
    for row, quote in enumerate(quotes):
        exchange.advance(quote)
        if judge.broken_by_market():
            return row
    return None
