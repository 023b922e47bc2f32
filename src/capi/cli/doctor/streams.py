"""Checks of the streams: do prices come, and can the account's own stream be opened? Without them capi works by REST.

A stream that was asked for in the wrong way connects and stays silent (facts, section 1.2), so only a message counts.
The account's stream is silent while nothing happens: there a pong has to do.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import websocket

from capi.adapters.binance.streams.opening import open_within
from capi.adapters.binance.streams.streams import STREAM_URLS
from capi.cli.doctor.finding import Concluded, Finding, green, yellow
from capi.cli.doctor.visit import Visit
from capi.settings import Settings

CONNECT_SECONDS_MAX: Final = 5.0
MESSAGE_SECONDS_MAX: Final = 5.0
CLOSE_SECONDS_MAX: Final = 1
_CURE: Final = "let this machine open websockets there (firewall, proxy, exchange.stream_url)"
_SLOWER: Final = "capi works by REST then, at the pace of loop.interval_seconds"


def book_stream(visit: Visit) -> Finding:
    """Do best bid and ask come?"""
    return _of_prices(visit, f"/public/ws/{visit.settings.symbol.lower()}@bookTicker")


def mark_stream(visit: Visit) -> Finding:
    """Does the mark price come?"""
    return _of_prices(visit, f"/market/ws/{visit.settings.symbol.lower()}@markPrice@1s")


def user_stream(visit: Visit) -> Finding:
    """Can the account's stream be opened?"""
    listen_key = visit.answer(visit.account().listen_key())
    with _connected(f"{_base(visit.settings)}/private/ws/{listen_key}") as stream:
        stream.ping()
        began = time.monotonic()
        while time.monotonic() - began < MESSAGE_SECONDS_MAX:
            opcode, _ = stream.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_PONG:
                return green("a listen key was given, and its stream is open; it speaks once something happens")
    return yellow(f"the account's stream does not answer; {_SLOWER}", _CURE)


def _of_prices(visit: Visit, path: str) -> Finding:
    visit.exchange()
    began = time.monotonic()
    with _connected(f"{_base(visit.settings)}{path}") as stream:
        stream.recv()
    return green(f"the first price came after {time.monotonic() - began:.1f} s")


def _base(settings: Settings) -> str:
    return (settings.exchange.stream_url or STREAM_URLS[settings.exchange.environment]).rstrip("/")


@contextmanager
def _connected(url: str) -> Iterator[websocket.WebSocket]:
    """Yield an open stream; conclude when it cannot be opened, breaks or stays silent. The address may be a secret."""
    stream = websocket.WebSocket()
    try:
        open_within(stream, url, CONNECT_SECONDS_MAX)
    except (OSError, websocket.WebSocketException) as error:
        raise Concluded(yellow(f"no connection ({_told(error)}); {_SLOWER}", _CURE)) from None
    try:
        stream.settimeout(MESSAGE_SECONDS_MAX)
        yield stream
    except websocket.WebSocketTimeoutException:
        what = f"connected, and no message within {MESSAGE_SECONDS_MAX:g} s"
        raise Concluded(yellow(f"{what}; {_SLOWER}", _CURE)) from None
    except (OSError, websocket.WebSocketException) as error:
        raise Concluded(yellow(f"the connection broke ({_told(error)}); {_SLOWER}", _CURE)) from None
    finally:
        stream.close(timeout=CLOSE_SECONDS_MAX)


def _told(error: Exception) -> str:
    if isinstance(error, websocket.WebSocketBadStatusException):
        return f"HTTP {error.status_code}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
