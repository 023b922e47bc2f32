"""The client on real sockets, against a small server that misbehaves on purpose."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

import pytest

from capi.adapters.binance import connector
from capi.adapters.binance.client import Call, Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.limits import Budget
from capi.adapters.binance.rows import Row
from capi.core.errors import OutcomeUnknown, Unavailable
from tests.binance.stand import access

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
READ: Final = Call(method="GET", path="/fapi/v1/openOrders", params={})
WRITE: Final = Call(method="POST", path="/fapi/v1/order", params={})


class Server(ThreadingHTTPServer):
    """Counts its connections; `behave` answers a request."""

    def __init__(self, behave: Callable[["Handler"], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave: Final = behave
        self.opened = 0
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.server.opened += 1
        super().setup()

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that gives up closes in the middle
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError):
            super().finish()

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.behave(self)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def answer(self, body: bytes, *, length: int | None = None, **headers: str) -> None:
        """Answer with status 200."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def talking(behave: Callable[[Handler], None], timeout_seconds: float = 2.0) -> Iterator[tuple[Client, Server]]:
    """Yield a client and the server that it talks to."""
    with Server(behave) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        client = Client(access(url, timeout_seconds=timeout_seconds), ExchangeClock(), Budget())
        try:
            yield client, server
        finally:
            client.close()
            server.shutdown()
            thread.join()


def test_a_connection_serves_many_requests() -> None:
    with talking(lambda handler: handler.answer(b"[]")) as (client, server):
        for _ in range(5):
            assert client.call(READ).unwrap() == []
        assert (server.opened, len(server.asked)) == (1, 5)


def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    with talking(lambda handler: handler.answer(b"[]", Connection="close")) as (client, server):
        for _ in range(3):
            assert client.call(READ).unwrap() == []
        assert server.opened == 3


def test_an_answer_that_does_not_come_in_time_is_unknown_and_never_asked_for_again() -> None:
    def sleep(handler: Handler) -> None:
        time.sleep(0.3)
        handler.answer(b"{}")

    with talking(sleep, timeout_seconds=0.1) as (client, server):
        started = time.monotonic()
        assert isinstance(client.call(WRITE).failure(), OutcomeUnknown)
        assert isinstance(client.call(READ).failure(), Unavailable)
        assert time.monotonic() - started < 1
        assert len(server.asked) == 2


def trickling_body(handler: Handler) -> bytes:
    """Say that much comes; return what comes, over and over."""
    handler.answer(b"[", length=100_000)
    return b" "


def trickling_head(handler: Handler) -> bytes:
    """Begin a head, which the HTTP client reads byte by byte for as long as each one comes in time."""
    handler.send_response(200)
    handler.flush_headers()
    return b"X"


@pytest.mark.parametrize("begin", [trickling_body, trickling_head])
def test_an_answer_that_trickles_in_is_given_up_and_unknown(begin: Callable[[Handler], bytes]) -> None:
    """Each byte comes in time, the answer never does: a pass may not hang on it."""

    def trickle(handler: Handler) -> None:
        byte = begin(handler)
        while True:
            time.sleep(0.02)
            handler.wfile.write(byte)

    with talking(trickle, timeout_seconds=0.1) as (client, _):
        started = time.monotonic()
        assert isinstance(client.call(WRITE).failure(), OutcomeUnknown)
        assert isinstance(client.call(READ).failure(), Unavailable)
        assert time.monotonic() - started < 10


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "ANSWER_BYTES_MAX", 1000)
    with talking(lambda handler: handler.answer(b" " * 100_000)) as (client, _):
        assert isinstance(client.call(WRITE).failure(), OutcomeUnknown)


@pytest.mark.parametrize("length", [1000, 3])
def test_an_answer_that_is_cut_off_is_unknown(length: int) -> None:
    def cut(handler: Handler) -> None:
        handler.answer(b'{"orderId":1}'[:length], length=length)
        handler.close_connection = True

    with talking(cut) as (client, _):
        result = client.ask(WRITE, lambda answer: Row(answer, "answer").whole("orderId"))
        assert isinstance(result.failure(), OutcomeUnknown)


def test_a_redirect_is_not_followed() -> None:
    def move(handler: Handler) -> None:
        handler.send_response(307)
        handler.send_header("Location", "/fapi/v1/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with talking(move) as (client, server):
        assert isinstance(client.call(WRITE).failure(), OutcomeUnknown)
        assert len(server.asked) == 1


def test_numbers_are_read_exactly() -> None:
    with talking(lambda handler: handler.answer(b'{"a":0.1,"b":76916.95122464,"c":1000000033225453}')) as (client, _):
        answer = client.call(READ).unwrap()
        assert isinstance(answer, dict)
        assert [str(value) for value in answer.values()] == ["0.1", "76916.95122464", "1000000033225453"]
