"""Binance's own SDK trades on the served exchange: two addresses are changed, nothing else."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_common.errors import BadRequestError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from capi.cli.serve.prices import fixed
from tests.serve.client import SYMBOL, eventually
from tests.serve.served import Served, served

HEARD = {"bookTicker", "markPriceUpdate", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"}


@pytest.fixture
def exchange() -> Iterator[Served]:
    with served(source=fixed(Decimal("76915.0"), Decimal("0.1"), every_ms=50)) as running:
        yield running


@pytest.fixture
def api(exchange: Served) -> Any:
    configuration = ConfigurationRestAPI(
        api_key=exchange.key, api_secret=exchange.secret, base_path=exchange.rest_url, timeout=5000
    )
    return DerivativesTradingUsdsFutures(config_rest_api=configuration).rest_api


def buy(api: Any, quantity: float) -> Any:
    return api.new_order(SYMBOL, "BUY", "MARKET", quantity=quantity, new_order_resp_type="RESULT").data()


def test_it_reads_the_market(api: Any) -> None:
    first = api.exchange_information().data().symbols[0]
    assert (first.symbol, first.status) == (SYMBOL, "TRADING")
    assert api.check_server_time().data().server_time > 0
    assert api.symbol_order_book_ticker(SYMBOL).data().actual_instance.bid_price == "76915.00"
    assert api.mark_price(SYMBOL).data().actual_instance.mark_price == "76915.05000000"
    assert api.kline_candlestick_data(SYMBOL, "1m").data()[-1][4] == "76915.05"
    assert api.order_book(SYMBOL).data().asks == [["76915.10", "5.000"]]
    assert api.ticker24hr_price_change_statistics(SYMBOL).data().actual_instance.last_price == "76915.05"


def test_it_trades_plain_orders(api: Any) -> None:
    assert api.change_initial_leverage(SYMBOL, 5).data().leverage == 5
    api.change_margin_type(SYMBOL, "ISOLATED")
    filled = buy(api, 0.013)
    assert (filled.status, filled.executed_qty) == ("FILLED", "0.013")
    assert api.query_order(SYMBOL, order_id=filled.order_id).data().avg_price == "76915.10000"
    target = api.new_order(
        SYMBOL, "SELL", "LIMIT", time_in_force="GTC", quantity=0.006, price=78000.0, reduce_only="true"
    ).data()
    assert [it.order_id for it in api.current_all_open_orders(SYMBOL).data()] == [target.order_id]
    moved = api.modify_order(SYMBOL, "SELL", 0.006, 78100.0, order_id=target.order_id).data()
    assert moved.price == "78100.00"
    assert api.cancel_order(SYMBOL, order_id=target.order_id).data().status == "CANCELED"
    with pytest.raises(BadRequestError, match="-2011"):
        api.cancel_order(SYMBOL, order_id=target.order_id)
    assert [(it.qty, it.commission) for it in api.account_trade_list(SYMBOL).data()] == [("0.013", "0.49994815")]
    assert [it.status for it in api.all_orders(SYMBOL).data()] == ["FILLED", "CANCELED"]


def test_it_trades_conditional_orders(exchange: Served, api: Any) -> None:
    buy(api, 0.013)
    stop = api.new_algo_order(
        "CONDITIONAL",
        SYMBOL,
        "SELL",
        "STOP_MARKET",
        close_position="true",
        trigger_price=75500.0,
        working_type="MARK_PRICE",
        client_algo_id="sl",
    ).data()
    assert (stop.algo_status, stop.order_type, stop.time_in_force) == ("NEW", "STOP_MARKET", "GTE_GTC")
    target = api.new_algo_order(
        "CONDITIONAL", SYMBOL, "SELL", "TAKE_PROFIT_MARKET", quantity=0.006, trigger_price=78000.0, reduce_only="true"
    ).data()
    assert len(api.current_all_algo_open_orders(symbol=SYMBOL).data()) == 2
    assert api.cancel_algo_order(algo_id=target.algo_id).data().code == "200"
    exchange.price("75400.0", "75400.1")
    eventually(lambda: api.query_algo_order(client_algo_id="sl").data().algo_status == "FINISHED")
    assert api.query_algo_order(client_algo_id="sl").data().actual_price == "75400.00000"
    assert api.position_information_v3(SYMBOL).data() == []


def test_it_reads_the_account(api: Any) -> None:
    buy(api, 0.010)
    position = api.position_information_v3(SYMBOL).data()[0]
    assert (position.position_amt, position.entry_price) == ("0.010", "76915.1")
    assert api.position_information_v2(SYMBOL).data()[0].leverage == "20"
    assert api.futures_account_balance_v3().data()[0].balance == "9999.61542450"
    assert api.account_information_v3().data().total_wallet_balance == "9999.61542450"
    assert api.account_information_v2().data().can_trade is True
    assert [it.income_type for it in api.get_income_history().data()] == ["TRANSFER", "COMMISSION"]
    assert api.symbol_configuration(SYMBOL).data()[0].margin_type == "CROSSED"
    assert api.get_current_position_mode().data().dual_side_position is False
    assert api.get_current_multi_assets_mode().data().multi_assets_margin is False
    assert api.user_commission_rate(SYMBOL).data().taker_commission_rate == "0.0005"
    assert api.notional_and_leverage_brackets(SYMBOL).data().actual_instance[0].brackets[0].initial_leverage == 125


def test_it_hears_its_streams(exchange: Served, api: Any) -> None:
    key = api.start_user_data_stream().data().listen_key
    heard: list[dict[str, Any]] = []
    asyncio.run(_listen(exchange, api, key, heard))
    trade = next(it for it in heard if it["e"] == "ORDER_TRADE_UPDATE" and it["o"]["x"] == "TRADE")
    assert (trade["o"]["X"], trade["o"]["L"]) == ("FILLED", "76915.10")


async def _listen(exchange: Served, api: Any, key: str, heard: list[dict[str, Any]]) -> None:
    configuration = ConfigurationWebSocketStreams(stream_url=f"{exchange.stream_url}/stream")
    streams: Any = DerivativesTradingUsdsFutures(config_ws_streams=configuration).websocket_streams
    await streams.create_connection()

    def hear(event: Any) -> None:
        found = getattr(event, "actual_instance", None) or event
        heard.append(found.to_dict() | {"e": _kind(found)})

    for stream in (
        await streams.user_data(key),
        await streams.individual_symbol_book_ticker_streams(SYMBOL),
        await streams.mark_price_stream(SYMBOL.lower(), "1s"),
    ):
        stream.on("message", hear)
    await asyncio.to_thread(buy, api, 0.010)
    await asyncio.to_thread(exchange.price, "76000.0", "76000.1")
    await asyncio.to_thread(eventually, lambda: {it["e"] for it in heard} >= HEARD)
    await streams.close_connection()


def _kind(event: Any) -> str:
    names = {"OrderTradeUpdate": "ORDER_TRADE_UPDATE", "AccountUpdate": "ACCOUNT_UPDATE", "TradeLite": "TRADE_LITE"}
    name = type(event).__name__
    return names.get(name) or str(event.e)
