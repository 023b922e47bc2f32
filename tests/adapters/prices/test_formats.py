"""Every format is recognised by its columns, and says the same whatever it is packed in."""

from pathlib import Path

import pytest

from capi.adapters.prices import Candle
from capi.adapters.prices.formats import VISION, Kind
from capi.ports.market import Quote
from tests.adapters.prices.files import (
    BTC,
    HEADERS,
    ROWS,
    T0,
    D,
    opened,
    quotes,
    read,
    text,
    write_csv,
    write_parquet,
    write_zip,
)

EXPECTED: dict[Kind, list[Quote | Candle]] = {
    "quotes": [
        Quote(T0, D("61800.2"), D("61800.3"), D("2.507"), D("2.51")),
        Quote(T0 + 9, D("61800.2"), D("61800.4"), D("2.507"), None),
    ],
    "bookTicker": [
        Quote(T0, D("61800.2"), D("61800.3"), D("2.507"), D("2.51")),
        Quote(T0 + 9, D("61800.1"), D("61800.3"), D("2.507"), D("2.504")),
    ],
    "trades": [
        Quote(T0, D("61800.2"), D("61800.3"), None, D("0.006"), None, D("61800.3")),
        Quote(T0 + 31, D("61800.1"), D("61800.2"), D("0.199"), D("0.006"), None, D("61800.1")),
    ],
    "klines": [
        Candle(1640991600000, 1640991659999, D(46319), D(46385), D(46310), D(46377), D("12.4"), BTC.tick_size),
        Candle(1640991660000, 1640991719999, D(46377), D(46411), D(46377), D(46411), None, BTC.tick_size),
    ],
}
EXPECTED["aggTrades"] = EXPECTED["trades"]
KINDS = tuple(EXPECTED)


@pytest.mark.parametrize("kind", KINDS)
def test_csv_with_a_header(tmp_path: Path, kind: Kind) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS[kind], HEADERS[kind])
    assert opened(path).kind == kind
    rows, report = read(path)
    assert rows == EXPECTED[kind]
    assert (report.rows, report.usable, report.sentences()) == (2, 2, [])


@pytest.mark.parametrize("kind", VISION)
def test_csv_without_a_header(tmp_path: Path, kind: Kind) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS[kind])
    assert opened(path).kind == kind
    assert read(path)[0] == EXPECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_zip(tmp_path: Path, kind: Kind) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": text(kind), "a.zip.CHECKSUM": "0 a.zip", "__MACOSX/a.csv": "x"})
    assert opened(path).kind == kind
    assert read(path)[0] == EXPECTED[kind]


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    assert read(write_zip(tmp_path / "a.csv", {"a.csv": text("trades")}))[0] == EXPECTED["trades"]
    assert read(write_csv(tmp_path / "a.parquet", ROWS["trades"]))[0] == EXPECTED["trades"]


def test_members_of_a_zip_follow_their_times_not_their_names(tmp_path: Path) -> None:
    members = {
        "2.csv": f"timestamp_ms,bid,ask\n{T0 + 2},1,2\n",
        "10.csv": f"ask,bid,timestamp_ms\n4,3,{T0 + 10}\n",
        "1.csv": f"timestamp_ms,bid,ask,bid_qty,ask_qty\nx,1,2,3,4\n1\n{T0 + 1},5,6,7,8\n",
    }
    path = write_zip(tmp_path / "a.zip", members)
    assert quotes(path) == [
        Quote(T0 + 1, D(5), D(6), D(7), D(8)),
        Quote(T0 + 2, D(1), D(2)),
        Quote(T0 + 10, D(3), D(4)),
    ]
    assert read(path)[1].skipped["time"].place == "1.csv line 2"


def test_headers_in_any_order_and_case_with_byte_order_mark_blank_lines_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"\ufeff\r\nAsk, Bid ,TIMESTAMP_MS\r\n\r\n2,1,{T0}\r\n\r\n".encode())
    rows, report = read(path)
    assert rows == [Quote(T0, D(1), D(2))]
    assert (report.rows, report.sentences()) == (1, [])


def test_quoted_cells_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [f'"{T0}","1","2"'], '"timestamp_ms","bid","ask"')
    assert quotes(path) == [Quote(T0, D(1), D(2))]


def test_columns_that_nothing_is_known_of_are_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [f"{T0},1,2,9,x"], "timestamp_ms,bid,ask,bidqty,venue")
    rows, report = read(path)
    assert rows == [Quote(T0, D(1), D(2))]
    assert report.sentences() == ["Columns not used: bidqty, venue."]


def test_the_last_line_needs_no_line_break(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text("trades").rstrip("\n"))
    assert read(path)[0] == EXPECTED["trades"]
    path.write_text(ROWS["trades"][0])
    assert read(path)[0] == EXPECTED["trades"][:1]


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [f"{T0},0.123456789012345678,12345678901234567890.1"], "timestamp_ms,bid,ask")
    (quote,) = quotes(path)
    assert (quote.bid, quote.ask) == (D("0.123456789012345678"), D("12345678901234567890.1"))


