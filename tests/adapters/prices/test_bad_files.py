"""A file that cannot be used is one sentence: which file, what is wrong, what to do."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capi.adapters.prices import PricesError
from tests.adapters.prices.files import ROWS, T0, opened, text, write_csv, write_parquet, write_zip


def refused(path: Path) -> str:
    with pytest.raises(PricesError) as caught:
        list(opened(path).rows())
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_no_such_file(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "absent.csv")


def test_a_directory(tmp_path: Path) -> None:
    assert "is a directory" in refused(tmp_path)


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in refused(tmp_path / "pipe")


@contextmanager
def without_privileges() -> Iterator[None]:
    """Give up root's right to read everything, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_rights(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS["trades"])
    path.chmod(0)
    with without_privileges():
        assert "cannot be opened (Permission denied)" in refused(path)


@pytest.mark.parametrize("content", ["", "\n", "\r\n  \n"])
def test_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert "is empty" in refused(path)


def test_header_alone(tmp_path: Path) -> None:
    assert "has a header and no row" in refused(write_csv(tmp_path / "a.csv", [], "timestamp_ms,bid,ask"))


def test_header_alone_in_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE", ["(1, 1, 1)"])
    path.unlink()
    write_parquet(path, "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE", ["(1, 1, 1) LIMIT 0"])
    assert "has columns and no row" in refused(path)


@pytest.mark.parametrize("content", [bytes(range(256)) * 8, "timestamp_ms,bid,ask\n".encode("utf-16")])
def test_binary(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert "is binary" in refused(path)


def test_unknown_columns_name_what_was_found_and_what_is_known(tmp_path: Path) -> None:
    sentence = refused(write_csv(tmp_path / "a.csv", ["1,2"], "date,price"))
    assert "unknown columns 'date,price'" in sentence
    assert "quotes: timestamp_ms,bid,ask" in sentence
    assert "klines: open_time" in sentence


def test_a_column_twice(tmp_path: Path) -> None:
    assert "stands twice" in refused(write_csv(tmp_path / "a.csv", [f"{T0},1,2,3"], "timestamp_ms,bid,ask,bid"))


def test_no_header_and_no_known_shape(tmp_path: Path) -> None:
    assert "3 columns without a header" in refused(write_csv(tmp_path / "a.csv", [f"{T0},1,2"]))


def test_one_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("timestamp_ms,bid,ask\n" + "1" * 400_000)
    assert "a line has over 65536 bytes" in refused(path)


def test_zip_without_csv(tmp_path: Path) -> None:
    assert "no .csv file is in the zip (found: a.txt)" in refused(write_zip(tmp_path / "a.zip", {"a.txt": "x"}))
    assert "no .csv file is in the zip (found: nothing)" in refused(write_zip(tmp_path / "b.zip", {}))


def test_zip_of_several_kinds(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": text("trades"), "b.csv": text("klines")})
    assert "holds files of several kinds (klines, trades)" in refused(path)


def test_zip_with_an_empty_member_names_it(tmp_path: Path) -> None:
    assert "a.zip/b.csv: is empty" in refused(write_zip(tmp_path / "a.zip", {"a.csv": text("trades"), "b.csv": ""}))


def test_truncated_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": text("trades") * 50})
    path.write_bytes(path.read_bytes()[:-30])
    assert "the zip is damaged" in refused(path)


def test_damaged_member_is_met_while_reading(tmp_path: Path) -> None:
    rows = [f"{T0 + it},{it * 7919 % 50_000 + 1},99999" for it in range(60_000)]
    path = write_zip(tmp_path / "a.zip", {"a.csv": "\n".join(["timestamp_ms,bid,ask", *rows])})
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    path.write_bytes(content)
    assert opened(path).kind == "quotes"
    assert "a.csv: cannot be read to its end" in refused(path)


def test_encrypted_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": text("trades")})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    path.write_bytes(content)
    assert "encrypted" in refused(path)


def test_unknown_compression(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": text("trades")})
    with zipfile.ZipFile(path) as archive:
        start = archive.infolist()[0].header_offset
    content = bytearray(path.read_bytes())
    for place in (start + 8, content.index(b"PK\x01\x02") + 10):
        content[place : place + 2] = (99).to_bytes(2, "little")
    path.write_bytes(content)
    assert "cannot be read to its end" in refused(path)


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 this is none PAR1")
    assert "the Parquet file cannot be read" in refused(path)


def test_damaged_parquet_is_met_while_reading(tmp_path: Path) -> None:
    columns = "timestamp_ms BIGINT, bid DOUBLE, ask DOUBLE"
    rows = [f"({T0 + it}, {it * 7919 % 50_000 + 1}, 99999)" for it in range(20_000)]
    path = write_parquet(tmp_path / "a.parquet", columns, rows)
    content = bytearray(path.read_bytes())
    content[200:5_000] = b"\xff" * 4_800
    path.write_bytes(content)
    assert opened(path).kind == "quotes"
    assert "the Parquet file cannot be read" in refused(path)


def test_parquet_of_unknown_columns(tmp_path: Path) -> None:
    assert "unknown columns 'x,y'" in refused(write_parquet(tmp_path / "a.parquet", "x INT, y INT", ["(1, 2)"]))
