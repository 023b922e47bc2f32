"""Whatever a client does, the streams tell the same story as REST, and REST the same as the exchange's books."""

import asyncio
import json
from decimal import Decimal
from random import Random
from typing import Any

import aiohttp
import pytest

from tests.serve.client import SYMBOL, Client, algo, trading

D = Decimal
ACTIONS = 150


def act(client: Client, rng: Random, at: list[int]) -> None:
    """Do one thing that a client or the market may do; a refusal is one too."""
    side = rng.choice(("BUY", "SELL"))
    quantity = f"0.0{rng.randrange(1, 60):02}"
    price = f"{at[0] + rng.randrange(-300, 300)}.0"
    reduce_only = rng.choice((None, "true"))
    match rng.randrange(9):
        case 0 | 1:
            order = {"type": "MARKET", "quantity": quantity, "reduceOnly": reduce_only}
            client.send("POST", "v1/order", symbol=SYMBOL, side=side, **order)
        case 2 | 3:
            kind = rng.choice(("GTC", "GTC", "IOC", "FOK", "GTX"))
            order = {
                "type": "LIMIT",
                "quantity": quantity,
                "price": price,
                "timeInForce": kind,
                "reduceOnly": reduce_only,
            }
            client.send("POST", "v1/order", symbol=SYMBOL, side=side, **order)
        case 4:
            sized = {"quantity": quantity, "reduceOnly": "true"} if rng.random() < 0.5 else {"closePosition": "true"}
            kind = rng.choice(("STOP_MARKET", "TAKE_PROFIT_MARKET"))
            client.send("POST", "v1/algoOrder", **algo(side, price, **sized) | {"type": kind})
        case 5:
            path = rng.choice(("v1/allOpenOrders", "v1/algoOpenOrders"))
            if rng.random() < 0.3:
                client.send("DELETE", path, symbol=SYMBOL)
        case 6:
            for order in client.ok("GET", "v1/openOrders")[:1]:
                moved = {"side": order["side"], "quantity": quantity, "price": price}
                client.send("PUT", "v1/order", symbol=SYMBOL, orderId=order["orderId"], **moved)
        case _:
            at[0] += rng.randrange(-250, 250)
            thin = rng.choice(("5", "0.02"))
            client.exchange.price(f"{at[0]}.0", f"{at[0] + rng.choice((1, 30))}.5", bid_qty=thin, ask_qty=thin)


class Heard:
    """The account as somebody would know it who only listens."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.algos: dict[int, dict[str, Any]] = {}
        self.trades: list[dict[str, Any]] = []
        self.wallet = D(10_000)
        self.position = D(0)

    def take(self, event: dict[str, Any]) -> None:
        match event["e"]:
            case "ORDER_TRADE_UPDATE":
                order = event["o"]
                self.orders[order["i"]] = order
                if order["x"] in ("TRADE", "CALCULATED"):
                    self.trades.append(order)
            case "ALGO_UPDATE":
                self.algos[event["o"]["aid"]] = event["o"]
            case "ACCOUNT_UPDATE":
                self.wallet = D(event["a"]["B"][0]["wb"])
                for position in event["a"]["P"]:
                    self.position = D(position["pa"])


async def listen(client: Client, heard: Heard, seed: int) -> None:
    async with aiohttp.ClientSession() as session:
        key = client.http.post("/fapi/v1/listenKey").json()["listenKey"]
        socket = await session.ws_connect(f"{client.exchange.stream_url}/private/ws/{key}")
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await socket.receive_json(timeout=5)
        rng, at = Random(seed), [76_915]
        for _ in range(ACTIONS):
            await asyncio.to_thread(act, client, rng, at)
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
        while (event := json.loads((await socket.receive(timeout=5)).data)).get("id") != 2:
            heard.take(event)


@pytest.mark.parametrize("seed", range(3))
def test_streams_rest_and_books_agree(seed: int) -> None:
    heard = Heard()
    with trading() as client:
        asyncio.run(listen(client, heard, seed))
        assert all(it["status"] in (200, 400) for it in client.exchange.control("GET", "requests")["requests"])
        listed = client.ok("GET", "v1/allOrders", symbol=SYMBOL, limit=1000)
        algos = client.ok("GET", "v1/allAlgoOrders", symbol=SYMBOL, limit=1000)
        trades = client.ok("GET", "v1/userTrades", symbol=SYMBOL, limit=1000)
        position = client.position()
        wallet, qty = client.exchange.inside(lambda venue: (venue.account.wallet, venue.account.qty))
    told = {number: (it["X"], D(it["z"]), D(it["q"]), D(it["p"])) for number, it in heard.orders.items()}
    assert told == {
        it["orderId"]: (it["status"], D(it["executedQty"]), D(it["origQty"]), D(it["price"])) for it in listed
    }
    assert {number: (it["X"], it["ai"]) for number, it in heard.algos.items()} == {
        it["algoId"]: (it["algoStatus"], it["actualOrderId"]) for it in algos
    }
    assert [(it["t"], it["i"], D(it["l"]), D(it["n"]), D(it["rp"])) for it in heard.trades] == [
        (it["id"], it["orderId"], D(it["qty"]), D(it["commission"]), D(it["realizedPnl"])) for it in trades
    ]
    assert (heard.wallet, heard.position) == (wallet, qty)
    assert qty == (D(0) if position is None else D(position["positionAmt"]))
    assert wallet == D(10_000) + sum(D(it["realizedPnl"]) - D(it["commission"]) for it in trades)
    assert len(trades) > 20
    for order in listed:
        assert D(order["executedQty"]) == sum(D(it["qty"]) for it in trades if it["orderId"] == order["orderId"])
