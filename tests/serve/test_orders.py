"""Plain orders over the wire: the fields of facts, section 2.2, and the codes where they belong."""

import json
from typing import Any

import pytest

from capi.adapters.paper.config import PaperConfig
from tests.serve.client import SYMBOL, Client, eventually, trading

PLACED = {
    "orderId", "symbol", "status", "clientOrderId", "price", "origQty", "executedQty", "cumQty", "timeInForce", "type",
    "origType", "reduceOnly", "closePosition", "side", "positionSide", "stopPrice", "workingType", "priceProtect",
    "priceMatch", "selfTradePreventionMode", "goodTillDate", "updateTime",
}  # fmt: skip


def test_a_limit_order_rests_and_is_told_without_average_price(client: Client) -> None:
    placed = client.limit("BUY", "0.010", "76000", newClientOrderId="capi_entry_1")
    assert set(placed) == PLACED
    assert (placed["status"], placed["price"], placed["origQty"]) == ("NEW", "76000.00", "0.010")
    asked = client.ok("GET", "v1/order", symbol=SYMBOL, origClientOrderId="capi_entry_1")
    assert set(asked) == (PLACED - {"cumQty"}) | {"avgPrice", "cumQuote", "time"}
    assert asked["orderId"] == placed["orderId"]
    assert client.ok("GET", "v1/openOrders", symbol=SYMBOL) == [asked]
    assert client.ok("GET", "v1/openOrder", symbol=SYMBOL, orderId=placed["orderId"]) == asked


def test_a_market_order_is_acknowledged_as_new_and_filled_after_the_delay() -> None:
    with trading(config=PaperConfig(delay_ms=50)) as client:
        placed = client.place("BUY", "MARKET", "0.013", newClientOrderId="e1")
        assert (placed["status"], placed["executedQty"]) == ("NEW", "0.000")
        eventually(lambda: client.position()["positionAmt"] == "0.013")
        asked = client.ok("GET", "v1/order", symbol=SYMBOL, origClientOrderId="e1")
        assert (asked["status"], asked["avgPrice"], asked["cumQuote"]) == ("FILLED", "76915.10000", "999.8963")
        traded = client.ok("GET", "v1/userTrades", symbol=SYMBOL)
        assert [(it["orderId"], it["price"], it["qty"], it["commission"]) for it in traded] == [
            (placed["orderId"], "76915.10", "0.013", "0.49994815")
        ]


def test_a_result_waits_for_the_end_and_still_tells_no_average_price() -> None:
    with trading(config=PaperConfig(delay_ms=50)) as client:
        placed = client.place("BUY", "MARKET", "0.013", newOrderRespType="RESULT")
        assert (placed["status"], placed["executedQty"]) == ("FILLED", "0.013")
        assert set(placed) == PLACED


def test_parameters_in_the_body_are_signed_with_those_in_the_query(client: Client) -> None:
    body = client.query(symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.010")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.http.post("/fapi/v1/order", content=body, headers=form).status_code == 200


def test_a_cancelled_order_cannot_be_cancelled_again(client: Client) -> None:
    client.limit("BUY", "0.010", "76000", newClientOrderId="a")
    cancelled = client.ok("DELETE", "v1/order", symbol=SYMBOL, origClientOrderId="a")
    assert (cancelled["status"], set(cancelled)) == ("CANCELED", PLACED)
    assert client.code("DELETE", "v1/order", symbol=SYMBOL, origClientOrderId="a") == -2011
    assert client.code("GET", "v1/openOrder", symbol=SYMBOL, origClientOrderId="a") == -2013
    assert client.ok("GET", "v1/order", symbol=SYMBOL, origClientOrderId="a")["status"] == "CANCELED"


def test_an_id_is_unique_only_among_open_orders(client: Client) -> None:
    first = client.place("BUY", "MARKET", "0.010", newClientOrderId="twice")
    second = client.place("BUY", "MARKET", "0.010", newClientOrderId="twice")
    assert first["orderId"] < second["orderId"]
    assert client.position()["positionAmt"] == "0.020"
    client.limit("BUY", "0.010", "76000", newClientOrderId="open")
    again = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.010", "newClientOrderId": "open"}
    assert client.code("POST", "v1/order", **again) == -4116


def test_all_open_orders_are_cancelled_but_no_algo_orders(client: Client) -> None:
    client.limit("BUY", "0.010", "76000")
    client.stop("SELL", "75000.0", quantity="0.010", reduceOnly="true")
    assert client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)["code"] == 200
    assert client.ok("GET", "v1/openOrders") == []
    assert len(client.ok("GET", "v1/openAlgoOrders")) == 1


