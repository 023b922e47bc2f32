"""Streams that do not speak, and streams that are not there: capi works without them, so they are never red."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from capi.cli.doctor import streams
from tests.doctor.calling import STREAMS, doctor, user
from tests.serve.served import served


@contextmanager
def listening(*, drops: bool) -> Iterator[str]:
    """Accept any stream, and then drop it, or say nothing, not even a pong."""
    loop = asyncio.new_event_loop()

    async def accept(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if drops:
            assert request.transport is not None
            request.transport.abort()
        else:
            async for _ in socket:
                pass
        return socket

    async def start() -> tuple[web.AppRunner, int]:
        app = web.Application()
        app.router.add_get("/{path:.*}", accept)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, runner.addresses[0][1]

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_streams_that_stay_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MESSAGE_SECONDS_MAX", 0.3)
    with served() as venue, listening(drops=False) as silent:
        told = doctor(user(venue, tmp_path, silent))
    assert set(told.of("yellow")) == STREAMS
    assert all("no message within 0.3 s" in found for found in told.of("yellow").values())
    assert "REST" in told["book_stream"]["found"]
    assert told.status == 0


def test_streams_that_break(tmp_path: Path) -> None:
    with served() as venue, listening(drops=True) as dropping:
        told = doctor(user(venue, tmp_path, dropping))
    assert set(told.of("yellow")) == STREAMS
    assert "connection broke" in told["mark_stream"]["found"]


def test_streams_that_are_not_there(tmp_path: Path) -> None:
    with served() as venue:
        told = doctor(user(venue, tmp_path))
    assert set(told.of("yellow")) == STREAMS
    assert "firewall" in told["user_stream"]["cure"]
