"""A websocket's opening that ends in time: the library bounds each read of the handshake, not all of them together."""

import socket
import threading
from contextlib import suppress
from typing import Any, Final

import websocket

OPENING_TIMEOUTS_MAX: Final = 3
"""A timeout is that of one step (to connect, TLS, each read); an opening may take so many of them."""


def open_within(stream: websocket.WebSocket, url: str, timeout_seconds: float) -> None:
    """Connect. Raises OSError, ValueError and WebSocketException, in time also where the answer trickles in."""
    untyped: Any = stream  # the library is typed in part only
    untyped.settimeout(timeout_seconds)
    watch = threading.Timer(OPENING_TIMEOUTS_MAX * timeout_seconds, cut, [stream])
    watch.daemon = True
    watch.start()
    try:
        untyped.connect(url)
    finally:
        watch.cancel()


def cut(stream: websocket.WebSocket) -> None:
    """End whatever another thread waits for on it, in the handshake too (the library's `abort` waits for its end)."""
    connection = stream.sock
    if connection is not None:
        with suppress(OSError):  # it is closed already
            connection.shutdown(socket.SHUT_RDWR)
