"""Conditional orders over the wire: facts, section 3."""

import pytest

from tests.serve.client import SYMBOL, Client, algo

PLACED = {
    "algoId", "clientAlgoId", "algoType", "orderType", "symbol", "side", "positionSide", "timeInForce", "quantity",
    "algoStatus", "triggerPrice", "price", "icebergQuantity", "selfTradePreventionMode", "workingType", "priceMatch",
    "closePosition", "priceProtect", "reduceOnly", "activatePrice", "callbackRate", "createTime", "updateTime",
    "triggerTime", "goodTillDate",
}  # fmt: skip
ACTUAL = {"actualOrderId", "actualPrice", "actualType", "actualQty", "tpOrderType"}


def test_a_closing_stop_rests_and_turns_into_gte(client: Client) -> None:
    client.place("BUY", "MARKET", "0.010")
    placed = client.stop("SELL", "75500.0", workingType="MARK_PRICE", clientAlgoId="capi_sl_1")
    assert set(placed) == PLACED
    told = [placed[name] for name in ("orderType", "algoStatus", "timeInForce", "quantity", "reduceOnly")]
    assert told == ["STOP_MARKET", "NEW", "GTE_GTC", "0.000", True]
    asked = client.ok("GET", "v1/algoOrder", clientAlgoId="capi_sl_1")
    assert set(asked) == PLACED | ACTUAL
    assert {name: asked[name] for name in ACTUAL} == dict.fromkeys(ACTUAL, "")
    assert client.ok("GET", "v1/openAlgoOrders", symbol=SYMBOL) == [asked]
    assert client.ok("GET", "v1/allAlgoOrders", symbol=SYMBOL) == [asked]


def test_a_stop_that_fires_gives_birth_to_a_market_order_with_its_id(client: Client) -> None:
    client.place("BUY", "MARKET", "0.010")
    placed = client.stop("SELL", "75500.0", workingType="MARK_PRICE", clientAlgoId="sl")
    client.exchange.price("75400.0", "75400.1")
    asked = client.ok("GET", "v1/algoOrder", algoId=placed["algoId"])
    assert (asked["algoStatus"], asked["actualPrice"], asked["actualQty"], asked["actualType"]) == (
        "FINISHED", "75400.00000", "0.010", "MARKET"
    )  # fmt: skip
    child = client.ok("GET", "v1/order", symbol=SYMBOL, origClientOrderId="sl")
    assert (str(child["orderId"]), child["status"], child["reduceOnly"]) == (asked["actualOrderId"], "FILLED", True)
    assert client.position() is None
    assert client.code("DELETE", "v1/algoOrder", clientAlgoId="sl") == -2011


def test_a_closing_stop_expires_with_the_position_and_a_quantity_stop_stays(client: Client) -> None:
    client.place("BUY", "MARKET", "0.010")
    client.stop("SELL", "75500.0", clientAlgoId="closing")
    client.stop("SELL", "75600.0", quantity="0.010", reduceOnly="true", clientAlgoId="quantity")
    client.exchange.control("POST", "close")
    assert client.ok("GET", "v1/algoOrder", clientAlgoId="closing")["algoStatus"] == "EXPIRED"
    assert [it["clientAlgoId"] for it in client.ok("GET", "v1/openAlgoOrders")] == ["quantity"]
    client.exchange.price("75400.0", "75400.1")
    assert client.ok("GET", "v1/algoOrder", clientAlgoId="quantity")["algoStatus"] == "REJECTED"
    assert client.position() is None


def test_cancelling_answers_with_a_code_in_text(client: Client) -> None:
    placed = client.stop("SELL", "75000.0", quantity="0.010", reduceOnly="true", clientAlgoId="a")
    assert client.ok("DELETE", "v1/algoOrder", clientAlgoId="a") == {
        "algoId": placed["algoId"], "clientAlgoId": "a", "code": "200", "msg": "success"
    }  # fmt: skip
    assert client.ok("GET", "v1/algoOrder", clientAlgoId="a")["algoStatus"] == "CANCELED"


def test_all_conditional_orders_are_cancelled_but_no_plain_ones(client: Client) -> None:
    client.limit("BUY", "0.010", "76000")
    client.stop("SELL", "75000.0", quantity="0.010", reduceOnly="true")
    assert client.ok("DELETE", "v1/algoOpenOrders", symbol=SYMBOL)["code"] == 200
    assert client.ok("GET", "v1/openAlgoOrders") == []
    assert len(client.ok("GET", "v1/openOrders")) == 1


def test_flat_and_second_closing_stops_are_refused(client: Client) -> None:
    assert client.code("POST", "v1/algoOrder", **algo("SELL", "75500.0", closePosition="true")) == -4509
    client.place("BUY", "MARKET", "0.010")
    client.stop("SELL", "75500.0")
    assert client.code("POST", "v1/algoOrder", **algo("SELL", "75600.0", closePosition="true")) == -4130
    client.stop("SELL", "75600.0", quantity="0.010", reduceOnly="true")
    target = algo("SELL", "78000.0", closePosition="true") | {"type": "TAKE_PROFIT_MARKET"}
    assert client.ok("POST", "v1/algoOrder", **target)["orderType"] == "TAKE_PROFIT_MARKET"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (-1102, {"algoType": None}),
        (-1102, {"triggerPrice": None}),
        (-1102, {"triggerPrice": None, "stopPrice": "75500.0"}),
        (-1104, {"newClientOrderId": "old"}),
        (-1130, {"type": "MARKET"}),
        (-1130, {"workingType": "INDEX_PRICE"}),
        (-1102, {"quantity": None}),
        (-1106, {"quantity": None, "closePosition": "true", "reduceOnly": "true"}),
        (-4137, {"closePosition": "true", "reduceOnly": None}),
        (-2021, {"triggerPrice": "77000.0"}),
        (-4014, {"triggerPrice": "75000.05"}),
        (-4141, {"symbol": "ETHUSDT"}),
    ],
)
def test_a_bad_conditional_order_is_refused(client: Client, code: int, wrong: dict[str, object]) -> None:
    good = algo("SELL", "75000.0", quantity="0.010", reduceOnly="true")
    assert client.code("POST", "v1/algoOrder", **good | wrong) == code
    assert client.ok("GET", "v1/openAlgoOrders") == []


def test_an_unknown_conditional_order_is_not_found(client: Client) -> None:
    assert client.code("GET", "v1/algoOrder", clientAlgoId="nix") == -2013
    assert client.code("GET", "v1/algoOrder") == -1102
    assert client.code("DELETE", "v1/algoOrder", algoId=7) == -2011
