"""An answer that ends in time: a timeout is that of one read, and an answer that trickles in is thousands of them.

The HTTP client takes the head of an answer in as many reads as it comes in, and bounds each of them alone. Here a whole
answer has one time, to which every read of its thread is held. What is wrapped is the client's way to a socket, which
its library has no public door to; tests/binance/test_http.py says when that door has moved.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

TOO_LONG: Final = "the answer goes on for too long"


class Deadline(threading.local):
    """Until when the request of this thread may be read, by the monotonic clock. None: there is none under way."""

    until: float | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[float]:
        """Hold what is read meanwhile to so many seconds; yield until when that is."""
        self.until = until = time.monotonic() + seconds
        try:
            yield until
        finally:
            self.until = None

    def bounded(self, timeout: float | None) -> float | None:
        """Return how long one read may take. Raises httpx.ReadTimeout when there is no time left."""
        if self.until is None:
            return timeout
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout(TOO_LONG)
        return left if timeout is None else min(timeout, left)


def hold(client: httpx.Client, deadline: Deadline) -> None:
    """Hold whatever this client reads to the deadline, by way of a proxy too."""
    inside: Any = client
    for transport in (inside._transport, *inside._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = _Backend(pool._network_backend, deadline)


class _Backend:
    """What opens connections for the client."""

    def __init__(self, backend: Any, deadline: Deadline) -> None:
        self._backend, self._deadline = backend, deadline

    def connect_tcp(self, *arguments: Any, **named: Any) -> "_Stream":
        return _Stream(self._backend.connect_tcp(*arguments, **named), self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


class _Stream:
    """One connection."""

    def __init__(self, stream: Any, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        came: bytes = self._stream.read(max_bytes, self._deadline.bounded(timeout))
        return came

    def start_tls(self, *arguments: Any, **named: Any) -> "_Stream":
        return _Stream(self._stream.start_tls(*arguments, **named), self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
