"""Lead exchange and engine through prices and decisions, in simulated time. Deterministic.

A pass runs at each instant of the interval's grid and at each event: an order of ours that changed without us (a fill,
a trigger, an arrival, a liquidation), a new decision, and, `paper.delay_ms` after a pass that sent something or met a
stop that fired, the exchange's own word of it, as a live user stream brings it. What happens at one instant happens in
this order: the quote, then what it does on the exchange, then the pass. Inside a candle the price is walked to each
level at which something happens, so that a stop fills where it fires and not at the candle's extreme.

A pass that would change nothing is not run: after a pass with nothing to do, `horizon` tells until when, and within
which prices, the same view is answered the same way. Quotes that come as columns are then passed over, as far as
nothing happens on the exchange either (scan.py). `every_pass` runs every pass and looks at every quote; the journal is
the same.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Protocol

from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.prices import Batch, Candle, path
from capi.cli.replay.stillness import Stillness
from capi.cli.replay.walk import next_stop
from capi.core.decision import DIRECTION_OF_ENTRY, Direction
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.market import Quote

if TYPE_CHECKING:
    from capi.adapters.prices.columns import Columns
    from capi.cli.replay.scan import Scan

NEVER_MS: Final = 1 << 62


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
        self._stillness: Final = None if every_pass else Stillness(exchange)
        self._scan: Scan | None = None
        self._grid_ms = NEVER_MS  # the next instant of the grid; never before the first quote
        self._decision_ms = NEVER_MS  # when the next decision becomes known
        self._echo_ms = (
            NEVER_MS  # when the exchange tells of what the last pass changed there, or of a fired stop's child
        )
        self._version = -1
        self._passed_ms = -1  # when the last pass ran
        self._is_broken: bool | None = None  # by the market; None: not asked yet
        self._last: Quote | None = None  # inside candles
        self.ticks = 0
        self.passes = 0

    def run(self, batches: "Iterable[Batch]", stopped: Callable[[], bool] = lambda: False) -> None:
        """Go through the quotes to their end, or until stopped between two. Raises what reading them raises."""
        for batch in batches:
            if isinstance(batch, list):
                self._each(batch, stopped)
            else:
                self._columns(batch, stopped)
            if stopped():
                break
        if self._grid_ms != NEVER_MS:
            self._pass()

    def _each(self, rows: list[Quote | Candle], stopped: Callable[[], bool]) -> None:
        for row in rows:
            if stopped():
                return
            if isinstance(row, Candle):
                for quote in path(row, self._held(), self._resting()):
                    self._walk(quote)
            else:
                self._take(row)

    def _columns(self, columns: "Columns", stopped: Callable[[], bool]) -> None:
        """Take the rows at which something may happen, and pass over the others."""
        row, end = 0, len(columns)
        while row < end and not stopped():
            first, is_outside = self._quiet_until(columns, row)
            if first > row:
                self._pass_over(columns, row, first)
                row = first
            if is_outside:
                self._take(columns.quote(row))
                row += 1

    def _quiet_until(self, columns: "Columns", row: int) -> tuple[int, bool]:
        """Return the first row, from `row` on, that is not passed over, and whether it has to be taken by itself."""
        still = self._stillness
        if still is None or self._grid_ms == NEVER_MS:
            return row, True
        if self._scan is None:
            from capi.cli.replay.scan import Scan

            self._scan = Scan(self._exchange)
        self._until(columns.at_ms.item(row))
        due_ms = min(self._exchange.due_ms, self._decision_ms, self._echo_ms, self._pass_due_ms())
        return self._scan.quiet_until(columns, row, due_ms, still)

    def _pass_over(self, columns: "Columns", row: int, end: int) -> None:
        """Move over rows at which nothing happens; equity is sampled on the way."""
        if self._scan is None:
            return
        times, last_ms = columns.at_ms, columns.at_ms.item(end - 1)
        while (at_ms := self._on_grid(self._engine.sample_due_ms)) < last_ms:
            in_force = row + int(times[row:end].searchsorted(at_ms, "right")) - 1
            mark = columns.mid(columns.column("twice_mid").item(in_force))
            self._engine.sample(at_ms, self._exchange.equity_at(mark), self._exchange.account.wallet)
        self._scan.pass_over(columns, row, end)
        self._is_broken = False  # that is what being passed over means
        self.ticks += end - row

    def _take(self, quote: Quote) -> None:
        exchange, at_ms = self._exchange, quote.timestamp_ms
        self.ticks += 1
        if self._grid_ms == NEVER_MS:
            exchange.advance(quote)
            self._start(at_ms)
            return
        self._until(at_ms)
        exchange.advance(quote)
        self._is_broken = None
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
        self._decision_ms = self._next_decision_ms(at_ms)
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
                self._decision_ms = self._next_decision_ms(due_ms)
            told = due_ms == self._echo_ms
            if decided or told or exchange.version != self._version or (on_grid and self._is_due(due_ms)):
                self._pass()
            elif on_grid and due_ms >= self._engine.sample_due_ms:
                self._engine.sample(due_ms, exchange.equity_at(exchange.mark), exchange.account.wallet)

    def _next_due_ms(self, before_ms: int) -> int:
        """Return the first instant at which something may have to be done, the market standing still."""
        due_ms = min(self._exchange.due_ms, self._decision_ms, self._echo_ms, before_ms)
        if self._grid_ms < due_ms:
            wake_ms = min(self._pass_due_ms(), self._engine.sample_due_ms)
            self._grid_ms = self._on_grid(min(wake_ms, due_ms))
        return min(self._grid_ms, due_ms)

    def _pass_due_ms(self) -> int:
        """Return from when on the next instant of the grid needs a pass."""
        still = self._stillness
        return self._grid_ms if still is None or self._broken() else still.ends_ms

    def _on_grid(self, at_ms: int) -> int:
        """Return the first instant of the grid, from the next one on, that is not before a time."""
        ahead_ms = at_ms - self._grid_ms
        return self._grid_ms if ahead_ms <= 0 else self._grid_ms - -ahead_ms // self._interval_ms * self._interval_ms

    def _is_due(self, at_ms: int) -> bool:
        """Return whether the grid's pass is run: not when an event has had one at the same instant."""
        if at_ms == self._passed_ms:
            return False
        still = self._stillness
        return still is None or at_ms >= still.ends_ms or self._broken()

    def _broken(self) -> bool:
        """Return whether the market has left the bounds of the last plan; asked once for each quote and pass."""
        if self._is_broken is None:
            self._is_broken = self._stillness is not None and self._stillness.broken_by_market()
        return self._is_broken

    def _pass(self) -> None:
        before = self._exchange.version
        report = self._engine.run_pass()
        self.passes += 1
        changed = self._exchange.version != before
        fired = before != self._version and any(order.status == "TRIGGERED" for order in report.orders)
        self._version, self._passed_ms = self._exchange.version, report.at_ms
        self._is_broken = None
        self._echo_ms = report.at_ms + self._delay_ms if changed or fired else NEVER_MS
        if self._stillness is not None:
            self._stillness.after(report, self._engine, self._grid_ms)
        self._on_pass(report)

    def _next_decision_ms(self, at_ms: int) -> int:
        next_ms = self._decisions.next_change_ms(at_ms)
        return NEVER_MS if next_ms is None else next_ms

    def _held(self) -> Direction | None:
        qty = self._exchange.account.qty
        return None if qty == 0 else "long" if qty > 0 else "short"

    def _resting(self) -> Direction | None:
        for order in self._exchange.open_orders():
            if order.kind == "plain" and not order.reduce_only:
                return DIRECTION_OF_ENTRY[order.side]
        return None
