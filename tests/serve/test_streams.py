"""Market streams, user data and listen keys: facts, sections 1.2 and 6."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from capi.cli.serve import streams
from capi.ports.market import Quote
from tests.serve.client import SYMBOL, Client, trading

NAME = "btcusdt"


class Listener:
    """Websockets to one exchange, and the calls to make meanwhile."""

    def __init__(self, client: Client, session: aiohttp.ClientSession) -> None:
        self.client = client
        self.session = session

    async def connect(self, path: str) -> aiohttp.ClientWebSocketResponse:
        """Connect, and be sure that the exchange knows."""
        socket = await self.session.ws_connect(f"{self.client.exchange.stream_url}{path}")
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 7})
        while (await socket.receive_json(timeout=5)).get("id") != 7:
            pass
        return socket

    async def user(self, more: str = "") -> aiohttp.ClientWebSocketResponse:
        """Connect to the user data."""
        key = (await self.do(self.client.http.post, "/fapi/v1/listenKey")).json()["listenKey"]
        return await self.connect(f"/private/ws?listenKey={key}{more}")

    async def do(self, call: Callable[..., Any], *values: object, **named: object) -> Any:
        """Make a blocking call beside the sockets."""
        return await asyncio.to_thread(call, *values, **named)


def listening(client: Client, body: Callable[[Listener], Awaitable[None]]) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await body(Listener(client, session))

    asyncio.run(run())


async def is_silent(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Return whether nothing has come: whatever was sent before the answer to a question would have."""
    await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 8})
    return bool((await socket.receive_json(timeout=5)).get("id") == 8)


def test_each_stream_speaks_on_its_own_route_only(client: Client) -> None:
    async def body(listener: Listener) -> None:
        paths = {
            f"/public/ws/{NAME}@bookTicker": True,
            f"/market/ws/{NAME}@bookTicker": False,
            f"/ws/{NAME}@bookTicker": False,
            f"/market/ws/{NAME}@kline_1m": True,
            f"/public/ws/{NAME}@kline_1m": False,
            f"/stream?streams={NAME}@kline_1m": False,
        }
        sockets = {path: await listener.connect(path) for path in paths}
        await listener.do(client.exchange.control, "POST", "advance", seconds=1)
        await listener.do(client.exchange.price, "76000.0", "76000.1")
        assert {path: not await is_silent(socket) for path, socket in sockets.items()} == paths

    listening(client, body)


def test_the_book_and_the_mark_price_are_told(client: Client) -> None:
    async def body(listener: Listener) -> None:
        book = await listener.connect(f"/public/stream?streams={NAME}@bookTicker/{NAME}@depth@100ms")
        mark = await listener.connect(f"/market/ws/{NAME}@markPrice@1s")
        await listener.do(client.exchange.price, "76000.0", "76000.1", mark="76000.07")
        told = await book.receive_json(timeout=5), await book.receive_json(timeout=5)
        events = {it["stream"]: it["data"] for it in told}
        ticker, depth = events[f"{NAME}@bookTicker"], events[f"{NAME}@depth@100ms"]
        assert [ticker[it] for it in ("e", "s", "b", "B", "a", "A")] == [
            "bookTicker", SYMBOL, "76000.00", "5.000", "76000.10", "5.000"
        ]  # fmt: skip
        assert depth["b"] == [["76000.00", "5.000"], ["76915.00", "0.000"]]
        price = await mark.receive_json(timeout=5)
        assert (price["e"], price["p"]) == ("markPriceUpdate", "76000.07000000")

    listening(client, body)


