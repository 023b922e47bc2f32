"""One websocket connection that is kept: opened, listened to, given up when it is silent, and opened again.

Source: facts, section 1.2: a connection lives 24 h at most, is pinged every 3 minutes, and one that is subscribed to
nothing stays open and says nothing. So silence is what ends a connection, whatever the reason; a line that is silent by
right (nothing happens on the account) is asked by a ping of ours. Errors are told without their text: an address may
hold a key.
"""

import ssl
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final, Literal

import websocket

from capi.adapters.binance.streams.no_address import NoAddressError
from capi.adapters.binance.streams.opening import cut, open_within
from capi.core.value import value

_TEXT: Final = websocket.ABNF.OPCODE_TEXT
_CLOSE: Final = websocket.ABNF.OPCODE_CLOSE

Name = Literal["public", "market", "private"]


@value
class Patience:
    """How long what is waited for. Seconds."""

    connect: float = 5.0
    silence: float = 10.0  # without a message: the line is dead, or subscribed to nothing
    ping_every: float = 10.0
    pong: float = 10.0  # after a ping, without a frame of any kind
    life: float = 23 * 3600.0  # the exchange ends a connection after 24 h
    first_pause: float = 0.25  # before connecting again; doubles
    longest_pause: float = 30.0
    step: float = 1.0  # how soon a wish to end is noticed at the latest
    grace: float = 5.0  # for the user stream to tell of what REST has shown
    prolong_every: float = 1800.0  # the key of the user stream, which is good for an hour
    down: float = 10.0  # before a line that is away is told: one that is renewed is no news


class _Beats:
    """When a connection last gave signs of life, or was asked for one; seconds of a monotonic clock."""

    __slots__ = ("heard", "opened", "pinged", "spoken")

    def __init__(self, now: float) -> None:
        self.opened = self.spoken = self.heard = self.pinged = now


class Line:
    """One connection. `run` is the thread's; everything else may be called from any thread."""

    def __init__(
        self,
        name: Name,
        address: Callable[[], str],
        hear: Callable[[str], None],
        connected: Callable[[], None],
        patience: Patience,
        *,
        speaks_always: bool,
        tls: ssl.SSLContext,
    ) -> None:
        """`hear` gets each message, `connected` is told of each connection. `speaks_always`: silence is a fault.

        `address` is asked before each connection, and may raise NoAddressError.
        """
        self.name: Final = name
        self._address: Final = address
        self._hear: Final = hear
        self._connected: Final = connected
        self._patience: Final = patience
        self._speaks_always: Final = speaks_always
        self._tls: Final = tls
        self._ends: Final = threading.Event()
        self._chance: Final = Random()
        self._socket: Any = None  # a websocket.WebSocket: the library is typed in part only
        self._why_again: str | None = None
        self._is_doubted = False
        self._failures = 0
        self.connections = 0
        self.messages = 0
        self.down_since: float | None = time.monotonic()
        self.down_why = "it was never connected"

    def run(self) -> None:
        """Keep the connection until `end`."""
        while not self._ends.is_set():
            began = time.monotonic()
            self._note_down(self._live_once())
            lived = time.monotonic() - began
            self._failures = 0 if lived > self._patience.longest_pause else self._failures + 1
            self._ends.wait(self._pause())

    def end(self) -> None:
        """Have it end, at once where it waits for a message, or for the answer to its opening."""
        self._ends.set()
        self._abort()

    def fail(self, error: BaseException) -> None:
        """Note that `run` has ended in an error: it will be started again."""
        self._note_down(f"its thread ended in an error ({type(error).__name__})")

    def connect_again(self, why: str, *, doubted: bool = False) -> None:
        """Give the connection up and open another. `doubted`: that one counts as away until it has said something."""
        self._why_again, self._is_doubted = why, doubted
        self._abort()

    def _live_once(self) -> str:
        """Connect and listen; return why that is over."""
        self._why_again = None
        socket: Any = websocket.WebSocket(sslopt={"context": self._tls})
        try:
            address = self._address()
            self._socket = socket
            open_within(socket, address, self._patience.connect)
        except NoAddressError as error:
            return str(error)
        except (OSError, websocket.WebSocketException, ValueError) as error:
            self._socket = None
            return f"it cannot be connected ({type(error).__name__})"
        try:
            self.connections += 1
            if not self._speaks_always and not self._is_doubted:
                self.down_since = None
            self._connected()
            return self._listen(socket)
        except (OSError, websocket.WebSocketException) as error:
            return self._over(f"the connection was lost ({type(error).__name__})")
        finally:
            self._socket = None
            socket.shutdown()

    def _listen(self, socket: Any) -> str:
        """Take messages until there is a reason not to, and return it."""
        socket.settimeout(self._patience.step)
        beats = _Beats(time.monotonic())
        why: str | None = None
        while why is None and not self._ends.is_set() and self._why_again is None:
            why = self._receive(socket, beats) or self._judge(socket, beats, time.monotonic())
        return self._over("it was ended" if why is None else why)

    def _receive(self, socket: Any, beats: "_Beats") -> str | None:
        """Take one message, if one comes in time; return why the connection is over, if it is."""
        try:
            opcode, data = socket.recv_data(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return None
        beats.heard = time.monotonic()
        if opcode == _CLOSE:
            return "the exchange closed it"
        if opcode == _TEXT:
            beats.spoken = beats.heard
            self.messages += 1
            self.down_since, self._is_doubted = None, False
            self._hear(data.decode(errors="replace"))
        return None

    def _judge(self, socket: Any, beats: "_Beats", now: float) -> str | None:
        """Return why the connection is given up; None: it is kept. Ping where nothing need come."""
        patience = self._patience
        if now - beats.opened > patience.life:
            return "it was renewed before the exchange ends it"
        if self._speaks_always:
            silent = now - beats.spoken
            return f"nothing came for {silent:.0f} s" if silent > patience.silence else None
        if beats.pinged > beats.heard:
            waited = now - beats.pinged
            return f"a ping was not answered for {waited:.0f} s" if waited > patience.pong else None
        if now - beats.heard > patience.ping_every:
            socket.ping()
            beats.pinged = now
        return None

    def _over(self, why: str) -> str:
        """Return why a connection is over: what was asked for, where something was."""
        return why if self._why_again is None else self._why_again

    def _note_down(self, why: str) -> None:
        """Note that it is away, and why."""
        self.down_why = why
        if self.down_since is None:
            self.down_since = time.monotonic()

    def _pause(self) -> float:
        """Return how long to wait before connecting again: it doubles, and has chance in it, so that not all come."""
        patience = self._patience
        longest = min(patience.first_pause * 2.0 ** min(self._failures, 16), patience.longest_pause)
        return longest * self._chance.uniform(0.5, 1.0)

    def _abort(self) -> None:
        socket = self._socket
        if socket is not None:
            cut(socket)
