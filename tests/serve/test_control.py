"""The control endpoint: what it can do, and what it says to nonsense."""

import time
from decimal import Decimal

import pytest

from capi.cli.serve.prices import fixed
from tests.serve.client import SYMBOL, Client, eventually, trading

D = Decimal


def test_it_is_off_unless_asked_for() -> None:
    with trading(control=False) as client:
        assert client.http.get("/control").status_code == 404
        assert client.http.post("/control/price", json={"price": "1"}).status_code == 404
        assert client.exchange.inside(lambda venue: venue.state.market.bid) == 76_915


def test_it_lists_what_it_can_do(client: Client) -> None:
    listed = client.http.get("/control").json()
    assert "POST /control/price" in listed
    for route in listed:
        method, path = route.split()
        assert client.http.request(method, path, content=b"{").status_code == 400


@pytest.mark.parametrize("price", ["76915.05", "1e400", "-1", "NaN", "0", "1e-9", "1000000000000"])
def test_a_price_that_no_market_has_is_refused(client: Client, price: str) -> None:
    told = client.http.post("/control/price", json={"price": price})
    assert told.status_code == 400
    assert "price" in told.json()["error"]
    assert client.exchange.inside(lambda venue: venue.state.market.bid) == 76_915


def test_a_price_stays_until_it_is_set_free() -> None:
    with trading(source=fixed(D("76915.0"), D("0.1"), every_ms=10)) as client:
        _pin_and_free(client)


def _pin_and_free(client: Client) -> None:
    client.exchange.control("POST", "price", price="76000")
    quotes = client.exchange.inside(lambda venue: venue.state.market.quotes)
    eventually(lambda: client.exchange.inside(lambda venue: venue.state.market.quotes) > quotes)
    assert client.exchange.inside(lambda venue: venue.state.market.bid) == 76_000
    client.exchange.control("DELETE", "price")
    eventually(lambda: client.exchange.inside(lambda venue: venue.state.market.bid) == 76_915)


def test_a_person_trades_on_the_account(client: Client) -> None:
    control = client.exchange.control
    placed = control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
    assert placed["clientOrderId"].startswith("web_")
    assert client.position()["positionAmt"] == "0.010"
    stop = control("POST", "order", side="SELL", type="STOP_MARKET", triggerPrice="75000", closePosition=True)
    assert client.ok("GET", "v1/openAlgoOrders")[0]["clientAlgoId"] == stop["clientAlgoId"]
    control("DELETE", "order", kind="algo", client_order_id=stop["clientAlgoId"])
    assert client.ok("GET", "v1/openAlgoOrders") == []
    assert control("POST", "close")["status"] == "FILLED"
    assert client.position() is None


def test_settings_are_changed_by_hand(client: Client) -> None:
    control = client.exchange.control
    told = control("POST", "account", hedge=True, leverage=3, margin_mode="isolated", transfer="-1000.5")
    assert told == {"wallet": "8999.5", "leverage": 3}
    assert client.ok("GET", "v1/accountConfig")["dualSidePosition"] is True
    assert client.ok("GET", "v1/symbolConfig", symbol=SYMBOL)[0]["marginType"] == "ISOLATED"
    assert [it["income"] for it in client.ok("GET", "v1/income", incomeType="TRANSFER")] == [
        "10000.00000000", "-1000.50000000"
    ]  # fmt: skip
    control("POST", "limits", weight_minute=7)
    assert client.http.get("/fapi/v1/exchangeInfo").json()["rateLimits"][0]["limit"] == 7


def test_what_was_sent_is_told_without_its_signature(client: Client) -> None:
    client.limit("BUY", "0.010", "76000", newClientOrderId="a")
    client.send("GET", "v1/nix")
    first, second = client.exchange.control("GET", "requests")["requests"]
    assert (first["method"], first["path"], first["status"]) == ("POST", "/fapi/v1/order", 200)
    assert first["params"]["newClientOrderId"] == "a"
    assert "signature" not in first["params"]
    assert (second["path"], second["status"]) == ("/fapi/v1/nix", 404)


@pytest.mark.parametrize(
    ("method", "name", "body", "said"),
    [
        ("POST", "price", {}, "either price, or bid and ask"),
        ("POST", "price", {"price": "1", "bid": "1", "ask": "2"}, "either price, or bid and ask"),
        ("POST", "price", {"bid": "2", "ask": "1"}, "not below the ask"),
        ("POST", "price", {"price": "much"}, "valid decimal"),
        ("POST", "price", {"price": "NaN"}, "finite number"),
        ("POST", "price", {"price": "1", "prize": "1"}, "prize"),
        ("POST", "advance", {}, "seconds: Field required"),
        ("POST", "advance", {"seconds": -1}, "greater than or equal to 0"),
        ("POST", "fault", {"request": "*", "kind": "rain"}, "kind: Input should be 'lost'"),
        ("POST", "fault", {"request": "*", "kind": "lost", "often": 3}, "often"),
        ("POST", "limits", {"weight": 3}, "weight"),
        ("POST", "streams", {"action": "sing"}, "action: Input should be 'drop'"),
        ("DELETE", "order", {"kind": "odd", "client_order_id": "a"}, "kind: Input should be 'plain'"),
        ("POST", "order", {"side": "BUY"}, "type: Field required"),
        ("POST", "close", {}, "no position"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(
    client: Client, method: str, name: str, body: dict[str, object], said: str
) -> None:
    answer = client.http.request(method, f"/control/{name}", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_what_the_exchange_refuses_keeps_its_code(client: Client) -> None:
    answer = client.http.request("DELETE", "/control/order", json={"client_order_id": "nix"})
    assert (answer.status_code, answer.json()["code"]) == (400, -2011)


def test_an_exchange_that_is_far_away_answers_after_both_ways(client: Client) -> None:
    assert client.http.post("/control/away", json={"ms": 60}).json() == {"ms": 60}
    began = time.monotonic()
    client.ok("GET", "v1/time")
    assert time.monotonic() - began >= 0.12
