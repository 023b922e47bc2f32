"""Every REST endpoint: who may call it, what it costs, and who answers. Source: facts, sections 1.5 and 2."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from capi.cli.serve import account_routes as account
from capi.cli.serve import algo_routes as algo
from capi.cli.serve import amend
from capi.cli.serve import batch_routes as batch
from capi.cli.serve import config_routes as config
from capi.cli.serve import market_routes as market
from capi.cli.serve import order_routes as orders
from capi.cli.serve import symbol_routes as symbols
from capi.cli.serve import trade_routes as trades
from capi.cli.serve.errors import Json
from capi.cli.serve.params import Params
from capi.cli.serve.security import Access
from capi.cli.serve.venue import Venue
from capi.core.value import record

Handler = Callable[[Venue, Params], Json | Awaitable[Json]]
Weight = int | Callable[[Params], int]


@record
class Endpoint:
    """One method on one path. `orders`: how many orders it counts as, in ten seconds and in a minute."""

    handler: Handler
    weight: Weight = 1
    access: Access = "signed"
    orders: tuple[int, int] = (0, 0)

    def cost(self, params: Params) -> int:
        """Return the weight of one request."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def _by_symbol(one: int, every: int) -> Weight:
    return lambda params: one if "symbol" in params.values else every


def _open(handler: Handler, weight: Weight = 1) -> Endpoint:
    return Endpoint(handler, weight, "open")


_ORDER: Final = (1, 1)
_BATCH: Final = (5, 1)

ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/fapi/v1/ping"): _open(market.ping),
    ("GET", "/fapi/v1/time"): _open(market.server_time),
    ("GET", "/fapi/v1/exchangeInfo"): _open(symbols.exchange_info),
    ("GET", "/fapi/v1/ticker/bookTicker"): _open(market.book_ticker, _by_symbol(2, 5)),
    ("GET", "/fapi/v1/premiumIndex"): _open(market.premium_index, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/ticker/price"): _open(market.ticker_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v2/ticker/price"): _open(market.ticker_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v1/ticker/24hr"): _open(market.ticker_day, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/klines"): _open(market.klines, market.klines_weight),
    ("GET", "/fapi/v1/markPriceKlines"): _open(market.klines, market.klines_weight),
    ("GET", "/fapi/v1/depth"): _open(market.depth, 2),
    ("GET", "/fapi/v1/trades"): _open(market.no_trades, 5),
    ("GET", "/fapi/v1/aggTrades"): _open(market.no_trades, 20),
    ("POST", "/fapi/v1/order"): Endpoint(orders.place, 0, orders=_ORDER),
    ("POST", "/fapi/v1/order/test"): Endpoint(orders.test, 0),
    ("GET", "/fapi/v1/order"): Endpoint(orders.query),
    ("PUT", "/fapi/v1/order"): Endpoint(amend.modify, 0, orders=_ORDER),
    ("DELETE", "/fapi/v1/order"): Endpoint(orders.cancel),
    ("GET", "/fapi/v1/openOrder"): Endpoint(orders.query_open),
    ("GET", "/fapi/v1/openOrders"): Endpoint(orders.list_open, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allOrders"): Endpoint(orders.list_all, 5),
    ("DELETE", "/fapi/v1/allOpenOrders"): Endpoint(orders.cancel_all),
    ("POST", "/fapi/v1/batchOrders"): Endpoint(batch.place_batch, 5, orders=_BATCH),
    ("DELETE", "/fapi/v1/batchOrders"): Endpoint(batch.cancel_batch),
    ("POST", "/fapi/v1/countdownCancelAll"): Endpoint(orders.countdown, 10),
    ("GET", "/fapi/v1/userTrades"): Endpoint(trades.user_trades, 5),
    ("GET", "/fapi/v1/forceOrders"): Endpoint(trades.forced, _by_symbol(20, 50)),
    ("POST", "/fapi/v1/algoOrder"): Endpoint(algo.place, 0, orders=_ORDER),
    ("GET", "/fapi/v1/algoOrder"): Endpoint(algo.query),
    ("DELETE", "/fapi/v1/algoOrder"): Endpoint(algo.cancel),
    ("GET", "/fapi/v1/openAlgoOrders"): Endpoint(algo.list_open, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allAlgoOrders"): Endpoint(algo.list_all, 5),
    ("DELETE", "/fapi/v1/algoOpenOrders"): Endpoint(algo.cancel_all),
    ("GET", "/fapi/v2/balance"): Endpoint(account.balance, 5),
    ("GET", "/fapi/v3/balance"): Endpoint(account.balance, 5),
    ("GET", "/fapi/v2/account"): Endpoint(account.account_v2, 5),
    ("GET", "/fapi/v3/account"): Endpoint(account.account_v3, 5),
    ("GET", "/fapi/v2/positionRisk"): Endpoint(account.positions_v2, 5),
    ("GET", "/fapi/v3/positionRisk"): Endpoint(account.positions_v3, 5),
    ("GET", "/fapi/v1/income"): Endpoint(account.income, 30),
    ("POST", "/fapi/v1/leverage"): Endpoint(config.set_leverage),
    ("POST", "/fapi/v1/marginType"): Endpoint(config.set_margin_type),
    ("GET", "/fapi/v1/positionSide/dual"): Endpoint(config.position_mode, 30),
    ("POST", "/fapi/v1/positionSide/dual"): Endpoint(config.set_position_mode),
    ("GET", "/fapi/v1/multiAssetsMargin"): Endpoint(config.multi_assets, 30),
    ("POST", "/fapi/v1/multiAssetsMargin"): Endpoint(config.set_multi_assets),
    ("GET", "/fapi/v1/accountConfig"): Endpoint(config.account_config, 5),
    ("GET", "/fapi/v1/symbolConfig"): Endpoint(config.symbol_config, 5),
    ("GET", "/fapi/v1/commissionRate"): Endpoint(config.commission_rate, 20),
    ("GET", "/fapi/v1/leverageBracket"): Endpoint(config.leverage_bracket),
    ("GET", "/fapi/v1/rateLimit/order"): Endpoint(config.order_limits),
    ("GET", "/fapi/v1/apiTradingStatus"): Endpoint(config.trading_status, _by_symbol(1, 10)),
    ("POST", "/fapi/v1/listenKey"): Endpoint(config.create_listen_key, access="key"),
    ("PUT", "/fapi/v1/listenKey"): Endpoint(config.prolong_listen_key, access="key"),
    ("DELETE", "/fapi/v1/listenKey"): Endpoint(config.end_listen_key, access="key"),
}
