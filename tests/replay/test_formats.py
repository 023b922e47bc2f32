"""Whole replays over files in exactly the formats of real data, and the order of events inside a candle."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from capi.adapters.prices import Batch
from capi.cli.replay.inputs import Inputs, from_files
from capi.settings import load_settings
from tests.adapters.prices.files import HEADERS, write_csv, write_parquet, write_zip
from tests.replay.story import T0, decision, play_both, written
from tests.replay.told import Told

PRICES: Final = [*["90850"] * 5, *["90790"] * 5, *["92202"] * 5, *["93502"] * 5]
"""The price of each second: the entry fills, TP1, TP2."""
LIFE: Final = [
    "place entry",
    "fill entry 0.011",
    "place sl",
    "trade_opened",
    "place tp1",
    "place tp2",
    "fill tp1 0.005",
    "place sl_2",
    "trade_updated sl 90863.7",
    "fill tp2 0.006",
    "cancel sl_2",
    "trade_closed tp2",
]


def seconds() -> list[tuple[int, Decimal]]:
    return [(T0 + second * 1000, Decimal(price)) for second, price in enumerate(PRICES)]


def own() -> list[str]:
    return [f"{at},{price - Decimal('0.1')},{price},5,5" for at, price in seconds()]


def book_ticker() -> list[str]:
    return [f"{at},{price - Decimal('0.1')},5.000,{price},5.000,{at},{at + 1}" for at, price in seconds()]


def trades() -> list[str]:
    return [f"{at},{price},0.500,{price / 2},{at},false" for at, price in seconds()]


def agg_trades() -> list[str]:
    return [f"{at},{price},0.500,{at},{at},{at},False" for at, price in seconds()]


def candle(minute: int, open_: int, high: int, low: int, close: int) -> str:
    at = T0 + minute * 60_000
    return f"{at},{open_},{high},{low},{close},49.602,{at + 59_999},2300413.7295,0,0,0,0"


def csv(name: str, rows: Callable[[], list[str]], header: str | None) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / f"{name}.csv", rows(), header)


def zipped(name: str, rows: Callable[[], list[str]], header: str) -> Callable[[Path], Path]:
    return lambda folder: write_zip(
        folder / f"BTCUSDT-{name}-2025-11-28.zip",
        {f"BTCUSDT-{name}-2025-11-28.csv": "\n".join([header, *rows()]) + "\n"},
    )


def parquet(folder: Path) -> Path:
    rows = [f"({at}, {price - Decimal('0.1')}, {price}, 5, 5)" for at, price in seconds()]
    columns = "timestamp_ms BIGINT, bid DECIMAL(18,1), ask DECIMAL(18,1), bid_qty INTEGER, ask_qty INTEGER"
    return write_parquet(folder / "prices.parquet", columns, rows)


def replayed(folder: Path, prices: Path, decisions: Sequence[dict[str, Any]] = ()) -> Told:
    """Replay a file in both ways; nothing may be reported about it."""
    settings = load_settings(None, {}, env={})
    lines = written(folder, decisions or [decision()])
    opened: list[Inputs] = []

    def batches() -> Iterator[Batch]:
        opened.append(from_files(settings, prices, lines, None, folder / f"opened{len(opened)}"))
        return opened[-1].batches

    told = play_both(folder, lambda *_: batches(), lines, settings)
    assert [inputs.warnings() for inputs in opened] == [[], []]
    return told


@pytest.mark.parametrize(
    "write",
    [
        csv("own", own, HEADERS["quotes"]),
        zipped("bookTicker", book_ticker, HEADERS["bookTicker"]),
        zipped("trades", trades, HEADERS["trades"]),
        csv("aggTrades", agg_trades, HEADERS["aggTrades"]),
        csv("aggTrades-old", agg_trades, None),  # older files have no header
        parquet,
    ],
    ids=["own", "bookTicker", "trades", "aggTrades", "headerless", "parquet"],
)
def test_a_life_of_a_trade_in_each_format(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    told = replayed(tmp_path, write(tmp_path))
    assert told.plot == LIFE
    assert told.exchange.account.qty == 0


def candles(folder: Path, *rows: str) -> Path:
    return zipped("1m", lambda: list(rows), HEADERS["klines"])(folder)


CALM: Final = candle(0, 90850, 90850, 90850, 90850)
FILLS: Final = candle(1, 90850, 90850, 90790, 90850)


def test_candles_live_through_both_targets(tmp_path: Path) -> None:
    prices = candles(
        tmp_path, CALM, FILLS, candle(2, 90850, 92300, 90850, 92250), candle(3, 92250, 93600, 92250, 93550)
    )
    told = replayed(tmp_path, prices, [decision(confidence=0)])
    assert [trade["exit_reason"] for trade in told.trades] == ["tp2"]
    assert [fill["price"] for fill in told.fills("entry")] == ["90800.0"]


@pytest.mark.parametrize(("action", "level"), [("long", "89800"), ("short", "91800")])
def test_a_candle_that_touches_stop_and_target_ends_at_the_stop(tmp_path: Path, action: str, level: str) -> None:
    fills = FILLS if action == "long" else candle(1, 90750, 90810, 90750, 90750)
    calm = CALM if action == "long" else candle(0, 90750, 90750, 90750, 90750)
    both = candle(2, 90800, 93700, 87900, 90800)
    told = replayed(tmp_path, candles(tmp_path, calm, fills, both), [decision(action=action, confidence=0)])
    [trade] = told.trades
    assert trade["exit_reason"] == "sl"
    assert abs(Decimal(trade["exit_price"]) - Decimal(level)) <= 1  # at the level that it passed, not at the extreme
    assert told.fills("tp1") == []


def test_an_entry_that_fills_in_a_candle_meets_its_stop_there_and_no_target(tmp_path: Path) -> None:
    told = replayed(tmp_path, candles(tmp_path, CALM, candle(1, 90850, 93700, 89700, 90850)), [decision(confidence=0)])
    assert [trade["exit_reason"] for trade in told.trades] == ["sl"]
    assert told.fills("tp1") == told.fills("tp2") == []


def test_a_gap_between_candles_costs_what_it_costs(tmp_path: Path) -> None:
    prices = candles(tmp_path, CALM, FILLS, candle(2, 89000, 89100, 88900, 89000))
    [trade] = replayed(tmp_path, prices, [decision(confidence=0)]).trades
    assert (trade["exit_reason"], trade["exit_price"]) == ("sl", "89000")
