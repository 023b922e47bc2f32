"""All streams of one symbol, kept alive: three lines, a thread each, and one that looks after them.

Source: facts, sections 1.2 and 6. `/public` tells of the book, `/market` of mark price and trades, `/private` of the
account. A line's thread that ends in an error is started again; what ended it is told. Without any of this the engine
works at the pace of its passes: streams make it quick, REST makes it right (docs/decisions/0031).
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from capi.adapters.binance.connector import tls_context
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.binance.streams.feed import Feed
from capi.adapters.binance.streams.line import Line, Name, Patience
from capi.adapters.binance.streams.user import UserStream
from capi.ports.streams import StreamEvent, StreamsDown, StreamsUp

STREAM_URLS: Final = {"mainnet": "wss://fstream.binance.com", "testnet": "wss://demo-fstream.binance.com"}
"""By the settings' environment."""
RESTART_SECONDS: Final = 1.0


class Streams:
    """Prices and events of one symbol on one account. Start it once, close it once."""

    def __init__(
        self,
        exchange: BinanceExchange,
        base_url: str,
        symbol: str,
        hear: Callable[[list[StreamEvent]], object],
        wake: Callable[[], None],
        *,
        last_is_needed: bool = False,
        patience: Patience | None = None,
    ) -> None:
        """Connect to nothing yet. `hear` is called in the engine's thread, `wake` in any.

        `last_is_needed`: stops trigger by the last price.
        """
        self._exchange: Final = exchange
        self._incoming: Final = exchange.incoming
        self._base: Final = base_url.rstrip("/")
        self._name: Final = symbol.lower()
        self._hear: Final = hear
        self._wake: Final = wake
        self._last_is_needed: Final = last_is_needed
        self._feed: Final = Feed(symbol, last_is_needed=last_is_needed)
        self._patience: Final = Patience() if patience is None else patience
        self._key: Final = exchange.listen_key(self._patience.prolong_every)
        self._user: Final = UserStream(
            symbol,
            self._incoming,
            exchange.clock.now_ms,
            exchange.note_event,
            exchange.note_settings,
            self._patience.grace,
        )
        self._lines: Final = self._made_lines()
        self._private: Final = self._lines[-1]
        self._user.key_expired = lambda: self._private.connect_again("its key has expired")
        self._pool: Final = ThreadPoolExecutor(len(self._lines) + 1, thread_name_prefix="streams")
        self._ends: Final = threading.Event()
        self._runs: dict[Name, Future[None]] = {}
        self._care: Future[None] | None = None  # the run of the thread that looks after the lines
        self._errors: Final[deque[BaseException]] = deque()
        """Of the lines' threads, not told yet."""
        self._suspected_after: float | None = -1.0
        """What the user stream had said last when it was suspected last: if nothing since, another key did not help."""
        self._told_down = False

    def start(self) -> None:
        """Begin to connect, in threads of their own."""
        self._incoming.listen(lambda events: self._hear(list(events)), self._wake)
        self._incoming.tells_of_account = lambda: self._private.down_since is None
        self._exchange.use_feed(self._feed.quote)
        self._runs = {line.name: self._pool.submit(line.run) for line in self._lines}
        self._care = self._pool.submit(self._look_after)

    def close(self) -> None:
        """End the threads, and leave the exchange to REST."""
        self._exchange.use_feed(None)
        self._incoming.stop()
        self._ends.set()
        for line in self._lines:
            line.end()
        self._pool.shutdown()

    def drain(self) -> list[StreamEvent]:
        """Return what has come in since the last call, in the order in which it came.

        Raises what has ended one of the threads meanwhile: a bug, to be told like one of a pass. The thread runs again,
        and what has come in waits for the next call.
        """
        care = self._care
        if care is not None and care.done() and not self._ends.is_set():
            self._care = self._pool.submit(self._look_after)
            care.result()
        if self._errors:
            raise self._errors.popleft()
        return self._incoming.drain()

    def status(self) -> dict[str, Any]:
        """Return each line's state, for status.json. `down_seconds`: 0 while it speaks."""
        now = time.monotonic()
        return {
            line.name: {
                "up": line.down_since is None,
                "down_seconds": 0.0 if (since := line.down_since) is None else round(now - since, 1),
                "connections": line.connections,
                "messages": line.messages,
                "why": line.down_why if line.down_since is not None else None,
            }
            for line in self._lines
        }

    def _made_lines(self) -> tuple[Line, Line, Line]:
        tls = tls_context()
        trades = f"/{self._name}@aggTrade" if self._last_is_needed else ""
        public = f"{self._base}/public/ws/{self._name}@bookTicker"
        market = f"{self._base}/market/stream?streams={self._name}@markPrice@1s{trades}"
        return (
            Line(
                "public",
                lambda: public,
                self._feed.hear_book,
                lambda: None,
                self._patience,
                speaks_always=True,
                tls=tls,
            ),
            Line(
                "market",
                lambda: market,
                self._feed.hear_market,
                self._feed.forget_market,
                self._patience,
                speaks_always=True,
                tls=tls,
            ),
            Line(
                "private",
                lambda: f"{self._base}/private/ws/{self._key.ask()}",
                self._user.hear,
                self._user.connected,
                self._patience,
                speaks_always=False,
                tls=tls,
            ),
        )

    # the thread that looks after the lines

    def _look_after(self) -> None:
        while not self._ends.wait(min(self._patience.step, RESTART_SECONDS)):
            for line in self._lines:
                run = self._runs[line.name]
                failed = run.exception() if run.done() else None
                if failed is not None:
                    self._errors.append(failed)
                    line.fail(failed)
                    self._runs[line.name] = self._pool.submit(line.run)
            self._look_after_key()
            self._tell_state()

    def _look_after_key(self) -> None:
        now = time.monotonic()
        if self._key.prolong(now):
            self._private.connect_again("its key is gone")
        elif (why := self._user.why_suspect(now)) is not None:
            self._incoming.change = None
            doubted, self._suspected_after = self._suspected_after == self._user.spoke_at, self._user.spoke_at
            self._private.connect_again(why, doubted=doubted)

    def _tell_state(self) -> None:
        """Tell once that a line is away, and once that all are back."""
        now = time.monotonic()
        away = [line for line in self._lines if line.down_since is not None]
        long_away = [line for line in away if now - (line.down_since or now) > self._patience.down]
        at_ms = self._exchange.clock.now_ms()
        if long_away and not self._told_down:
            self._told_down = True
            what = "; ".join(f"{line.name}: {line.down_why}" for line in long_away)
            self._incoming.tell(StreamsDown(at_ms=at_ms, reason=what))
        elif not away and self._told_down:
            self._told_down = False
            self._incoming.tell(StreamsUp(at_ms=at_ms))
