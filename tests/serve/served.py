"""The served exchange for tests: in a thread of its own, on a free port of 127.0.0.1, with real sockets.

    with served(price="76915.0") as exchange:
        ...  # exchange.rest_url, exchange.stream_url, exchange.key, exchange.secret
        exchange.control("POST", "price", bid="76000.0", ask="76000.1")

A test that uses it needs `@pytest.mark.enable_socket` or `@pytest.mark.allow_hosts(["127.0.0.1"])`.
"""

import asyncio
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.error import HTTPError

from capi.adapters.instruments import instrument_for
from capi.adapters.paper.config import PaperConfig
from capi.cli.serve.limits import Limits
from capi.cli.serve.prices import Source, fixed
from capi.cli.serve.security import Credentials
from capi.cli.serve.server import Server
from capi.cli.serve.venue import Venue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Served:
    """A running exchange, and how to reach it."""

    server: Server
    loop: asyncio.AbstractEventLoop
    key: str
    secret: str

    @property
    def rest_url(self) -> str:
        """Return the base of the REST addresses: append /fapi/…"""
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def stream_url(self) -> str:
        """Return the base of the streams: append /public, /market or /private."""
        return f"ws://127.0.0.1:{self.server.port}"

    def control(self, method: str, name: str, **body: object) -> dict[str, Any]:
        """Ask the control endpoint. Returns its answer; AssertionError when it refuses."""
        sent = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.rest_url}/control/{name}", data=sent, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- http on loopback
                told: dict[str, Any] = json.loads(answer.read())
        except HTTPError as error:
            raise AssertionError(f"{method} /control/{name} {body}: {error.read().decode()}") from error
        return told

    def price(self, bid: str, ask: str, **more: str) -> None:
        """Move the market."""
        self.control("POST", "price", bid=bid, ask=ask, **more)

    def fault(self, request: str, kind: str, **more: object) -> None:
        """Let something go wrong with a coming request: `request` is "METHOD path", `*` for anything."""
        self.control("POST", "fault", request=request, kind=kind, **more)

    def inside(self, ask: Callable[[Venue], T]) -> T:
        """Call something with the venue, in its own thread, and return what it says."""

        async def call() -> T:
            self.server.venue.step()
            return ask(self.server.venue)

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)


@contextmanager
def served(
    *,
    price: str = "76915.0",
    symbol: str = "BTCUSDT",
    equity: str = "10000",
    config: PaperConfig | None = None,
    limits: Limits | None = None,
    credentials: Credentials | None = None,
    source: Source | None = None,
    control: bool = True,
    port: int = 0,
) -> Iterator[Served]:
    """Serve an exchange with a book around `price` (or another source of prices) until the block ends."""
    instrument = instrument_for(symbol)
    loop = asyncio.new_event_loop()
    known = Credentials() if credentials is None else credentials

    async def start() -> Server:
        venue = Venue(instrument, Decimal(equity), PaperConfig() if config is None else config, limits=limits)
        prices = fixed(Decimal(price), instrument.tick_size) if source is None else source
        server = Server(venue, known, prices, control=control)
        await server.start(port)
        return server

    thread = threading.Thread(target=loop.run_forever, name="served exchange", daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        try:
            yield Served(server, loop, known.key, known.secret)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
