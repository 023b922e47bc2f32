"""Lead exchange and engine through prices and decisions, in simulated time. Deterministic.

A pass runs at each instant of the interval's grid and at each event: an order of ours that changed without us (a fill,
a trigger, an arrival, a liquidation), a new decision, and, `paper.delay_ms` after a pass that sent something, the
exchange's own word of it, as a live user stream brings it. What happens at one instant happens in this order: the
quote, then what it does on the exchange, then the pass. Inside a candle the price is walked to each level at which
something happens, so that a stop fills where it fires and not at the candle's extreme.

A pass that would change nothing is not run: after a pass with nothing to do, `horizon` tells until when, and within
which prices, the same view is answered the same way. `every_pass` runs them all; the trades are the same.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.prices import Candle, path
from capi.cli.replay.stillness import Stillness
from capi.cli.replay.walk import next_stop
from capi.core.config import Config
from capi.core.decision import DIRECTION_OF_ENTRY, Direction
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.market import Quote


class ReplayedDecisions(Protocol):
    """A source of decisions that knows when the next one comes."""

    def next_change_ms(self, now_ms: int) -> int | None:
        """Return when the next decision after `now_ms` becomes known."""
        ...


class Replay:
    """One run. `on_pass` sees every pass that ran; `ticks` and `passes` count what was done so far."""

    def __init__(
        self,
        *,
        exchange: PaperExchange,
        engine: Engine,
        decisions: ReplayedDecisions,
        config: Config,
        interval_ms: int,
        delay_ms: int,
        every_pass: bool,
        on_pass: Callable[[PassReport], None],
    ) -> None:
        self._exchange: Final = exchange
        self._engine: Final = engine
        self._decisions: Final = decisions
        self._interval_ms: Final = interval_ms
        self._delay_ms: Final = max(delay_ms, 1)
        self._on_pass: Final = on_pass
        self._stillness: Final = None if every_pass else Stillness(exchange, config)
        self._grid_ms: int | None = None  # the next instant of the grid
        self._decision_ms: int | None = None  # when the next decision becomes known
        self._echo_ms: int | None = None  # when the exchange tells of what the last pass changed there
        self._version = -1
        self._last: Quote | None = None  # inside candles
        self.ticks = 0
        self.passes = 0

    def run(self, rows: Iterable[Quote | Candle]) -> None:
        """Go through the rows to their end. Raises what reading them raises."""
        for row in rows:
            if isinstance(row, Candle):
                for quote in path(row, self._held(), self._resting()):
                    self._walk(quote)
            else:
                self._take(row)
        if self._grid_ms is not None:
            self._pass()

    def _take(self, quote: Quote) -> None:
        exchange, at_ms = self._exchange, quote.timestamp_ms
        self.ticks += 1
        if self._grid_ms is None:
            exchange.advance(quote)
            self._start(at_ms)
            return
        self._until(at_ms)
        exchange.advance(quote)
        if exchange.version != self._version:
            self._pass()

    def _walk(self, quote: Quote) -> None:
        """Go to a candle's next price by way of each level on it at which something happens."""
        while (at := next_stop(self._last, quote, self._exchange.band)) is not None:
            self._take(at)
            self._last = at
        self._take(quote)
        self._last = quote

    def _start(self, at_ms: int) -> None:
        self._engine.start()
        self._grid_ms = at_ms
        self._decision_ms = self._decisions.next_change_ms(at_ms)
        self._pass()
        self._grid_ms = at_ms + self._interval_ms

    def _until(self, before_ms: int) -> None:
        """Run what is due before an instant, the market standing still."""
        exchange = self._exchange
        while (due_ms := self._next_due_ms(before_ms)) < before_ms:
            exchange.tick_time(due_ms)
            on_grid = due_ms == self._grid_ms
            if on_grid:
                self._grid_ms = due_ms + self._interval_ms
            decided = due_ms == self._decision_ms
            if decided:
                self._decision_ms = self._decisions.next_change_ms(due_ms)
            told = due_ms == self._echo_ms
            if decided or told or exchange.version != self._version or (on_grid and self._is_due(due_ms)):
                self._pass()

    def _next_due_ms(self, before_ms: int) -> int:
        """Return the first instant at which something may have to be done, the market standing still."""
        due_ms = min(self._exchange.due_ms, before_ms)
        if self._decision_ms is not None and self._decision_ms < due_ms:
            due_ms = self._decision_ms
        if self._echo_ms is not None and self._echo_ms < due_ms:
            due_ms = self._echo_ms
        if self._grid_ms is None or self._grid_ms >= due_ms:
            return due_ms
        if self._stillness is None:
            return self._grid_ms
        if self._stillness.broken_by_market():
            return self._grid_ms
        ends_ms = self._stillness.ends_ms
        if ends_ms > self._grid_ms:
            skipped = -(-(min(ends_ms, due_ms) - self._grid_ms) // self._interval_ms)
            self._grid_ms += skipped * self._interval_ms
        return min(self._grid_ms, due_ms)

    def _is_due(self, at_ms: int) -> bool:
        still = self._stillness
        return still is None or at_ms >= still.ends_ms or still.broken_by_market()

    def _pass(self) -> None:
        before = self._exchange.version
        report = self._engine.run_pass()
        self.passes += 1
        self._version = self._exchange.version
        self._echo_ms = None if self._version == before else report.at_ms + self._delay_ms
        if self._stillness is not None:
            self._stillness.after(report, self._engine)
        self._on_pass(report)

    def _held(self) -> Direction | None:
        qty = self._exchange.account.qty
        return None if qty == 0 else "long" if qty > 0 else "short"

    def _resting(self) -> Direction | None:
        for order in self._exchange.open_orders():
            if order.kind == "plain" and not order.reduce_only:
                return DIRECTION_OF_ENTRY[order.side]
        return None
