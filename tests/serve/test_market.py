"""The public endpoints: facts, section 2.1."""

import json
import time
from decimal import Decimal
from pathlib import Path

from capi.adapters.instruments import INSTRUMENTS, read_exchange_info
from tests.serve.client import SYMBOL, Client, trading


def test_the_symbol_list_can_be_read_back_as_filters(client: Client, tmp_path: Path) -> None:
    info = client.http.get("/fapi/v1/exchangeInfo", params={"symbol": SYMBOL}).json()
    assert [(it["symbol"], it["status"]) for it in info["symbols"]] == [
        (symbol, "TRADING" if symbol == SYMBOL else "PENDING_TRADING") for symbol in INSTRUMENTS
    ]
    saved = tmp_path / "exchangeInfo.json"
    saved.write_text(json.dumps(info))
    assert read_exchange_info(saved, SYMBOL) == INSTRUMENTS[SYMBOL]
    assert (info["symbols"][0]["pricePrecision"], info["symbols"][0]["quantityPrecision"]) == (2, 3)


def test_time_is_this_machine_s_until_a_test_moves_it(client: Client) -> None:
    assert client.http.get("/fapi/v1/ping").json() == {}
    told = client.http.get("/fapi/v1/time").json()["serverTime"]
    assert abs(told - time.time() * 1000) < 1000
    client.exchange.control("POST", "advance", seconds="3600.5")
    assert client.http.get("/fapi/v1/time").json()["serverTime"] - told >= 3_600_500
    assert client.code("GET", "v3/balance") == -1021


def test_prices_are_told_with_the_symbol_s_digits(client: Client) -> None:
    client.exchange.price("76000.5", "76001.0", bid_qty="1.5", mark="76010.123", last="76000.9")
    book = client.http.get("/fapi/v1/ticker/bookTicker", params={"symbol": SYMBOL}).json()
    assert [book[name] for name in ("bidPrice", "bidQty", "askPrice", "askQty")] == [
        "76000.50",
        "1.500",
        "76001.00",
        "5.000",
    ]
    assert client.http.get("/fapi/v1/premiumIndex", params={"symbol": SYMBOL}).json()["markPrice"] == "76010.12300000"
    for version in ("v1", "v2"):
        assert client.http.get(f"/fapi/{version}/ticker/price", params={"symbol": SYMBOL}).json()["price"] == "76000.90"
    depth = client.http.get("/fapi/v1/depth", params={"symbol": SYMBOL}).json()
    assert (depth["bids"], depth["asks"]) == ([["76000.50", "1.500"]], [["76001.00", "5.000"]])
    assert [it["symbol"] for it in client.http.get("/fapi/v1/ticker/bookTicker").json()] == [SYMBOL]
    day = client.http.get("/fapi/v1/ticker/24hr", params={"symbol": SYMBOL}).json()
    assert (day["lastPrice"], day["highPrice"], day["lowPrice"]) == ("76000.90", "76915.05", "76000.90")
    for path in ("trades", "aggTrades"):
        assert client.http.get(f"/fapi/v1/{path}", params={"symbol": SYMBOL}).json() == []


def test_candles_end_with_the_one_that_is_still_open(client: Client) -> None:
    client.exchange.inside(lambda venue: venue.clock.move_ahead(3_600_000 - venue.now_ms() % 3_600_000))
    prices = ("76000.0", "76100.0", "75900.0", "76050.0")
    for price in prices:
        client.exchange.price(price, str(Decimal(price) + Decimal("0.1")))
        client.exchange.control("POST", "advance", seconds=20)
    asked: dict[str, str | int] = {"symbol": SYMBOL, "interval": "1m", "limit": 2}
    closed, still_open = client.http.get("/fapi/v1/klines", params=asked).json()
    assert closed[1:5] == ["76000.05", "76100.05", "75900.05", "75900.05"]
    assert still_open[1:5] == ["76050.05"] * 4
    assert (len(closed), closed[6] + 1) == (12, still_open[0])
    hour = client.http.get("/fapi/v1/markPriceKlines", params=asked | {"interval": "1h"}).json()[-1]
    assert hour[1:5] == ["76000.05", "76100.05", "75900.05", "76050.05"]
    later = client.http.get("/fapi/v1/klines", params=asked | {"startTime": still_open[0]}).json()
    assert later == [still_open]


def test_bad_requests_are_refused(client: Client) -> None:
    for path, params, code in (
        ("klines", {"symbol": SYMBOL, "interval": "1s"}, -1120),
        ("klines", {"symbol": SYMBOL}, -1102),
        ("klines", {"symbol": SYMBOL, "interval": "1m", "limit": "1501"}, -1130),
        ("premiumIndex", {"symbol": "NIX"}, -1121),
        ("premiumIndex", {"symbol": "ETHUSDT"}, -1122),
        ("depth", {}, -1102),
    ):
        answer = client.http.get(f"/fapi/v1/{path}", params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, code), (path, params)


def test_an_unknown_path_is_a_page_not_found(client: Client) -> None:
    for method, path in (("GET", "/fapi/v1/nix"), ("GET", "/nix"), ("DELETE", "/fapi/v1/time")):
        answer = client.http.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "<h1>404 Not Found</h1>" in answer.text


def test_another_symbol_can_be_served() -> None:
    with trading(symbol="DOGEUSDT", price="0.23123") as client:
        book = client.http.get("/fapi/v1/ticker/bookTicker", params={"symbol": "DOGEUSDT"}).json()
        assert (book["bidPrice"], book["bidQty"]) == ("0.231230", "5")
        order = {"symbol": "DOGEUSDT", "side": "BUY", "type": "MARKET", "quantity": "432"}
        placed = client.ok("POST", "v1/order", **order)
        assert (placed["status"], placed["executedQty"]) == ("FILLED", "432")