def test_a_closed_candle_is_told_once(client: Client) -> None:
    async def body(listener: Listener) -> None:
        client.exchange.inside(lambda venue: venue.clock.move_ahead(60_000 - venue.now_ms() % 60_000))
        candles = await listener.connect(f"/market/ws/{NAME}@kline_1m")
        for seconds, price in ((1, "76000"), (1, "76100"), (60, "76200")):
            await listener.do(client.exchange.control, "POST", "advance", seconds=seconds)
            await listener.do(client.exchange.price, price, f"{price}.1")
        told: list[tuple[bool, str]] = []
        while not told or told[-1][1] != "76200.05":
            event = (await candles.receive_json(timeout=5))["k"]
            told.append((event["x"], event["c"]))
        assert [it for it in told if it[0]] == [(True, "76100.05")]
        assert told[-2:] == [(True, "76100.05"), (False, "76200.05")]

    listening(client, body)


def test_live_subscriptions_come_and_go(client: Client) -> None:
    async def body(listener: Listener) -> None:
        socket = await listener.connect("/public/ws")
        for method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            await socket.send_json({"method": method, "params": [f"{NAME}@bookTicker"], "id": 1})
            assert await socket.receive_json(timeout=5) == {"result": None, "id": 1}
            await listener.do(client.exchange.price, "76000.0", "76000.1")
            assert await is_silent(socket) is (method == "UNSUBSCRIBE")
            if method == "SUBSCRIBE":
                assert (await socket.receive_json(timeout=5)).get("id") == 8
        for nonsense in ("{", "[1]", '{"method": "SHOUT"}', '{"method": "SUBSCRIBE", "params": 5}'):
            await socket.send_str(nonsense)
            assert "error" in await socket.receive_json(timeout=5)

    listening(client, body)


