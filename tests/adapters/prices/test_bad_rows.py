"""A bad row costs that row, and is told with its count, its place and how it looked."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.adapters.prices import PricesError
from capi.adapters.prices.cells import number
from capi.adapters.prices.formats import Kind
from capi.adapters.prices.report import MEANING, BadRow, Reason
from capi.ports.market import Quote
from tests.adapters.prices.files import HEADERS, ROWS, T0, D, opened, quotes, read, write_csv, write_zip

OWN = "timestamp_ms,bid,ask"

BAD: list[tuple[Kind, Reason, str]] = [
    ("quotes", "number", f"{T0},NaN,2,1,1"),
    ("quotes", "number", f"{T0},1,inf,1,1"),
    ("quotes", "number", f"{T0},1,,1,1"),
    ("quotes", "number", f"{T0},1_000,2000,1,1"),
    ("quotes", "number", f"{T0},0x10,2000,1,1"),
    ("quotes", "number", f"{T0},\uff11,2,1,1"),
    ("quotes", "number", f"{T0},1,1e400,1,1"),
    ("quotes", "number", f"{T0},1,1e21,1,1"),
    ("quotes", "number", f"{T0},1,{'9' * 5000},1,1"),
    ("quotes", "number", f"{T0},1,2,x,1"),
    ("quotes", "not_positive", f"{T0},-1,2,1,1"),
    ("quotes", "not_positive", f"{T0},0,2,1,1"),
    ("quotes", "not_positive", f"{T0},1e-30,2,1,1"),
    ("quotes", "not_positive", f"{T0},1,2,0.000,1"),
    ("quotes", "crossed", f"{T0},2,2,1,1"),
    ("quotes", "crossed", f"{T0},3,2,1,1"),
    ("quotes", "columns", f"{T0},1,2,1"),
    ("quotes", "columns", f"{T0},1,2,1,1,1"),
    ("quotes", "time", "1723161256,1,2,1,1"),
    ("quotes", "time", "1723161256313000,1,2,1,1"),
    ("quotes", "time", "1723161256313.5,1,2,1,1"),
    ("quotes", "time", "-723161256313,1,2,1,1"),
    ("quotes", "time", "2024-08-08T23:54:16Z,1,2,1,1"),
    ("quotes", "number", HEADERS["quotes"]),
    ("bookTicker", "crossed", f"1,61800.30,1,61800.20,1,{T0},{T0}"),
    ("bookTicker", "number", f"1,61800.20,,61800.30,1,{T0},{T0}"),
    ("trades", "side", f"1,61800.30,0.006,370,{T0},maybe"),
    ("trades", "not_positive", f"1,61800.30,0,370,{T0},true"),
    ("trades", "not_positive", f"1,0.1,1,370,{T0},false"),
    ("klines", "candle", "1640991720000,10,12,11,11,1,1640991779999,1,0,0,0,0"),
    ("klines", "candle", "1640991720000,10,9,8,8,1,1640991779999,1,0,0,0,0"),
    ("klines", "candle", "1640991720000,10,12,8,13,1,1640991779999,1,0,0,0,0"),
    ("klines", "candle", "1640991720000,10,12,8,11,1,1640991720000,1,0,0,0,0"),
    ("klines", "not_positive", "1640991720000,10,12,8,11,-1,1640991779999,1,0,0,0,0"),
    ("klines", "not_positive", "1640991720000,0.01,0.02,0.01,0.01,1,1640991779999,1,0,0,0,0"),
]


@pytest.mark.parametrize(("kind", "reason", "bad"), BAD, ids=[f"{it[0]}-{it[1]}-{it[2][:30]}" for it in BAD])
def test_bad_row_is_skipped_and_told(tmp_path: Path, kind: Kind, reason: Reason, bad: str) -> None:
    good = read(write_csv(tmp_path / "good.csv", ROWS[kind], HEADERS[kind]))[0]
    rows, report = read(write_csv(tmp_path / "a.csv", [*ROWS[kind], bad, bad], HEADERS[kind]))
    assert rows == good
    assert (report.rows, report.usable) == (4, 2)
    skipped = report.skipped.pop(reason)
    assert (skipped.count, skipped.place) == (2, "line 4")
    assert not report.skipped
    shown = "".join(letter if letter.isascii() else "\ufffd" * len(letter.encode()) for letter in bad)
    assert shown.startswith(skipped.example.rstrip("…"))
    assert len(skipped.example) <= 101


def test_the_report_speaks_in_sentences(tmp_path: Path) -> None:
    rows = [f"{T0},1,2", "x", f"{T0},2,1", f"{T0},3,1", f"{T0 - 1},1,2", f"{T0 + 90_500},1,2"]
    report = read(write_csv(tmp_path / "a.csv", rows, OWN))[1]
    assert report.sentences() == [
        "1 row with a wrong number of columns skipped; first at line 3: 'x'.",
        f"2 rows with a crossed book (bid not below ask) skipped; first at line 4: '{T0},2,1'.",
        f"1 row older than the one before skipped; first at line 6: '{T0 - 1},1,2'.",
        f"1 gap in time; the largest is 90.5 s, after timestamp {T0}.",
    ]
    assert set(report.skipped) <= set(MEANING)


def test_a_bad_row_does_not_move_the_clock(tmp_path: Path) -> None:
    rows = [f"{T0},1,2", f"{T0 + 999_999},2,1", f"{T0 + 1},1,2"]
    seen, report = read(write_csv(tmp_path / "a.csv", rows, OWN))
    assert len(seen) == 2
    assert (report.gaps, list(report.skipped)) == (0, ["crossed"])


def test_time_that_goes_back_is_skipped_and_equal_times_are_kept(tmp_path: Path) -> None:
    rows = [f"{T0 + it},{bid},9" for it, bid in ((0, 1), (5, 2), (4, 3), (5, 4), (5, 4), (6, 5))]
    path = write_csv(tmp_path / "a.csv", rows, OWN)
    assert [(it.timestamp_ms - T0, it.bid) for it in quotes(path)] == [
        (0, D(1)), (5, D(2)), (5, D(4)), (5, D(4)), (6, D(5)),
    ]  # fmt: skip
    assert read(path)[1].skipped["out_of_order"].count == 1


def test_gaps_of_quotes_begin_above_a_minute(tmp_path: Path) -> None:
    rows = [f"{T0 + it},1,2" for it in (0, 60_000, 120_001, 400_000, 460_000, 520_001)]
    report = read(write_csv(tmp_path / "a.csv", rows, OWN))[1]
    assert (report.gaps, report.gap_ms_max, report.gap_ms_max_at) == (3, 279_999, T0 + 120_001)


@pytest.mark.parametrize("closes_after", [59_999, 60_000])
def test_gaps_of_candles_begin_at_a_missing_one(tmp_path: Path, closes_after: int) -> None:
    start = 1_640_991_600_000
    opens = [start + it * 60_000 for it in (0, 1, 3, 4, 4, 2, 8)]
    rows = [f"{it},1,2,1,2,4,{it + closes_after},0,0,0,0,0" for it in opens]
    seen, report = read(write_csv(tmp_path / "a.csv", rows, HEADERS["klines"]))
    assert len(seen) == 5
    assert report.skipped["out_of_order"].count == 2, "the doubled candle and the late one"
    assert (report.gaps, report.gap_ms_max_at) == (2, start + 4 * 60_000 + closes_after)


def test_no_usable_row_is_an_error_that_shows_the_first(tmp_path: Path) -> None:
    prices = opened(write_csv(tmp_path / "a.csv", ["1723161256,1,2"] * 3, OWN))
    with pytest.raises(PricesError, match=r"none of 3 rows is usable.*milliseconds.*line 2: '1723161256,1,2'"):
        list(prices.rows())


def test_more_distinct_numbers_than_are_kept(tmp_path: Path) -> None:
    count = 70_000
    rows = [f"{T0 + it},{it + 1}.5,999999" for it in range(count)]
    seen = quotes(write_csv(tmp_path / "a.csv", rows, OWN))
    assert [it.bid for it in seen] == [it + D("1.5") for it in range(count)]


def test_a_file_that_was_emptied_after_it_was_opened(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [f"{T0},1,2"], OWN)
    prices = opened(path)
    path.write_text("")
    with pytest.raises(PricesError, match="has no row"):
        list(prices.rows())


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, packed: bool) -> None:
    def peak(count: int) -> int:
        rows = [f"{T0 + it},{61800 + it % 50}.20,{61900 + it % 50}.30,{it % 300}.5,1" for it in range(count)]
        path = write_csv(tmp_path / "a.csv", rows, HEADERS["quotes"])
        if packed:
            path = write_zip(tmp_path / "a.zip", {"a.csv": path.read_text()})
        del rows
        tracemalloc.start()
        try:
            assert sum(1 for _ in opened(path).rows()) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(20_000), peak(80_000)
    assert many < few * 1.1
    assert many < 4_000_000


@given(st.decimals(min_value=-D("1e20") + 1, max_value=D("1e20") - 1, places=18))
def test_any_number_within_bounds_is_read_exactly(value: D) -> None:
    assert number(format(value, "f")) == value


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_a_bad_row(text: str) -> None:
    try:
        assert number(text).is_finite()
    except BadRow as bad:
        assert bad.reason == "number"  # noqa: PT017 - either outcome is right


@given(st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=40))
def test_whatever_the_rows_what_comes_out_is_in_order_and_not_crossed(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    lines = [f"{T0},1,2", *(f"{T0 + at},{bid},{ask}" for at, bid, ask in rows)]
    seen, report = read(write_csv(path, lines, OWN))
    made = [it for it in seen if isinstance(it, Quote)]
    assert [it.timestamp_ms for it in made] == sorted(it.timestamp_ms for it in made)
    assert all(0 < it.bid < it.ask for it in made)
    assert report.usable + sum(it.count for it in report.skipped.values()) == report.rows == len(lines)
