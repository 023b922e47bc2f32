"""Every endpoint that is used, each with its weight and urgency. Source: binance-usdm facts, sections 1.5, 2 and 3."""

from typing import Final, Literal, assert_never

from capi.adapters.binance.client import Call
from capi.adapters.binance.limits import Urgency
from capi.adapters.binance.wire_orders import MARGIN_NAMES, placing
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.orders import Kind, OrderKey
from capi.ports.exchange import Request

PAGE: Final = 1000
"""Rows of a page of trades, orders or income."""
ORDER_PATHS: Final[dict[Kind, str]] = {"plain": "/fapi/v1/order", "algo": "/fapi/v1/algoOrder"}
ORDER_IDS: Final[dict[Kind, str]] = {"plain": "origClientOrderId", "algo": "clientAlgoId"}
OPEN_PATHS: Final[dict[Kind, str]] = {"plain": "/fapi/v1/openOrders", "algo": "/fapi/v1/openAlgoOrders"}
ALL_PATHS: Final[dict[Kind, str]] = {"plain": "/fapi/v1/allOrders", "algo": "/fapi/v1/allAlgoOrders"}
_URGENT_ROLES: Final = frozenset({"sl", "exit"})


class Calls:
    """The calls of one symbol."""

    def __init__(self, symbol: str) -> None:
        """`symbol`: as the exchange spells it."""
        self._symbol: Final = symbol
        self._of_symbol: Final = {"symbol": symbol}

    # what changes something

    def of_request(self, request: Request) -> Call:
        """Return the call that carries out a request. What reduces risk may use the whole budget."""
        match request:
            case PlaceOrder():
                params = placing(request, self._symbol)
                urgency: Urgency = "protection" if request.role in _URGENT_ROLES else "deferrable"
                path = ORDER_PATHS[request.kind]
                return Call(method="POST", path=path, params=params, weight=0, orders=1, urgency=urgency)
            case CancelOrder():
                params = {"symbol": self._symbol, ORDER_IDS[request.kind]: request.client_order_id}
                return Call(method="DELETE", path=ORDER_PATHS[request.kind], params=params, urgency="protection")
            case SetLeverage():
                params = {"symbol": self._symbol, "leverage": str(request.leverage)}
                return Call(method="POST", path="/fapi/v1/leverage", params=params, urgency="deferrable")
            case SetMarginMode():
                params = {"symbol": self._symbol, "marginType": MARGIN_NAMES[request.margin_mode]}
                return Call(method="POST", path="/fapi/v1/marginType", params=params, urgency="deferrable")
            case ArmDeadMan():
                params = {"symbol": self._symbol, "countdownTime": str(request.seconds * 1000)}
                path = "/fapi/v1/countdownCancelAll"
                return Call(method="POST", path=path, params=params, weight=10, urgency="protection")
            case _:
                assert_never(request)

    # what a look cannot do without

    def open_orders(self, kind: Kind) -> Call:
        """All open orders of one world."""
        return Call(method="GET", path=OPEN_PATHS[kind], params=self._of_symbol, urgency="guarding")

    def order(self, key: OrderKey) -> Call:
        """One order by its client id, open or not."""
        params = {"symbol": self._symbol, ORDER_IDS[key[0]]: key[1]}
        return Call(method="GET", path=ORDER_PATHS[key[0]], params=params)

    def order_by_number(self, order_id: int) -> Call:
        """One plain order by the exchange's number."""
        params = {"symbol": self._symbol, "orderId": str(order_id)}
        return Call(method="GET", path=ORDER_PATHS["plain"], params=params)

    def all_algo_orders(self) -> Call:
        """The conditional orders of the last seven days: some are missing from the query by id."""
        params = {"symbol": self._symbol, "limit": str(PAGE)}
        return Call(method="GET", path=ALL_PATHS["algo"], params=params, weight=5)

    def position(self) -> Call:
        """The position (v3: docs/decisions/0026)."""
        path = "/fapi/v3/positionRisk"
        return Call(method="GET", path=path, params=self._of_symbol, weight=5, urgency="guarding")

    def executions(self, *, from_id: int | None) -> Call:
        """A page of our trades from an id on; None: the latest page."""
        page = {} if from_id is None else {"fromId": str(from_id)}
        params = {"symbol": self._symbol, "limit": str(PAGE), **page}
        return Call(method="GET", path="/fapi/v1/userTrades", params=params, weight=5)

    def server_time(self) -> Call:
        """The exchange's clock."""
        return Call(method="GET", path="/fapi/v1/time", params={}, signed=False, urgency="guarding")

    def exchange_info(self) -> Call:
        """Filters of all symbols, and the host's limits: without a tick there is no stop."""
        return Call(method="GET", path="/fapi/v1/exchangeInfo", params={}, signed=False, urgency="guarding")

    def account_config(self) -> Call:
        """Position mode and asset mode, for a sixth of what their own endpoints weigh; no start without them."""
        return Call(method="GET", path="/fapi/v1/accountConfig", params={}, weight=5)

    def balances(self) -> Call:
        """The wallets, which tell the account's name; asked for once, at a start."""
        return Call(method="GET", path="/fapi/v3/balance", params={}, weight=5)

    # what can wait a little

    def book(self) -> Call:
        """Best bid and ask."""
        return self._public("/fapi/v1/ticker/bookTicker", weight=2)

    def mark(self) -> Call:
        """The mark price."""
        return self._public("/fapi/v1/premiumIndex", weight=1)

    def last(self) -> Call:
        """The last price."""
        return self._public("/fapi/v2/ticker/price", weight=1)

    def candles(self, count: int) -> Call:
        """The latest one-minute candles, the open one included; `count` below 100."""
        params = {"symbol": self._symbol, "interval": "1m", "limit": str(count)}
        return Call(method="GET", path="/fapi/v1/klines", params=params, signed=False, urgency="deferrable")

    def balance(self) -> Call:
        """Wallet, equity and available margin."""
        return Call(method="GET", path="/fapi/v3/account", params={}, weight=5, urgency="deferrable")

    def symbol_config(self) -> Call:
        """Leverage and margin mode."""
        path = "/fapi/v1/symbolConfig"
        return Call(method="GET", path=path, params=self._of_symbol, weight=5, urgency="deferrable")

    def fees(self) -> Call:
        """The account's fees in the symbol."""
        path = "/fapi/v1/commissionRate"
        return Call(method="GET", path=path, params=self._of_symbol, weight=20, urgency="deferrable")

    def brackets(self) -> Call:
        """Maintenance margin by notional."""
        path = "/fapi/v1/leverageBracket"
        return Call(method="GET", path=path, params=self._of_symbol, urgency="deferrable")

    def fundings(self, since_ms: int) -> Call:
        """Funding payments from a time on."""
        params = {**self._of_symbol, "incomeType": "FUNDING_FEE", "startTime": str(since_ms), "limit": str(PAGE)}
        return Call(method="GET", path="/fapi/v1/income", params=params, weight=30, urgency="deferrable")

    def orders_between(self, kind: Kind, first_ms: int, last_ms: int) -> Call:
        """The orders of one world that came to be in a span of less than seven days, ended ones too."""
        params = {**self._of_symbol, **_span(first_ms, last_ms)}
        return Call(method="GET", path=ALL_PATHS[kind], params=params, weight=5, urgency="deferrable")

    def incomes(self, first_ms: int, last_ms: int) -> Call:
        """All that moved the account's wallets in a span, of every symbol."""
        params = _span(first_ms, last_ms)
        return Call(method="GET", path="/fapi/v1/income", params=params, weight=30, urgency="deferrable")

    def candle_of(self, pair: str, minute_ms: int) -> Call:
        """One minute's candle of another pair."""
        params = {"symbol": pair, "interval": "1m", "startTime": str(minute_ms), "limit": "1"}
        return Call(method="GET", path="/fapi/v1/klines", params=params, signed=False, urgency="deferrable")

    def listen_key(self, method: Literal["POST", "PUT"]) -> Call:
        """The key of the user data stream: POST gets it, PUT prolongs it. The key in the header is enough."""
        return Call(method=method, path="/fapi/v1/listenKey", params={}, signed=False)

    def _public(self, path: str, *, weight: int) -> Call:
        return Call(
            method="GET",
            path=path,
            params=self._of_symbol,
            signed=False,
            weight=weight,
            urgency="deferrable",
        )


def _span(first_ms: int, last_ms: int) -> dict[str, str]:
    return {"startTime": str(first_ms), "endTime": str(last_ms), "limit": str(PAGE)}