def test_a_trade_is_told_to_the_user(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user()
        market = await listener.connect(f"/market/ws/{NAME}@aggTrade")
        placed = await listener.do(client.place, "BUY", "MARKET", "0.010", newClientOrderId="e1")
        new, lite, account, trade = [await user.receive_json(timeout=5) for _ in range(4)]
        assert [it["e"] for it in (new, lite, account, trade)] == [
            "ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"
        ]  # fmt: skip
        assert [(it["o"]["x"], it["o"]["X"]) for it in (new, trade)] == [("NEW", "NEW"), ("TRADE", "FILLED")]
        order = trade["o"]
        assert [order[it] for it in ("c", "i", "l", "L", "z", "ap", "n", "N", "t", "m", "R")] == [
            "e1", placed["orderId"], "0.010", "76915.10", "0.010", "76915.10", "0.38457550", "USDT", 1, False, False
        ]  # fmt: skip
        position = account["a"]["P"][0]
        assert (account["a"]["m"], position["pa"], position["ep"], position["mt"]) == (
            "ORDER",
            "0.010",
            "76915.1",
            "cross",
        )
        assert account["a"]["B"][0]["wb"] == (await listener.do(client.ok, "GET", "v3/balance"))[0]["balance"]
        seen = await market.receive_json(timeout=5)
        assert [seen[it] for it in ("e", "p", "q", "m")] == [
            "aggTrade", "76915.10", "0.010", False
        ]  # fmt: skip

    listening(client, body)


def test_a_stop_is_told_through_its_life(client: Client) -> None:
    async def body(listener: Listener) -> None:
        await listener.do(client.place, "BUY", "MARKET", "0.010")
        user = await listener.user("&events=ALGO_UPDATE/ORDER_TRADE_UPDATE")
        placed = await listener.do(client.stop, "SELL", "75500.0", workingType="MARK_PRICE", clientAlgoId="sl")
        await listener.do(client.exchange.price, "75400.0", "75400.1")
        told = [await user.receive_json(timeout=5) for _ in range(5)]
        assert [(it["e"], it["o"]["X"]) for it in told] == [
            ("ALGO_UPDATE", "NEW"),
            ("ORDER_TRADE_UPDATE", "NEW"),
            ("ALGO_UPDATE", "TRIGGERED"),
            ("ORDER_TRADE_UPDATE", "FILLED"),
            ("ALGO_UPDATE", "FINISHED"),
        ]
        first, child, triggered, _, finished = (it["o"] for it in told)
        assert (first["aid"], first["caid"], first["ai"], first["cp"], first["R"], first["f"], first["q"]) == (
            placed["algoId"], "sl", "", True, True, "GTE_GTC", "0"
        )  # fmt: skip
        assert (child["c"], child["R"]) == ("sl", True)
        assert triggered["ai"] == finished["ai"] == str(child["i"])
        assert (finished["aq"], finished["ap"], finished["act"]) == ("0.010", "75400", "MARKET")

    listening(client, body)


def test_cancels_expiries_and_changed_settings_are_told(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user()
        await listener.do(client.ok, "POST", "v1/leverage", symbol=SYMBOL, leverage=7)
        assert (await user.receive_json(timeout=5))["ac"] == {"s": SYMBOL, "l": 7}
        await listener.do(client.limit, "BUY", "0.010", "76000", newClientOrderId="a")
        await listener.do(client.ok, "DELETE", "v1/order", symbol=SYMBOL, origClientOrderId="a")
        await listener.do(client.limit, "BUY", "0.010", "76000", newClientOrderId="b", timeInForce="IOC")
        orders = [(await user.receive_json(timeout=5))["o"] for _ in range(4)]
        assert [(it["c"], it["x"], it["er"]) for it in orders] == [
            ("a", "NEW", "0"), ("a", "CANCELED", "0"), ("b", "NEW", "0"), ("b", "EXPIRED", "2")
        ]  # fmt: skip
        await listener.do(client.exchange.control, "POST", "account", multi_assets=True, transfer="500")
        assert (await user.receive_json(timeout=5))["ai"] == {"j": True}
        paid = (await user.receive_json(timeout=5))["a"]
        assert (paid["m"], paid["B"][0]["wb"], paid["B"][0]["bc"], paid["P"]) == (
            "DEPOSIT",
            "10500.00000000",
            "500",
            [],
        )

    listening(client, body)


def test_events_that_were_not_asked_for_do_not_come(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user("&events=ACCOUNT_UPDATE")
        await listener.do(client.place, "BUY", "MARKET", "0.010")
        assert (await user.receive_json(timeout=5))["e"] == "ACCOUNT_UPDATE"
        assert await is_silent(user)

    listening(client, body)


def test_a_listen_key_is_shared_prolonged_and_ended(client: Client) -> None:
    keys = [client.http.post("/fapi/v1/listenKey").json()["listenKey"] for _ in range(2)]
    assert keys[0] == keys[1]
    client.exchange.control("POST", "advance", seconds=3500)
    assert client.http.put("/fapi/v1/listenKey").status_code == 200
    client.exchange.control("POST", "advance", seconds=3500)
    assert client.http.put("/fapi/v1/listenKey").status_code == 200
    client.exchange.control("POST", "advance", seconds=3601)
    assert client.http.put("/fapi/v1/listenKey").json()["code"] == -1125
    assert client.http.post("/fapi/v1/listenKey").json()["listenKey"] != keys[0]
    assert client.http.delete("/fapi/v1/listenKey").json() == {}
    assert client.http.put("/fapi/v1/listenKey").json()["code"] == -1125


def test_an_expired_listen_key_is_told_and_then_nothing(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user()
        await listener.do(client.exchange.control, "POST", "listen_key")
        assert (await user.receive_json(timeout=5))["e"] == "listenKeyExpired"
        await listener.do(client.place, "BUY", "MARKET", "0.010")
        assert await is_silent(user)

    listening(client, body)


@pytest.mark.parametrize("wrapped", [False, True])
def test_user_data_comes_by_name_as_well(client: Client, wrapped: bool) -> None:
    async def body(listener: Listener) -> None:
        key = (await listener.do(client.http.post, "/fapi/v1/listenKey")).json()["listenKey"]
        user = await listener.connect(f"/private/stream?streams={key}" if wrapped else f"/private/ws/{key}")
        await listener.do(client.limit, "BUY", "0.010", "76000")
        event = await user.receive_json(timeout=5)
        assert event.get("stream") == (key if wrapped else None)
        assert (event["data"] if wrapped else event)["e"] == "ORDER_TRADE_UPDATE"

    listening(client, body)


def test_streams_fall_silent_repeat_and_break_when_a_test_asks(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user("&events=ORDER_TRADE_UPDATE")
        control = client.exchange.control
        await listener.do(control, "POST", "streams", action="silence", route="private")
        await listener.do(client.limit, "BUY", "0.010", "76000")
        assert await is_silent(user)
        await listener.do(control, "POST", "streams", action="speak", route="private")
        await listener.do(control, "POST", "streams", action="repeat", times=2)
        await listener.do(client.limit, "BUY", "0.010", "76001", newClientOrderId="twice")
        assert [(await user.receive_json(timeout=5))["o"]["c"] for _ in range(2)] == ["twice", "twice"]
        assert await listener.do(control, "POST", "streams", action="drop", route="private") == {"connections": 1}
        assert (await user.receive(timeout=5)).type in (WSMsgType.CLOSED, WSMsgType.ERROR)

    listening(client, body)


def test_two_events_change_places_and_none_is_kept(client: Client) -> None:
    async def body(listener: Listener) -> None:
        user = await listener.user("&events=ORDER_TRADE_UPDATE/ALGO_UPDATE")
        await listener.do(client.exchange.control, "POST", "streams", action="reorder")
        await listener.do(client.limit, "BUY", "0.010", "76000", newClientOrderId="a")
        assert await is_silent(user)
        await listener.do(client.limit, "BUY", "0.010", "76001", newClientOrderId="b")
        assert [(await user.receive_json(timeout=5))["o"]["c"] for _ in range(2)] == ["b", "a"]
        await listener.do(client.limit, "BUY", "0.010", "76002", newClientOrderId="c")
        assert (await user.receive_json(timeout=5))["o"]["c"] == "c"

    listening(client, body)


def test_funding_is_told_and_posted(client: Client) -> None:
    async def body(listener: Listener) -> None:
        await listener.do(client.place, "BUY", "MARKET", "0.010")
        user = await listener.user()
        due_ms = client.exchange.inside(lambda venue: venue.next_funding_ms - venue.now_ms())
        await listener.do(client.exchange.control, "POST", "advance", seconds=due_ms // 1000 + 1)
        told = (await user.receive_json(timeout=5))["a"]
        assert (told["m"], told["S"], told["P"]) == ("FUNDING_FEE", SYMBOL, [])
        assert client.exchange.inside(lambda venue: venue.account.wallet) == Decimal(told["B"][0]["wb"])
        now = {"timestamp": client.http.get("/fapi/v1/time").json()["serverTime"]}
        (paid,) = await listener.do(client.ok, "GET", "v1/income", incomeType="FUNDING_FEE", **now)
        assert paid["income"] == "-0.07691505"

    listening(client, body)


def test_a_liquidation_is_told(client: Client) -> None:
    async def body(listener: Listener) -> None:
        await listener.do(client.ok, "POST", "v1/leverage", symbol=SYMBOL, leverage=100)
        await listener.do(client.ok, "POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED")
        await listener.do(client.place, "BUY", "MARKET", "1.000")
        user = await listener.user("&events=ORDER_TRADE_UPDATE")
        await listener.do(client.exchange.price, "76000.0", "76000.1")
        new, closed = [(await user.receive_json(timeout=5))["o"] for _ in range(2)]
        assert (new["x"], new["X"], closed["x"], closed["X"]) == ("NEW", "NEW", "CALCULATED", "FILLED")
        assert closed["c"].startswith("autoclose-")

    listening(client, body)


def test_a_reader_who_is_far_behind_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BEHIND_MAX", 3)
    with trading() as client:
        asyncio.run(_stop_reading(client))


async def _stop_reading(client: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{client.exchange.stream_url}/public/ws/btcusdt@bookTicker")
        quote = Quote(0, Decimal(76_000), Decimal(76_001), Decimal(5), Decimal(5))
        await asyncio.to_thread(client.exchange.inside, lambda venue: [venue.quote(quote) for _ in range(10)])
        while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