def test_equal_prices_look_alike_whatever_their_text(tmp_path: Path) -> None:
    rows = [f"{T0},61800.20,61900", f"{T0},61800.2,61900.00", f"{T0},6.18002e4,619e2"]
    assert {
        (str(it.bid), str(it.ask)) for it in quotes(write_csv(tmp_path / "a.csv", rows, "timestamp_ms,bid,ask"))
    } == {("61800.2", "61900")}


BOOK = (
    "update_id BIGINT, best_bid_price {0}, best_bid_qty {0}, best_ask_price {0}, best_ask_qty {0}, transaction_time {1}"
)


@pytest.mark.parametrize("number", ["DOUBLE", "FLOAT", "DECIMAL(18, 8)", "VARCHAR"])
@pytest.mark.parametrize("time", ["BIGINT", "DOUBLE", "TIMESTAMP", "TIMESTAMPTZ"])
def test_parquet_of_every_type_says_the_same(tmp_path: Path, number: str, time: str) -> None:
    zone = " AT TIME ZONE 'UTC'" if time == "TIMESTAMPTZ" else ""
    at = [f"make_timestamp({it}000){zone}" if "TIMESTAMP" in time else str(it) for it in (T0, T0 + 9)]
    rows = [f"(1, 61800.20, 2.507, 61800.30, 2.510, {at[0]})", f"(2, 61800.1, 2.507, 61800.3, 2.504, {at[1]})"]
    path = write_parquet(tmp_path / "a[1]*.parquet", BOOK.format(number, time), rows)
    prices = opened(path)
    assert (prices.kind, prices.rows_estimate) == ("bookTicker", 2)
    assert list(prices.rows()) == EXPECTED["bookTicker"]
    assert prices.warnings == []


def test_parquet_booleans_candles_and_nulls(tmp_path: Path) -> None:
    trades = write_parquet(
        tmp_path / "trades.parquet",
        "id BIGINT, price DOUBLE, qty DOUBLE, quote_qty DOUBLE, time BIGINT, is_buyer_maker BOOLEAN",
        [
            f"(1, 61800.3, 0.006, 1, {T0}, false)",
            f"(2, 61800.1, 0.199, 1, {T0 + 31}, true)",
            f"(3, NULL, 1, 1, {T0}, true)",
            "(4, 1, 1, 1, NULL, true)",
        ],
    )
    rows, report = read(trades)
    assert rows == EXPECTED["trades"]
    assert (report.skipped["number"].place, report.skipped["number"].example) == ("row 3", f"{T0},NULL,1.0,true")
    assert report.skipped["time"].example == "NULL,1.0,1.0,true"
    own = write_parquet(
        tmp_path / "own.parquet",
        "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE, bid_qty DOUBLE, ask_qty DOUBLE",
        [f"({T0}, 1, 2, NULL, 3)"],
    )
    assert quotes(own) == [Quote(T0, D(1), D(2), None, D(3))]


def test_binary_noise_within_a_millionth_of_a_tick_goes_and_no_more(tmp_path: Path) -> None:
    path = write_parquet(
        tmp_path / "a.parquet",
        "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE",
        [f"({T0}, 61800.200000000004, 3 * 20600.1::DOUBLE)", f"({T0}, 61800.2000002, 61800.25)"],
    )
    rows, report = read(path)
    assert [(it.bid, it.ask) for it in rows if isinstance(it, Quote)] == [
        (D("61800.2"), D("61800.3")),
        (D("61800.2000002"), D("61800.25")),
    ]
    assert report.off_tick == "61800.2000002"
    assert "another symbol" in report.sentences()[0]


def test_progress_reaches_the_end_and_rows_are_estimated(tmp_path: Path) -> None:
    rows = [f"{T0 + it},61800.20,61800.30" for it in range(30_000)]
    header = "timestamp_ms,bid,ask"
    body = "\n".join([header, *rows])
    for path in (
        write_csv(tmp_path / "a.csv", rows, header),
        write_zip(tmp_path / "a.zip", {"a.csv": body, "b.csv": body.replace("\n172", "\n182")}),
    ):
        prices = opened(path)
        seen = []
        count = 0
        for batch in prices.batches():
            count += len(batch)
            seen.append(prices.fraction)
        assert seen == sorted(seen)
        assert 0 < seen[0] < 0.5
        assert seen[-1] == 1.0
        assert abs(prices.rows_estimate - count) < count / 100


def test_reading_again_begins_the_report_anew(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [*ROWS["trades"], "x"], HEADERS["trades"])
    prices = opened(path)
    once = (list(prices.rows()), prices.warnings)
    assert (list(prices.rows()), prices.warnings) == once
    assert prices.report.rows == 3
