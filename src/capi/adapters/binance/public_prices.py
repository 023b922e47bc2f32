"""Binance's public prices of one symbol as they come: by streams, and by REST while those are silent. Needs no key.

For who simulates on them: every quote counts there, not only the latest. Quotes wait in a queue, each with the
exchange's time, until they are taken; of more than `QUOTES_MAX` the oldest are left out.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.connector import tls_context
from capi.adapters.binance.inquiry import Inquiry
from capi.adapters.binance.streams.feed import Feed
from capi.adapters.binance.streams.line import Line, Patience
from capi.ports.market import Quote

QUOTES_MAX: Final = 100_000
SILENT_SECONDS: Final = 3.0
"""Without a quote of the streams for so long, prices are read by REST."""
DOWN_SECONDS: Final = 10.0
"""How long a stream is away before it is told."""
REST_SECONDS: Final = 1.0
"""Between two readings; they weigh 3 of the 2,400 a minute."""


class PublicPrices:
    """Start it once, close it once. `take`, `age_seconds` and `down` are for the thread that simulates."""

    def __init__(
        self, inquiry: Inquiry, base_url: str, symbol: str, wake: Callable[[], None], patience: Patience | None = None
    ) -> None:
        """Connect to nothing yet. `base_url`: of the streams; `wake` is called in any thread when a quote has come."""
        name, base, tls = symbol.lower(), base_url.rstrip("/"), tls_context()
        patience = Patience() if patience is None else patience
        public, market = f"{base}/public/ws/{name}@bookTicker", f"{base}/market/stream?streams={name}@markPrice@1s"
        self._inquiry: Final = inquiry
        self._wake: Final = wake
        self._feed: Final = Feed(symbol, last_is_needed=False)
        self._lines: Final = (
            Line("public", lambda: public, self._hear_book, _nothing, patience, speaks_always=True, tls=tls),
            Line("market", lambda: market, self._hear_market, _nothing, patience, speaks_always=True, tls=tls),
        )
        self._quotes: Final[deque[Quote]] = deque(maxlen=QUOTES_MAX)
        self._ends: Final = threading.Event()
        self._streamed_at: float | None = None
        self._came_at: float | None = None
        self._pool: Final = ThreadPoolExecutor(len(self._lines) + 1, thread_name_prefix="public prices")
        self._runs: Final[dict[Line, Future[None]]] = {}

    def start(self) -> None:
        """Begin, in threads of their own."""
        self._run_lines()
        self._pool.submit(self._look_after)

    def close(self) -> None:
        """End the threads."""
        self._ends.set()
        for line in self._lines:
            line.end()
        self._pool.shutdown()

    def take(self) -> list[Quote]:
        """Return the quotes since the last call, oldest first."""
        taken = []
        while self._quotes:
            taken.append(self._quotes.popleft())
        return taken

    @property
    def age_seconds(self) -> float | None:
        """Return how long ago the last quote came; None: none ever did."""
        return None if self._came_at is None else time.monotonic() - self._came_at

    @property
    def down(self) -> str | None:
        """Return which stream has been away for a while, and why; None: none has."""
        now = time.monotonic()
        away = [line for line in self._lines if line.down_since is not None and now - line.down_since > DOWN_SECONDS]
        return "; ".join(f"{line.name}: {line.down_why}" for line in away) or None

    def _hear_book(self, message: str) -> None:
        self._feed.hear_book(message)
        self._pass_on()

    def _hear_market(self, message: str) -> None:
        self._feed.hear_market(message)
        self._pass_on()

    def _pass_on(self) -> None:
        quote = self._feed.quote(self._inquiry.clock.now_ms())
        if quote is not None:
            self._streamed_at = time.monotonic()
            self._put(quote)

    def _put(self, quote: Quote) -> None:
        self._came_at = time.monotonic()
        self._quotes.append(quote)
        self._wake()

    def _is_silent(self) -> bool:
        return self._streamed_at is None or time.monotonic() - self._streamed_at > SILENT_SECONDS

    def _run_lines(self) -> None:
        """Run each line; again, where it ended in an error."""
        for line in self._lines:
            run = self._runs.get(line)
            error = None if run is None or not run.done() else run.exception()
            if error is not None:
                line.fail(error)
            if run is None or error is not None:
                self._runs[line] = self._pool.submit(line.run)

    def _look_after(self) -> None:
        """Keep the lines running and the clock right, and read prices by REST while the lines are silent."""
        while not self._ends.is_set():
            self._run_lines()
            if self._inquiry.clock.is_due:
                self._inquiry.measure_clock()
            if self._is_silent():
                self._read()
            self._ends.wait(REST_SECONDS)

    def _read(self) -> None:
        """Read book and mark price; what cannot be read is no quote, and prices get old."""
        book, mark = self._inquiry.book(), self._inquiry.mark()
        if is_successful(book) and is_successful(mark):
            told = book.unwrap()
            self._put(
                Quote(
                    self._inquiry.clock.now_ms(),
                    bid=told.bid,
                    ask=told.ask,
                    bid_qty=told.bid_qty,
                    ask_qty=told.ask_qty,
                    mark=mark.unwrap(),
                )
            )


def _nothing() -> None:
    """Do nothing: after a connection there is nothing to catch up with."""
