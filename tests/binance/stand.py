"""The adapter on a scripted exchange: real client, real signing, every answer replaceable, every request kept."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx
import respx

from capi.adapters.binance.client import Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import Access
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.binance.limits import Budget
from capi.core.errors import ExchangeError
from capi.core.orders import OrderKey
from capi.ports.exchange import Ack, Look, Request
from capi.ports.market import Quote
from tests.binance import replies

HOST: Final = "https://exchange.invalid"
KEY: Final = "the-key-of-a-test"
SECRET: Final = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
"""The secret of the exchange's own example."""
RECV_WINDOW_MS: Final = 2000
Reply = Any
"""What is answered: JSON data, an `httpx.Response`, an exception to raise, or a function of the query."""


def access(base_url: str = HOST, **changes: Any) -> Access:
    """Return an access to the scripted exchange."""
    known: dict[str, Any] = {"key": KEY, "secret": SECRET, "recv_window_ms": RECV_WINDOW_MS, "timeout_seconds": 2.0}
    return Access(base_url=base_url, **(known | changes))


class Sent:
    """One request as it went out."""

    def __init__(self, request: httpx.Request) -> None:
        self.name: Final = f"{request.method} {request.url.path}"
        self.query: Final = request.url.query.decode()
        self.headers: Final = request.headers
        self.body: Final = request.content

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters without what signing adds."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return {name: value for name, value in pairs if name not in ("recvWindow", "timestamp", "signature")}


class Stand:
    """Replies by "METHOD /path"; `sent` keeps the requests in order."""

    def __init__(self) -> None:
        self.now_ms = replies.NOW_MS
        self.sent: list[Sent] = []
        self.headers: dict[str, str] = {}
        self.replies: dict[str, Reply] = {
            "GET /fapi/v1/time": lambda query: {"serverTime": self.now_ms},
            "GET /fapi/v1/exchangeInfo": replies.EXCHANGE_INFO,
            "GET /fapi/v1/ticker/bookTicker": replies.BOOK,
            "GET /fapi/v1/premiumIndex": replies.MARK,
            "GET /fapi/v2/ticker/price": replies.LAST,
            "GET /fapi/v1/klines": lambda query: replies.candles(self.now_ms),
            "GET /fapi/v1/openOrders": [],
            "GET /fapi/v1/openAlgoOrders": [],
            "GET /fapi/v1/order": httpx.Response(400, json=replies.error(-2013, "Order does not exist.")),
            "GET /fapi/v1/algoOrder": httpx.Response(400, json=replies.error(-2013, "Order does not exist.")),
            "GET /fapi/v1/allAlgoOrders": [],
            "GET /fapi/v3/positionRisk": [],
            "GET /fapi/v3/account": replies.ACCOUNT,
            "GET /fapi/v1/symbolConfig": replies.SYMBOL_CONFIG,
            "GET /fapi/v1/accountConfig": replies.ACCOUNT_CONFIG,
            "GET /fapi/v1/commissionRate": replies.FEES,
            "GET /fapi/v1/leverageBracket": replies.BRACKETS,
            "GET /fapi/v1/userTrades": [],
            "GET /fapi/v1/income": [],
        }
        self._lock = threading.Lock()
        self.clock: Final = ExchangeClock(local_ns=lambda: self.now_ms * 1_000_000, wall_ms=self.now_ms)
        self._exchange: BinanceExchange | None = None
        self.quote: Quote | None = None

    @property
    def exchange(self) -> BinanceExchange:
        """Return the adapter, made at first use."""
        if self._exchange is None:
            self._exchange = BinanceExchange(access(), "BTCUSDT", feed=lambda now_ms: self.quote, clock=self.clock)
        return self._exchange

    def client(self, **changes: Any) -> Client:
        """Return a bare client."""
        return Client(access(**changes), self.clock, Budget())

    def close(self) -> None:
        """Let its threads end."""
        if self._exchange is not None:
            self._exchange.close()

    def look(self, *asked: OrderKey, fills_after: int = 0, fundings_after: int = 0) -> Look:
        """Look, which has to succeed."""
        return self.exchange.look(asked=asked, fills_after=fills_after, fundings_after=fundings_after).unwrap()

    def blind(self, *asked: OrderKey) -> ExchangeError:
        """Look, which has to fail."""
        return self.exchange.look(asked=asked, fills_after=0, fundings_after=0).failure()

    def accepted(self, request: Request) -> Ack:
        """Act, which has to succeed."""
        return self.exchange.act(request).unwrap()

    def refused(self, request: Request) -> ExchangeError:
        """Act, which has to fail."""
        return self.exchange.act(request).failure()

    def names(self, since: int = 0) -> list[str]:
        """Return what was asked for since the n-th request, sorted: a wave has no order."""
        return sorted(sent.name for sent in self.sent[since:])

    def of(self, name: str) -> list[Sent]:
        """Return the requests of one name."""
        return [sent for sent in self.sent if sent.name == name]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, from any thread."""
        sent = Sent(request)
        with self._lock:
            self.sent.append(sent)
        reply = self.replies[sent.name]
        if isinstance(reply, Callable):  # type: ignore[arg-type]
            reply = reply(dict(parse_qsl(sent.query)))
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            content, status, headers = reply.content, reply.status_code, dict(reply.headers)
            return httpx.Response(status, content=content, headers=headers | self.headers)
        return httpx.Response(200, json=reply, headers=self.headers)


def mount(stand: Stand, router: respx.MockRouter) -> None:
    """Put the stand behind every URL."""
    router.route().mock(side_effect=stand.answer)


def refusal(code: int | str, status: int = 400, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Return an answer that refuses with a code."""
    return httpx.Response(status, json=replies.error(code), headers=dict(headers or {}))
