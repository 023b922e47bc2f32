"""Filters come from the built-in table or from exchangeInfo, exactly, or there is a sentence why not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capi.adapters.instruments import (
    INSTRUMENTS,
    InstrumentError,
    instrument_for,
    read_exchange_info,
    with_fees,
)
from capi.core.units import plain
from tests.adapters.prices.files import D

ENTRY: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "pricePrecision": 2,
    "marketTakeBound": "0.05",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
        {"filterType": "OF_THE_FUTURE", "anything": [1]},
    ],
}


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "exchangeInfo.json"
    path.write_text(json.dumps(document))
    return path


def changed(change: Callable[[dict[str, dict[str, Any]]], object]) -> dict[str, Any]:
    """Return the entry with its filters, by type, changed."""
    entry: dict[str, Any] = json.loads(json.dumps(ENTRY))
    by_type = {it["filterType"]: it for it in entry["filters"]}
    change(by_type)
    entry["filters"] = list(by_type.values())
    return entry


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "1000PEPEUSDT"])
def test_built_in(symbol: str) -> None:
    it = instrument_for(symbol)
    assert it.symbol == symbol
    assert plain(it.tick_size) == it.tick_size > 0
    assert it.step_size == it.min_qty > 0
    assert (it.price_band_up, it.price_band_down, it.maintenance_margin) == (D("0.05"), D("0.05"), D("0.004"))


def test_not_built_in() -> None:
    with pytest.raises(InstrumentError, match=r"'XRPUSDT' is not built in \(known: BTCUSDT, .*--instrument FILE"):
        instrument_for("XRPUSDT")


def test_fees_come_from_the_caller() -> None:
    it = with_fees(instrument_for("BTCUSDT"), D("0.00018"), D("0.00045"))
    assert (it.maker_fee, it.taker_fee) == (D("0.00018"), D("0.00045"))
    assert it.tick_size == instrument_for("BTCUSDT").tick_size


@pytest.mark.parametrize("wrap", [lambda it: {"timezone": "UTC", "symbols": [{"symbol": "A"}, it]}, lambda it: it])
def test_exchange_info_is_the_built_in_btcusdt(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    it = read_exchange_info(written(tmp_path, wrap(ENTRY)), "BTCUSDT")
    assert it == INSTRUMENTS["BTCUSDT"]
    assert str(it.tick_size) == "0.1", "no trailing zeros"


def test_numbers_are_exact_even_where_they_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ENTRY).replace('"0.10"', "0.10000000000000000001").replace('"120"', "120"))
    with pytest.raises(InstrumentError, match=r"PRICE_FILTER.tickSize '0.10000000000000000001'"):
        read_exchange_info(path, "BTCUSDT")
    path.write_text(json.dumps(ENTRY).replace('"0.10"', "1e-07").replace('"120"', "120"))
    it = read_exchange_info(path, "BTCUSDT")
    assert (it.tick_size, it.market_max_qty) == (D("0.0000001"), D(120))


def test_the_narrower_quantity_bounds_count(tmp_path: Path) -> None:
    entry = changed(lambda it: it["MARKET_LOT_SIZE"].update(minQty="0.002", maxQty="5000"))
    it = read_exchange_info(written(tmp_path, entry), "BTCUSDT")
    assert (it.min_qty, it.max_qty, it.market_max_qty) == (D("0.002"), D(1000), D(1000))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it.pop("PRICE_FILTER"), "has no PRICE_FILTER.tickSize"),
        (lambda it: it["LOT_SIZE"].pop("stepSize"), "has no LOT_SIZE.stepSize"),
        (lambda it: it.pop("MIN_NOTIONAL"), "has no MIN_NOTIONAL.notional"),
        (lambda it: it["PRICE_FILTER"].update(tickSize="0"), "tickSize '0', which is no number above zero"),
        (lambda it: it["PRICE_FILTER"].update(tickSize="-0.1"), "tickSize '-0.1'"),
        (lambda it: it["PRICE_FILTER"].update(tickSize="NaN"), "tickSize 'NaN'"),
        (lambda it: it["PRICE_FILTER"].update(tickSize="1_0"), "tickSize '1_0'"),
        (lambda it: it["PRICE_FILTER"].update(tickSize=True), "has no PRICE_FILTER.tickSize"),
        (lambda it: it["LOT_SIZE"].update(maxQty="9" * 5000), "LOT_SIZE.maxQty '999"),
        (lambda it: it["PERCENT_PRICE"].update(multiplierUp="0.9"), "does not enclose 1"),
    ],
)
def test_a_filter_that_is_missing_or_makes_no_sense(
    tmp_path: Path, change: Callable[[dict[str, dict[str, Any]]], object], sentence: str
) -> None:
    refused(written(tmp_path, changed(change)), sentence)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"symbols": [{"symbol": "ETHUSDT"}]}, r"has no symbol 'BTCUSDT' (found: ETHUSDT)"),
        ({"symbols": None}, "(found: no symbol)"),
        ([], "(found: no symbol)"),
        (3, "(found: no symbol)"),
        ({"symbol": "BTCUSDT"}, "has no list of filters"),
        ({"symbol": "BTCUSDT", "filters": ["x", {"filterType": []}]}, "has no LOT_SIZE.maxQty"),
    ],
)
def test_another_document(tmp_path: Path, document: object, sentence: str) -> None:
    refused(written(tmp_path, document), sentence)


def refused(path: Path, part: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        read_exchange_info(path, "BTCUSDT")
    message = str(caught.value)
    assert part in message
    assert str(path) in message
    assert "\n" not in message


def test_no_file_no_json_and_too_much(tmp_path: Path) -> None:
    refused(tmp_path / "absent", "cannot be read (No such file or directory)")
    refused(tmp_path, "cannot be read (Is a directory)")
    path = tmp_path / "a.json"
    path.write_text("{")
    refused(path, "is no JSON")
    path.write_bytes(b"\xff\xfe\x00binary")
    refused(path, "is no JSON")
    path.write_text("[" * 200_000)
    refused(path, "is no JSON")
    with path.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    refused(path, "is larger than")
