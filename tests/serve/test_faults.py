"""Bad days on the wire: each fault looks as facts, section 5, say, and is executed or not as it claims."""

from typing import Any

import httpx
import pytest

from tests.serve.client import SYMBOL, Client

ORDER = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010", "price": "76000"}


def open_orders(client: Client) -> int:
    return client.exchange.inside(lambda venue: len(venue.open_records("plain")))


@pytest.mark.parametrize(
    ("kind", "status", "code", "executed"),
    [
        ("unknown_503", 503, -1000, True),
        ("unavailable_503", 503, -1000, False),
        ("internal_503", 503, -1000, False),
        ("overload_503", 503, -1008, False),
        ("backend_timeout", 408, -1007, True),
        ("bad_gateway", 502, None, True),
        ("no_json", 200, None, True),
        ("half_json", 200, None, True),
        ("clock", 400, -1021, False),
        ("throttle", 429, -1003, False),
        ("ban", 418, -1003, False),
        ("waf", 403, None, False),
    ],
)
def test_an_answer_of_a_bad_day(client: Client, kind: str, status: int, code: int | None, executed: bool) -> None:
    client.exchange.fault("POST /fapi/v1/order", kind, seconds=0.001)
    answer = client.send("POST", "v1/order", **ORDER)
    assert answer.status_code == status
    if code is None:
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()
    else:
        assert answer.json()["code"] == code
    assert ("Retry-After" in answer.headers) == (status in (429, 418))
    assert open_orders(client) == int(executed)


@pytest.mark.parametrize(("kind", "executed"), [("lost", True), ("dropped", False)])
def test_an_answer_that_never_comes(client: Client, kind: str, executed: bool) -> None:
    client.exchange.fault("POST /fapi/v1/order", kind)
    with pytest.raises(httpx.TransportError):
        client.send("POST", "v1/order", **ORDER)
    assert open_orders(client) == int(executed)


def test_an_answer_that_comes_too_late_was_executed_all_the_same(client: Client) -> None:
    client.exchange.fault("POST /fapi/v1/order", "timeout", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        client.http.post(f"/fapi/v1/order?{client.query(**ORDER)}", timeout=0.1)
    assert open_orders(client) == 1
    client.exchange.fault("POST /fapi/v1/order", "delay", seconds=0.05)
    assert client.send("POST", "v1/order", **ORDER).status_code == 200


def test_a_request_that_arrives_late_is_judged_then(client: Client) -> None:
    client.exchange.fault("POST /fapi/v1/order", "late", seconds=0.2, times=2)
    assert client.code("POST", "v1/order", recvWindow=100, **ORDER) == -1021
    assert client.ok("POST", "v1/order", recvWindow=5000, **ORDER)["status"] == "NEW"
    assert open_orders(client) == 1


def test_whether_it_was_executed_can_be_chosen(client: Client) -> None:
    client.exchange.fault("POST /fapi/v1/order", "unknown_503", executed=False)
    assert client.send("POST", "v1/order", **ORDER).status_code == 503
    assert open_orders(client) == 0


def test_a_fault_waits_for_its_request_and_is_used_up(client: Client) -> None:
    client.exchange.fault("DELETE /fapi/v1/*", "refuse", code=-2011, times=2, skip=1)
    client.ok("POST", "v1/order", **ORDER)
    assert client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)["code"] == 200
    assert [client.code("DELETE", "v1/allOpenOrders", symbol=SYMBOL) for _ in range(2)] == [-2011, -2011]
    assert client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)["code"] == 200
    client.exchange.fault("*", "waf")
    client.exchange.control("DELETE", "fault")
    assert client.send("GET", "v1/openOrders").status_code == 200


def test_a_ban_lasts_for_its_time(client: Client) -> None:
    client.exchange.fault("GET /fapi/v1/time", "ban", seconds=60)
    assert client.http.get("/fapi/v1/time").status_code == 418
    assert client.http.get("/fapi/v1/ping").status_code == 418
    client.exchange.control("POST", "advance", seconds=61)
    assert client.http.get("/fapi/v1/ping").status_code == 200


def test_a_change_becomes_visible_late(client: Client) -> None:
    control: Any = client.exchange.control
    control("POST", "lag", position_ms=60_000, orders_ms=60_000)
    client.place("BUY", "MARKET", "0.010", newClientOrderId="e1")
    assert client.position() is None
    stop = {"symbol": SYMBOL, "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "75000.0", "closePosition": "true"}
    assert client.code("POST", "v1/algoOrder", algoType="CONDITIONAL", **stop) == -4509
    assert client.code("GET", "v1/order", symbol=SYMBOL, origClientOrderId="e1") == -2013
    client.limit("BUY", "0.010", "76000")
    assert client.ok("GET", "v1/openOrders") == []
    control("POST", "advance", seconds=61)
    now = {"timestamp": client.http.get("/fapi/v1/time").json()["serverTime"]}
    assert client.ok("GET", "v1/order", symbol=SYMBOL, origClientOrderId="e1", **now)["status"] == "FILLED"
    assert client.ok("GET", "v3/positionRisk", symbol=SYMBOL, **now)[0]["positionAmt"] == "0.010"
    assert len(client.ok("GET", "v1/openOrders", **now)) == 1
