"""ccxt trades on the served exchange: the addresses are changed, nothing else."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import ccxt.pro  # type: ignore[import-untyped]
import pytest

from capi.cli.serve.prices import fixed
from tests.serve.client import eventually
from tests.serve.served import Served, served

SYMBOL = "BTC/USDT:USDT"
OPTIONS = {"fetchMarkets": {"types": ["linear"]}, "fetchCurrencies": False}


def point(client: Any, exchange: Served) -> Any:
    """Let ccxt's futures addresses be those of the served exchange."""
    addresses = client.urls["api"]
    for name in ("fapiPublic", "fapiPrivate"):
        addresses[name] = f"{exchange.rest_url}/fapi/v1"
        for version in ("V2", "V3"):
            addresses[name + version] = f"{exchange.rest_url}/fapi/{version.lower()}"
    if "ws" in addresses:
        addresses["ws"]["linear"] = f"{exchange.stream_url}/ws"
    return client


@pytest.fixture
def exchange() -> Iterator[Served]:
    with served(source=fixed(Decimal("76915.0"), Decimal("0.1"), every_ms=50)) as running:
        yield running


@pytest.fixture
def api(exchange: Served) -> Iterator[Any]:
    client = ccxt.binanceusdm(
        {"apiKey": exchange.key, "secret": exchange.secret, "options": OPTIONS, "enableRateLimit": False}
    )
    yield point(client, exchange)
    client.session.close()


def filled(api: Any, order: dict[str, Any]) -> dict[str, Any]:
    """Return an order once it is closed."""
    eventually(lambda: api.fetch_order(order["id"], SYMBOL)["status"] == "closed")
    found: dict[str, Any] = api.fetch_order(order["id"], SYMBOL)
    return found


def test_it_trades_plain_orders(api: Any) -> None:
    api.set_leverage(5, SYMBOL)
    api.set_margin_mode("isolated", SYMBOL)
    bought = filled(api, api.create_order(SYMBOL, "market", "buy", 0.013))
    assert (bought["average"], bought["filled"], bought["cost"]) == (76915.1, 0.013, 999.8963)
    target = api.create_order(SYMBOL, "limit", "sell", 0.006, 78000, {"reduceOnly": True})
    assert [it["id"] for it in api.fetch_open_orders(SYMBOL)] == [target["id"]]
    assert api.edit_order(target["id"], SYMBOL, "limit", "sell", 0.006, 78100)["price"] == 78100
    assert api.cancel_order(target["id"], SYMBOL)["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        api.cancel_order(target["id"], SYMBOL)
    with pytest.raises(ccxt.ExchangeError, match="-2019"):
        api.create_order(SYMBOL, "limit", "buy", 100, 76000)
    assert [(it["price"], it["amount"], it["fee"]["cost"]) for it in api.fetch_my_trades(SYMBOL)] == [
        (76915.1, 0.013, 0.49994815)
    ]


def test_it_trades_conditional_orders(exchange: Served, api: Any) -> None:
    filled(api, api.create_order(SYMBOL, "market", "buy", 0.013))
    closing = {"stopPrice": 75500, "closePosition": True, "workingType": "MARK_PRICE"}
    stop = api.create_order(SYMBOL, "STOP_MARKET", "sell", 0.013, None, closing)
    target = api.create_order(SYMBOL, "market", "sell", 0.006, None, {"takeProfitPrice": 78000, "reduceOnly": True})
    listed = api.fetch_open_orders(SYMBOL, params={"trigger": True})
    assert [it["id"] for it in listed] == [stop["id"], target["id"]]
    api.cancel_order(target["id"], SYMBOL, {"trigger": True})
    exchange.price("75400.0", "75400.1")
    eventually(lambda: api.fetch_positions([SYMBOL]) == [])
    assert api.fetch_open_orders(SYMBOL, params={"trigger": True}) == []


def test_it_reads_account_and_market(api: Any) -> None:
    filled(api, api.create_order(SYMBOL, "market", "buy", 0.010))
    position = api.fetch_positions([SYMBOL])[0]
    assert (position["contracts"], position["side"], position["entryPrice"]) == (0.01, "long", 76915.1)
    assert api.fetch_balance()["USDT"]["total"] == pytest.approx(9999.615, abs=0.01)
    assert api.fetch_leverages([SYMBOL])[SYMBOL]["longLeverage"] == 20
    assert api.fetch_leverage_tiers([SYMBOL])[SYMBOL][0]["maxLeverage"] == 125
    assert api.fetch_position_mode(SYMBOL)["hedged"] is False
    assert api.fetch_ticker(SYMBOL)["last"] == 76915.05
    assert api.fetch_order_book(SYMBOL)["bids"] == [[76915.0, 5.0]]
    assert api.fetch_ohlcv(SYMBOL, "1m")[-1][4] == 76915.05
    assert api.fetch_funding_rate(SYMBOL)["markPrice"] == 76915.05
    limits = api.market(SYMBOL)["limits"]
    assert (limits["amount"]["min"], limits["cost"]["min"]) == (0.001, 50)


def test_it_hears_its_streams(exchange: Served) -> None:
    asyncio.run(_listen(exchange))


async def _listen(exchange: Served) -> None:
    client = ccxt.pro.binanceusdm({"apiKey": exchange.key, "secret": exchange.secret, "options": OPTIONS})
    point(client, exchange)
    try:
        await client.load_markets()
        async with asyncio.timeout(10):
            assert (await client.watch_bids_asks([SYMBOL]))[SYMBOL]["bid"] == 76915.0
            assert (await client.watch_mark_price(SYMBOL))["markPrice"] == 76915.05
            orders = asyncio.create_task(client.watch_orders(SYMBOL))
            trades = asyncio.create_task(client.watch_my_trades(SYMBOL))
            balance = asyncio.create_task(client.watch_balance())
            while not _hears(exchange):
                await asyncio.sleep(0.01)
            await client.create_order(SYMBOL, "market", "buy", 0.010)
            assert (await orders)[-1]["status"] in ("open", "closed")
            assert (await trades)[-1]["price"] == 76915.1
            assert (await balance)["USDT"]["total"] < 10000
    finally:
        await client.close()


def _hears(exchange: Served) -> bool:
    """Return whether somebody listens to the account."""
    return any(it.route == "private" for it in exchange.server.streams.connections)