def test_all_orders_are_listed_from_a_number_on(client: Client) -> None:
    numbers = [client.limit("BUY", "0.010", price)["orderId"] for price in ("76000", "76001", "76002")]
    client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)
    listed = client.ok("GET", "v1/allOrders", symbol=SYMBOL, orderId=numbers[1])
    assert [(it["orderId"], it["status"]) for it in listed] == [(number, "CANCELED") for number in numbers[1:]]
    assert len(client.ok("GET", "v1/allOrders", symbol=SYMBOL)) == 3
    assert client.code("GET", "v1/allOrders", symbol=SYMBOL, startTime=1, endTime=700_000_000) == -4166


def test_a_batch_answers_each_order_on_its_own(client: Client) -> None:
    good = {
        "symbol": SYMBOL,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.010",
        "price": "76000",
    }
    answers = client.ok("POST", "v1/batchOrders", batchOrders=json.dumps([good, good | {"price": "76000.05"}]))
    assert answers[0]["status"] == "NEW"
    assert answers[1]["code"] == -4014
    cancelled = client.ok(
        "DELETE", "v1/batchOrders", symbol=SYMBOL, orderIdList=json.dumps([answers[0]["orderId"], 7]).replace(" ", "")
    )
    assert (cancelled[0]["status"], cancelled[1]["code"]) == ("CANCELED", -2011)


def test_an_order_is_tested_without_being_placed(client: Client) -> None:
    order = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "76000"}
    assert client.ok("POST", "v1/order/test", quantity="0.010", **order) == {}
    assert client.code("POST", "v1/order/test", quantity="1000", **order) == -2019
    assert client.ok("GET", "v1/openOrders") == []


def test_the_countdown_cancels_plain_orders_and_is_switched_off_by_zero(client: Client) -> None:
    client.limit("BUY", "0.010", "76000")
    asked = client.ok("POST", "v1/countdownCancelAll", symbol=SYMBOL, countdownTime=60_000)
    assert asked == {"symbol": SYMBOL, "countdownTime": "60000"}
    client.ok("POST", "v1/countdownCancelAll", symbol=SYMBOL, countdownTime=0)
    client.exchange.control("POST", "advance", seconds=61)
    assert len(client.exchange.inside(lambda venue: venue.open_records("plain"))) == 1
    moved = int(client.http.get("/fapi/v1/time").json()["serverTime"])
    client.ok("POST", "v1/countdownCancelAll", symbol=SYMBOL, countdownTime=60_000, timestamp=moved)
    client.exchange.control("POST", "advance", seconds=61)
    assert client.exchange.inside(lambda venue: venue.open_records("plain")) == []


def test_a_modified_order_keeps_its_number_and_meets_the_market_again(client: Client) -> None:
    placed = client.limit("BUY", "0.010", "76000")
    change: dict[str, Any] = {"symbol": SYMBOL, "side": "BUY", "orderId": placed["orderId"]}
    assert client.code("PUT", "v1/order", quantity="0.010", price="76000", **change) == -5027
    assert client.code("PUT", "v1/order", quantity="0.010", **change) == -1102
    moved = client.ok("PUT", "v1/order", quantity="0.020", price="76100", **change)
    assert (moved["orderId"], moved["price"], moved["origQty"], moved["status"]) == (
        placed["orderId"], "76100.00", "0.020", "NEW"
    )  # fmt: skip
    assert client.code("PUT", "v1/order", quantity="0.020", price="76100.05", **change) == -4014
    taken = client.ok("PUT", "v1/order", quantity="0.020", price="77000", **change)
    assert (taken["status"], taken["executedQty"]) == ("FILLED", "0.020")
    assert client.code("PUT", "v1/order", quantity="0.030", price="76000", **change) == -2013


def test_a_post_only_order_that_a_modification_would_let_take_is_cancelled(client: Client) -> None:
    placed = client.limit("BUY", "0.010", "76000", timeInForce="GTX")
    change = {"symbol": SYMBOL, "side": "BUY", "orderId": placed["orderId"]}
    assert client.ok("PUT", "v1/order", quantity="0.010", price="77000", **change)["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (-1102, {"symbol": None}),
        (-1121, {"symbol": "NIXUSDT"}),
        (-4141, {"symbol": "ETHUSDT"}),
        (-1102, {"side": None}),
        (-1117, {"side": "LONG"}),
        (-1116, {"type": "ICEBERG"}),
        (-4120, {"type": "STOP_MARKET"}),
        (-1102, {"timeInForce": None}),
        (-1115, {"timeInForce": "NOW"}),
        (-1115, {"timeInForce": "GTD", "goodTillDate": "9999999999999"}),
        (-5038, {"selfTradePreventionMode": "EXPIRE_TAKER"}),
        (-1102, {"quantity": None}),
        (-1105, {"quantity": ""}),
        (-1100, {"quantity": "1e-2"}),
        (-1100, {"quantity": "-0.010"}),
        (-1111, {"quantity": "0.0101"}),
        (-4003, {"quantity": "0.000"}),
        (-4005, {"quantity": "1001"}),
        (-1111, {"price": "76000.001"}),
        (-4014, {"price": "76000.05"}),
        (-4016, {"price": "99000"}),
        (-4164, {"quantity": "0.001", "price": "40000"}),
        (-2019, {"quantity": "100"}),
        (-2022, {"reduceOnly": "true"}),
        (-1130, {"reduceOnly": "True"}),
        (-4015, {"newClientOrderId": "x" * 37}),
        (-4061, {"positionSide": "LONG"}),
        (-5022, {"timeInForce": "GTX", "price": "77000"}),
        (-5021, {"timeInForce": "FOK", "price": "76000"}),
        (-1104, {"reduceonly": "true"}),
        (-5037, {"priceMatch": "QUEUE"}),
    ],
)
def test_a_bad_order_is_refused(client: Client, code: int, wrong: dict[str, object]) -> None:
    good: dict[str, object] = {
        "symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010", "price": "76000"
    }  # fmt: skip
    assert client.code("POST", "v1/order", **good | wrong) == code
    assert client.ok("GET", "v1/openOrders") == []


