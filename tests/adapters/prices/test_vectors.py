"""Blocks read at once give what reading them row by row gives: the same quotes to the digit, the same report."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capi.adapters.instruments import instrument_for
from capi.adapters.prices import PricesError, Report, open_prices
from capi.adapters.prices.columns import Columns
from capi.adapters.prices.formats import Kind
from capi.adapters.prices.vectors import Vectors
from tests.adapters.prices.files import HEADERS, write_parquet
from tests.properties.profiles import examples

T0: Final = 1_723_161_256_313
ODD: Final = (
    "", " ", "0", "-1", "nan", "inf", "1e5", "1E-7", "61.800.1", ".5", "5.", "+5", "true", "6true", "false", "1",
    '"5"', "61800.15", "61800.1000000001", "123456789012345678901", "0.1234567890123456789", "61800.10",
    "061800.1", "1_000", "1723161256313.", "17231612563130", "99999999999",
)  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = ("quotes", "bookTicker", "trades", "aggTrades")


def cells(kind: Kind, at_ms: int, bid: int) -> list[str]:
    """Return a good row of this kind."""
    price, above = f"{bid // 10}.{bid % 10}", f"{(bid + 3) // 10}.{(bid + 3) % 10}"
    values = {
        "timestamp_ms": str(at_ms), "bid": price, "ask": above, "bid_qty": "1.5", "ask_qty": "0.002",
        "update_id": "1", "best_bid_price": price, "best_bid_qty": "1.50", "best_ask_price": above,
        "best_ask_qty": "2", "transaction_time": str(at_ms), "event_time": str(at_ms), "id": "7", "price": price,
        "qty": "0.010", "quote_qty": "618", "time": str(at_ms), "is_buyer_maker": "true" if bid % 2 else "false",
        "agg_trade_id": "7", "quantity": "0.010", "first_trade_id": "1", "last_trade_id": "1",
        "transact_time": str(at_ms),
    }  # fmt: skip
    return [values[name] for name in HEADERS[kind].split(",")]


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a kind and the text of a file of it: mostly good rows, a few cells and lines that are odd."""
    kind = draw(st.sampled_from(KINDS))
    at_ms, rows = T0, list[list[str]]()
    for step in draw(st.lists(st.sampled_from((0, 5, 1000, 1000, 59_000, 61_000, -7)), min_size=1, max_size=30)):
        at_ms += step
        rows.append(cells(kind, at_ms, draw(st.integers(600_000, 700_000))))
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, len(rows) - 1))
        place = draw(st.integers(0, len(rows[row]) - 1))
        rows[row][place] = draw(st.sampled_from(ODD))
    lines = [HEADERS[kind], *map(",".join, rows)]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(1, len(lines))), draw(st.sampled_from(("", "x", "1,2", ",,,,", "#"))))
    return kind, draw(st.sampled_from(("\n", "\r\n"))).join(lines) + draw(st.sampled_from(("", "\n")))


def read(path: Path) -> tuple[list[str], object]:
    """Return the quotes, digit by digit, and the report; the sentence where the file is refused."""
    try:
        prices = open_prices(path, instrument_for("BTCUSDT"), Report())
        return [repr(row) for row in prices.rows()], asdict(prices.report)
    except PricesError as error:
        return [], str(error)


def both_ways(path: Path) -> tuple[list[str], object]:
    """Return what reading at once gives, after comparing it with reading row by row."""
    at_once = read(path)
    with patch.object(Vectors, "columns", return_value=None):
        assert read(path) == at_once
    return at_once


@given(tables())
@settings(examples(300))
def test_text_of_any_kind(drawn: tuple[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        path.write_text(drawn[1])
        both_ways(path)


@pytest.mark.parametrize("kind", KINDS)
def test_good_rows_are_read_at_once(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("\n".join([HEADERS[kind], *(",".join(cells(kind, T0 + n, 618_000 + n)) for n in range(50))]))
    assert len(both_ways(path)[0]) == 50
    batches = open_prices(path, instrument_for("BTCUSDT"), Report()).batches()
    assert {type(batch) for batch in batches} == {Columns}


DOUBLES: Final = (
    "61800.1",
    "0.3",
    "1e-5",
    "1e-20",
    "5e-324",
    "1e20",
    "1e16",
    "'inf'",
    "'nan'",
    "NULL",
    "0.00012345678901234567",
    "-1",
    "0",
)
TYPES: Final = ("DOUBLE", "FLOAT", "DECIMAL(18,8)", "DECIMAL(38,18)", "VARCHAR")


@given(
    kinds=st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)),
    odd=st.tuples(st.integers(0, 3), st.sampled_from(DOUBLES)),
    time=st.sampled_from(
        ("BIGINT", "DOUBLE", "FLOAT", "VARCHAR", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "DECIMAL(18,2)")
    ),
)
@settings(examples(120))
def test_parquet_of_any_type(kinds: tuple[str, str], odd: tuple[int, str], time: str) -> None:
    values = [["61800.1", "61800.2", "1.5", "0.002"] for _ in range(5)]
    values[2][odd[0]] = odd[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.parquet"
        if _written(path, values, kinds, time):
            both_ways(path)


def _written(path: Path, values: Sequence[Sequence[str]], kinds: tuple[str, str], time: str) -> bool:
    """Write a file of quotes; False when a type cannot hold a value."""
    price, qty = kinds
    columns = f"timestamp_ms {time}, bid {price}, ask {price}, bid_qty {qty}, ask_qty {qty}"
    at = "make_timestamp({} * 1000)" if time.startswith("TIMESTAMP") else "{}"
    try:
        write_parquet(
            path, columns, [f"({at.format(T0 + n * 1000)}, {', '.join(row)})" for n, row in enumerate(values)]
        )
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize("kind", ["INTEGER", "SMALLINT", "DOUBLE", "BOOLEAN"])
def test_the_side_of_a_trade_is_a_boolean_and_nothing_else(kind: str, tmp_path: Path) -> None:
    columns = f"id INTEGER, price DOUBLE, qty DOUBLE, quote_qty DOUBLE, time BIGINT, is_buyer_maker {kind}"
    rows = [f"(1, 61800.1, 1.5, 1, {T0 + n}, {'true' if n % 2 else 'false'})" for n in range(4)]
    path = write_parquet(tmp_path / "trades.parquet", columns, rows)
    assert len(both_ways(path)[0]) == (4 if kind == "BOOLEAN" else 0)


def test_a_column_that_the_reader_needs_for_itself_is_told(tmp_path: Path) -> None:
    columns = "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE, file_row_number INTEGER"
    path = write_parquet(tmp_path / "prices.parquet", columns, [f"({T0}, 1.5, 1.6, 3)"])
    with pytest.raises(PricesError, match="rename it"):
        open_prices(path, instrument_for("BTCUSDT"), Report())
