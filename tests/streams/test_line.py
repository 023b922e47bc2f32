"""One connection: when it is given up, and that it is opened again."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from aiohttp import web

from capi.adapters.binance.connector import tls_context
from capi.adapters.binance.streams.line import Line, Patience
from capi.adapters.binance.streams.no_address import NoAddressError

WAIT_SECONDS: Final = 15.0
SHORT: Final = Patience(
    connect=2.0, silence=0.4, ping_every=0.1, pong=0.4, first_pause=0.01, longest_pause=0.05, step=0.05
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextmanager
def listening(handler: Handler) -> Iterator[str]:
    """Serve websockets on a free port; yield the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[web.AppRunner, int]:
        app = web.Application()
        app.router.add_get("/", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner, runner.addresses[0][1]

    runner, port = asyncio.run_coroutine_threadsafe(start(), loop).result(WAIT_SECONDS)
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(WAIT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_SECONDS)
        loop.close()


def speaking(text: str | None = None, *, pongs: bool = True) -> Handler:
    """Return a server that says something again and again, or nothing, and answers pings or not."""

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=pongs)
        await socket.prepare(request)
        while text is not None and not socket.closed:
            await socket.send_str(text)
            await asyncio.sleep(0.02)
        async for _ in socket:
            pass
        return socket

    return handle


@contextmanager
def trickling() -> Iterator[tuple[str, list[float]]]:
    """Answer each opening a byte at a time, without end; yield the address, and when each connection came."""
    came: list[float] = []
    ends = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nX-Trickle: ")
            while not ends.wait(0.02):
                connection.sendall(b"x")

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while not ends.is_set():
                connection, _ = server.accept()
                came.append(time.monotonic())
                threading.Thread(target=answer, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_SECONDS)
        threading.Thread(target=accept, args=[server], daemon=True).start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}/", came
        ends.set()


class Clock:
    """A line's clock that only the test moves: who is held up hears no silence."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return its time in seconds."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all lines of a test."""
    made = Clock()
    monkeypatch.setattr("capi.adapters.binance.streams.line.time", made)
    return made


class Kept:
    """A line that runs, and what came of it. `each`: called with each message, in the line's thread."""

    def __init__(self, address: Callable[[], str], pool: ThreadPoolExecutor, **changes: Any) -> None:
        self._each: Callable[[], None] = changes.pop("each", lambda: None)
        speaks_always, patience = changes.pop("speaks_always", True), replace(SHORT, **changes)
        self.heard: list[str] = []
        self.line = Line(
            "public",
            address,
            self._hear,
            lambda: None,
            patience,
            speaks_always=speaks_always,
            tls=tls_context(),
        )
        self.run = pool.submit(self.line.run)

    def _hear(self, message: str) -> None:
        self.heard.append(message)
        self._each()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert time.monotonic() < deadline, (self.line.connections, self.line.down_why)
            threading.Event().wait(0.01)


@contextmanager
def kept(address: str | Callable[[], str], **changes: Any) -> Iterator[Kept]:
    """Run a line until the block ends."""
    with ThreadPoolExecutor(1) as pool:
        made = Kept(address if callable(address) else lambda: address, pool, **changes)
        try:
            yield made
        finally:
            made.line.end()
            made.run.result(WAIT_SECONDS)


def test_a_line_that_speaks_is_kept(clock: Clock) -> None:
    """A message each quarter of the time in which one has to come, for ten times as long."""
    each = partial(clock.move, SHORT.silence / 4)
    with listening(speaking("hello")) as address, kept(address, each=each) as one:
        one.until(lambda: len(one.heard) > 40)
        assert one.line.connections == 1
        assert one.line.down_since is None
        assert set(one.heard) == {"hello"}


@pytest.mark.parametrize(
    ("speaks_always", "handler", "why"),
    [
        (True, speaking(None), "nothing came for"),
        (False, speaking(None, pongs=False), "a ping was not answered"),
    ],
)
def test_a_silence_that_means_something_ends_the_connection(speaks_always: bool, handler: Handler, why: str) -> None:
    with listening(handler) as address, kept(address, speaks_always=speaks_always) as one:
        one.until(lambda: one.line.connections >= 3)
        assert why in one.line.down_why


def test_a_line_that_is_silent_by_right_and_answers_pings_is_kept(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For four times as long as an answer may take. Time stands still while one is awaited."""
    receive = Line._receive

    def timed(self: Line, socket: Any, beats: Any) -> str | None:
        why = receive(self, socket, beats)
        if beats.pinged <= beats.heard:
            clock.move(1.5 * SHORT.ping_every)
        return why

    monkeypatch.setattr(Line, "_receive", timed)
    with listening(speaking(None)) as address, kept(address, speaks_always=False) as one:
        one.until(lambda: clock.now > 4 * SHORT.pong)
        assert (one.line.connections, one.line.down_since) == (1, None)


def test_an_opening_whose_answer_trickles_in_is_given_up() -> None:
    """Each byte comes in time, the answer never does."""
    with trickling() as (address, came), kept(address, connect=0.1) as one:
        one.until(lambda: len(came) >= 3)
        assert "it cannot be connected" in one.line.down_why


def test_it_ends_at_once_while_the_answer_to_its_opening_trickles_in() -> None:
    with trickling() as (address, came), kept(address, connect=2 * WAIT_SECONDS) as one:
        one.until(lambda: len(came) == 1)
        one.line.end()
        one.run.result(WAIT_SECONDS)


def test_a_connection_is_renewed_before_the_exchange_ends_it() -> None:
    with listening(speaking("hello")) as address, kept(address, life=0.2) as one:
        one.until(lambda: one.line.connections >= 3)
        assert "renewed" in one.line.down_why


def test_without_an_address_it_says_why_and_tries_again() -> None:
    asked: list[int] = []

    def address() -> str:
        asked.append(1)
        raise NoAddressError("no key for it")

    with kept(address) as one:
        one.until(lambda: len(asked) >= 3)
        assert (one.line.connections, one.line.down_why) == (0, "no key for it")
        assert one.line.down_since is not None


@pytest.mark.parametrize("address", ["ws://127.0.0.1:9/", "ws://127.0.0.1:9/private/ws/a-key-that-nobody-may-see", "?"])
def test_an_address_that_cannot_be_reached_is_told_without_it(address: str) -> None:
    with kept(address) as one:
        one.until(lambda: "cannot be connected" in one.line.down_why)
        assert "key" not in one.line.down_why
        assert "9" not in one.line.down_why


def test_an_exchange_that_closes_it_is_connected_again() -> None:
    async def closing(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    with listening(closing) as address, kept(address) as one:
        one.until(lambda: one.line.connections >= 2)
        assert "the exchange closed it" in one.line.down_why


def test_the_pause_between_two_connections_grows_and_has_a_bound() -> None:
    line = Line("public", lambda: "", lambda _: None, lambda: None, Patience(), speaks_always=True, tls=tls_context())
    line._failures = 0
    assert 0.125 <= line._pause() <= 0.25
    line._failures = 4
    assert 2.0 <= line._pause() <= 4.0
    line._failures = 100
    assert 15.0 <= line._pause() <= 30.0
