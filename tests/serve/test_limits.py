"""Weights and counts, their headers, and what comes when there are too many: facts, section 1.5."""

from typing import Any

from capi.cli.serve.limits import REFUSALS_BEFORE_BAN, Limits
from capi.cli.serve.venue import Venue
from tests.serve.client import SYMBOL, Client, trading

ORDER = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010", "price": "76000"}


def at_a_minutes_beginning(client: Client) -> dict[str, Any]:
    """Move the exchange to where all windows begin, so that none ends meanwhile; return the time to sign with."""

    def begin(venue: Venue) -> int:
        venue.clock.move_ahead(60_000 - venue.now_ms() % 60_000)
        return venue.step()

    return {"timestamp": client.exchange.inside(begin)}


def used(client: Client, method: str, path: str, **params: object) -> int:
    """Return what one more request costs."""
    weights = [int(client.send("GET", "v1/ping").headers["x-mbx-used-weight-1m"])]
    weights.append(int(client.send(method, path, **params).headers["X-MBX-USED-WEIGHT-1M"]))
    return weights[1] - weights[0]


def test_each_request_costs_its_weight(client: Client) -> None:
    now = at_a_minutes_beginning(client)
    costs = {
        ("GET", "v1/openOrders"): 40,
        ("GET", "v1/positionSide/dual"): 30,
        ("GET", "v3/account"): 5,
        ("GET", "v1/ticker/bookTicker"): 5,
        ("GET", "v1/exchangeInfo"): 1,
    }
    assert {key: used(client, *key, **now) for key in costs} == costs
    assert used(client, "GET", "v1/openOrders", symbol=SYMBOL, **now) == 1
    assert used(client, "POST", "v1/order", **ORDER, **now) == 0
    for limit, cost in ((99, 1), (499, 2), (1000, 5), (1500, 10), ("nix", 10)):
        assert used(client, "GET", "v1/klines", symbol=SYMBOL, interval="1m", limit=limit, **now) == cost


def test_orders_are_counted_where_orders_are_placed(client: Client) -> None:
    now = at_a_minutes_beginning(client)
    first, second = (client.send("POST", "v1/order", **ORDER, **now) for _ in range(2))
    assert first.headers["X-MBX-ORDER-COUNT-10S"] == first.headers["X-MBX-ORDER-COUNT-1M"] == "1"
    assert second.headers["X-MBX-ORDER-COUNT-1M"] == "2"
    assert "X-MBX-ORDER-COUNT-10S" not in client.send("GET", "v1/openOrders", symbol=SYMBOL, **now).headers


def test_too_much_weight_is_refused_then_banned_and_forgiven_in_time() -> None:
    with trading(limits=Limits(weight_minute=60)) as client:
        at_a_minutes_beginning(client)
        assert client.http.get("/fapi/v1/aggTrades", params={"symbol": SYMBOL}).status_code == 200
        for _ in range(2):
            client.http.get("/fapi/v1/aggTrades", params={"symbol": SYMBOL})
        refused = client.http.get("/fapi/v1/ping")
        assert (refused.status_code, refused.json()["code"]) == (429, -1003)
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        statuses = [client.http.get("/fapi/v1/ping").status_code for _ in range(REFUSALS_BEFORE_BAN + 1)]
        assert statuses == [429] * (REFUSALS_BEFORE_BAN - 1) + [418, 418]
        banned = client.http.get("/fapi/v1/ping")
        assert "banned until" in banned.json()["msg"]
        assert 60 < int(banned.headers["Retry-After"]) <= 120
        client.exchange.control("POST", "advance", seconds=180)
        assert client.http.get("/fapi/v1/ping").status_code == 200


def test_too_many_orders_are_refused_and_reads_go_on() -> None:
    with trading(limits=Limits(orders_ten_seconds=3)) as client:
        now = at_a_minutes_beginning(client)
        for _ in range(3):
            client.ok("POST", "v1/order", **ORDER, **now)
        refused = client.send("POST", "v1/order", **ORDER, **now)
        assert (refused.status_code, refused.json()["code"]) == (429, -1015)
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        assert len(client.ok("GET", "v1/openOrders", symbol=SYMBOL, **now)) == 3


def test_the_limits_are_told_as_they_are() -> None:
    with trading(limits=Limits(weight_minute=100, orders_minute=7)) as client:
        told = client.http.get("/fapi/v1/exchangeInfo").json()["rateLimits"]
        assert [(it["rateLimitType"], it["intervalNum"], it["limit"]) for it in told] == [
            ("REQUEST_WEIGHT", 1, 100), ("ORDERS", 1, 7), ("ORDERS", 10, 300)
        ]  # fmt: skip
