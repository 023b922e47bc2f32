"""Files of prices as they are found: written by the tests, in exactly the formats that the reader knows."""

import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from capi.adapters.instruments import instrument_for
from capi.adapters.prices import Candle, Prices, Report, open_prices
from capi.adapters.prices.formats import VISION, Kind
from capi.ports.market import Quote

D = Decimal
BTC: Final = instrument_for("BTCUSDT")
T0: Final = 1_723_161_256_313
OWN: Final = "timestamp_ms,bid,ask,bid_qty,ask_qty"
HEADERS: Final[dict[Kind, str]] = {"quotes": OWN, **{kind: ",".join(columns) for kind, columns in VISION.items()}}
ROWS: Final[dict[Kind, tuple[str, ...]]] = {
    "quotes": (
        f"{T0},61800.20,61800.30,2.507,2.510",
        f"{T0 + 9},61800.20,61800.40,2.507,",
    ),
    "bookTicker": (
        f"5123107839020,61800.20,2.507,61800.30,2.510,{T0},{T0 + 1}",
        f"5123107840008,61800.10,2.507,61800.30,2.504,{T0 + 9},{T0 + 9}",
    ),
    "trades": (
        f"5266583935,61800.30,0.006,370.80180,{T0},false",
        f"5266583936,61800.10,0.199,12298.25970,{T0 + 31},true",
    ),
    "aggTrades": (
        f"26129,61800.30,0.006,100,105,{T0},False",
        f"26130,61800.10,0.199,106,106,{T0 + 31},True",
    ),
    "klines": (
        "1640991600000,46319.0,46385.0,46310.0,46377.0,49.602,1640991659999,2300413.7295,0,0,0,0",
        "1640991660000,46377.0,46411.0,46377.0,46411.0,0,1640991719999,1829623.1938,0,0,0,0",
    ),
}


def write_csv(path: Path, rows: Iterable[str], header: str | None = None) -> Path:
    lines = [*([header] if header else []), *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_parquet(path: Path, columns: str, rows: Sequence[str]) -> Path:
    """Write SQL row literals, such as `(1, 2.5)`, into columns such as `a BIGINT, b DOUBLE`."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"CREATE TABLE prices ({columns})")
    connection.execute(f"INSERT INTO prices VALUES {', '.join(rows)}")  # noqa: S608 - the tests' own text
    connection.execute(f"COPY prices TO '{path}' (FORMAT PARQUET)")
    connection.close()
    return path


def opened(path: Path) -> Prices:
    return open_prices(path, BTC, Report())


def read(path: Path) -> tuple[list[Quote | Candle], Report]:
    prices = opened(path)
    return list(prices.rows()), prices.report


def quotes(path: Path) -> list[Quote]:
    return [row for row in read(path)[0] if isinstance(row, Quote)]


def text(kind: Kind, *, header: bool = True) -> str:
    return "\n".join([*([HEADERS[kind]] if header else []), *ROWS[kind]]) + "\n"
