"""The served exchange as one thing that can be started and stopped: port, routes, and the task that is its time."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Final

from aiohttp import web

from capi.cli.serve.control import Control
from capi.cli.serve.prices import Paced, Source
from capi.cli.serve.rest import Rest
from capi.cli.serve.security import Credentials
from capi.cli.serve.streams import Streams
from capi.cli.serve.venue import Venue

HOST: Final = "127.0.0.1"
"""Loopback, always: whoever reaches the port trades on the account."""
SHUTDOWN_SECONDS: Final = 0.5
_SECOND_MS: Final = 1_000


class Server:
    """One exchange on one port. Start it inside a running event loop."""

    def __init__(self, venue: Venue, credentials: Credentials, source: Source, *, control: bool) -> None:
        """Wire the parts together; nothing runs yet."""
        self.venue = venue
        self.rest = Rest(venue, credentials)
        self.streams = Streams(venue)
        self.ended: Callable[[], None] = lambda: None  # called when the prices have come to their end
        self._source = source
        self._woken = asyncio.Event()
        venue.wake = self._woken.set
        self._runner = web.AppRunner(self._app(control), shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
        self._tasks: list[asyncio.Task[None]] = []
        self.port = 0

    async def start(self, port: int) -> None:
        """Take the port (0: any free one) and let time run. Raises OSError when the port is taken."""
        listener = socket.create_server((HOST, port))
        self.port = listener.getsockname()[1]
        _remember(self.venue, self._source.past)
        coming = self._source.coming
        first = next(coming, None)
        if first is not None:
            self.venue.quote(first.quote)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        running = (self._run_market(coming), self._run_time(), self._run_seconds())
        self._tasks = [asyncio.create_task(it) for it in running]

    async def stop(self) -> None:
        """Close every connection and give the port back."""
        for task in self._tasks:
            task.cancel()
        await self.streams.close()
        await self._runner.cleanup()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def failed(self) -> None:
        """Return never, unless one of the tasks ends with an error: raise that."""
        await asyncio.gather(*self._tasks)

    def _app(self, control: bool) -> web.Application:
        app = web.Application()
        if control:
            Control(self.venue, self.rest, self.streams).add_to(app)
        for path in ("/ws", "/ws/{name:.*}", "/stream"):
            app.router.add_get(path, self.streams.handle)
            app.router.add_get("/{route:public|market|private}" + path, self.streams.handle)
        app.router.add_route("*", "/{path:.*}", self.rest.handle)
        return app

    async def _run_market(self, coming: Iterator[Paced]) -> None:
        """Let quotes come when they are due."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for paced in coming:
            due += paced.after_ms / _SECOND_MS
            await asyncio.sleep(max(due - loop.time(), 0))
            self.venue.quote(self.venue.pinned or paced.quote)
        self.ended()
        await asyncio.Event().wait()

    async def _run_time(self) -> None:
        """Let what is due happen when nobody asks and no quote comes."""
        while True:
            self._woken.clear()
            wait_ms = self.venue.simulator.due_ms - self.venue.step()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait_ms, 1) / _SECOND_MS):
                    await self._woken.wait()

    async def _run_seconds(self) -> None:
        """Send what comes once a second."""
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            self.venue.step()
            self.streams.market.each_second(second)
            self.streams.release()


def _remember(venue: Venue, past: list[Decimal]) -> None:
    """Make candles, and the volatility, of the prices before the first one, as if they had come until now."""
    start_ms = venue.now_ms() - len(past) * _SECOND_MS
    for index, price in enumerate(past):
        at_ms = start_ms + index * _SECOND_MS
        venue.candles.update(at_ms, price)
        venue.simulator.meter.update(at_ms, price)