def test_what_is_not_named_or_not_known_is_not_found(client: Client) -> None:
    assert client.code("GET", "v1/order", symbol=SYMBOL) == -1102
    assert client.code("GET", "v1/order", symbol=SYMBOL, orderId=7) == -2013
    assert client.code("DELETE", "v1/order", symbol=SYMBOL, origClientOrderId="nix") == -2011
    stop = client.stop("SELL", "75000.0", quantity="0.010", reduceOnly="true")
    assert client.code("GET", "v1/order", symbol=SYMBOL, orderId=stop["algoId"]) == -2013
    assert client.code("DELETE", "v1/order", symbol=SYMBOL, orderId=stop["algoId"]) == -2011


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("POST", {"batchOrders": None}, -1102),
        ("POST", {"batchOrders": "{}"}, -1130),
        ("POST", {"batchOrders": "[]"}, -1130),
        ("POST", {"batchOrders": "[1]"}, -1130),
        ("POST", {"batchOrders": "[1,"}, -1130),
        ("POST", {"batchOrders": "[{},{},{},{},{},{}]"}, -1130),
        ("DELETE", {"symbol": SYMBOL}, -1102),
        ("DELETE", {"symbol": SYMBOL, "orderIdList": "7"}, -1130),
    ],
)
def test_a_bad_batch_is_refused_as_a_whole(client: Client, method: str, params: dict[str, object], code: int) -> None:
    assert client.code(method, "v1/batchOrders", **params) == code


def test_a_batch_is_cancelled_by_client_ids(client: Client) -> None:
    client.limit("BUY", "0.010", "76000", newClientOrderId="a")
    answers = client.ok("DELETE", "v1/batchOrders", symbol=SYMBOL, origClientOrderIdList='["a","b"]')
    assert [it.get("status") or it.get("code") for it in answers] == ["CANCELED", -2011]


def test_another_symbol_has_nothing(client: Client) -> None:
    client.place("BUY", "MARKET", "0.010")
    client.limit("BUY", "0.010", "76000")
    client.stop("SELL", "75000.0")
    for path in (
        "v1/openOrders", "v1/allOrders", "v1/userTrades", "v1/openAlgoOrders", "v1/allAlgoOrders", "v1/income",
        "v3/positionRisk",
    ):  # fmt: skip
        assert client.ok("GET", path, symbol="ETHUSDT") == [], path
    for path in ("v1/allOpenOrders", "v1/algoOpenOrders"):
        assert client.ok("DELETE", path, symbol="ETHUSDT")["code"] == 200
    assert len(client.ok("GET", "v1/openOrders")) == len(client.ok("GET", "v1/openAlgoOrders")) == 1
    assert client.code("POST", "v1/leverage", symbol="ETHUSDT", leverage=3) == -4141


def test_a_modification_names_an_order_of_its_kind_and_side(client: Client) -> None:
    placed = client.limit("BUY", "0.010", "76000")
    change: dict[str, Any] = {"symbol": SYMBOL, "quantity": "0.010", "price": "76100"}
    assert client.code("PUT", "v1/order", side="BUY", **change) == -1102
    assert client.code("PUT", "v1/order", side="SELL", orderId=placed["orderId"], **change) == -1128
    client.exchange.price("76000.0", "76000.1", ask_qty="0.004")
    client.exchange.price("75999.9", "76000.0", ask_qty="0.004")
    filled = client.ok("GET", "v1/order", symbol=SYMBOL, orderId=placed["orderId"])
    assert (filled["status"], filled["executedQty"]) == ("PARTIALLY_FILLED", "0.004")
    less = change | {"quantity": "0.004"}
    assert client.ok("PUT", "v1/order", side="BUY", orderId=placed["orderId"], **less)["status"] == "CANCELED"
