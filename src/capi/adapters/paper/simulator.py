"""Time and events of the simulated exchange: quotes, arrivals, funding, the countdown that cancels plain orders.

A request is judged at once, against what the exchange knows when it is sent, and its answer is that judgement. An order
that was taken is in the lists at once, but meets the market `delay_ms` later: at the quote that is in force then, never
at one that was not. So the answer to a MARKET order says NEW with nothing filled unless the delay is zero, as a real
ACK does. Cancels and settings take effect at once: that a cancel can cross a fill is left to faults.

What is due strictly before a quote's time happens against the quote before it; what is due at its time, against it.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from capi.adapters.paper.admission import admit
from capi.adapters.paper.book import Band
from capi.adapters.paper.execution import arrive, match
from capi.adapters.paper.orders import NewOrder, Resting
from capi.adapters.paper.state import State
from capi.core.errors import Rejected
from capi.core.orders import Order, OrderKey
from capi.core.units import ZERO
from capi.core.volatility import VolatilityMeter
from capi.ports.exchange import Funding
from capi.ports.market import Quote

FUNDING_INTERVAL_MS: Final = 8 * 3_600_000
"""00, 08 and 16 o'clock UTC: multiples of it since the Unix epoch."""

Extremes = tuple[int, Decimal, Decimal, Decimal]
"""Time, highest, lowest and last mid price of some quotes within one minute."""


class Simulator:
    """Moves a State through time. `advance` costs a few microseconds while nothing can happen."""

    def __init__(self, state: State) -> None:
        """Start at the state's time."""
        self.state = state
        self.meter = VolatilityMeter()
        self._arrivals: deque[Resting] = deque()
        self._funding_ms = (state.now_ms // FUNDING_INTERVAL_MS + 1) * FUNDING_INTERVAL_MS
        self._dead_man_ms: int | None = None
        self._due_ms = self._funding_ms
        self._band: Band | None = None
        self._band_version = -1

    @property
    def due_ms(self) -> int:
        """Return when something happens even if the market stands still."""
        return self._due_ms

    @property
    def band(self) -> Band:
        """Return the prices between which no quote changes anything."""
        if self._band is None or self._band_version != self.state.version:
            self._band_version = self.state.version
            self._band = self.state.book.band(self.state.liquidation_price, self.state.account.qty)
        return self._band

    def advance(self, quote: Quote) -> None:
        """Move time and market to a quote; one that is older than now moves the market alone."""
        state, market, at_ms = self.state, self.state.market, quote.timestamp_ms
        if self._due_ms < at_ms:
            self._run_until(at_ms - 1)
        if at_ms > state.now_ms:
            state.now_ms = at_ms
        previous_mid = market.mid
        market.apply(quote)
        self.meter.update(at_ms, market.mid)
        if self._due_ms <= at_ms:
            self._run_until(at_ms)
        if not self.band.holds(market):
            match(state, previous_mid)

    def pass_over(self, last: Quote, quotes: int, candles: Iterable[Extremes]) -> None:
        """Move over quotes to the last of them: what `advance` would do where nothing is due and the band holds."""
        state = self.state
        state.now_ms = max(state.now_ms, last.timestamp_ms)
        state.market.quotes += quotes - 1
        state.market.apply(last)
        for at_ms, high, low, close in candles:
            self.meter.take(at_ms, high, low, close)

    def tick_time(self, now_ms: int) -> None:
        """Move time alone: what was sent arrives, funding is exchanged, the countdown runs."""
        if self._due_ms <= now_ms:
            self._run_until(now_ms)
        self.state.now_ms = max(self.state.now_ms, now_ms)

    def submit(self, new: NewOrder, delay_ms: int) -> Order | Rejected:
        """Judge an order; one that is taken meets the market after the delay."""
        admitted = admit(self.state, new)
        if isinstance(admitted, Rejected):
            return admitted
        now_ms = self.state.now_ms
        resting = self.state.book.accept(admitted, sent_at_ms=now_ms, live_from_ms=now_ms + delay_ms)
        if delay_ms == 0:
            arrive(self.state, resting)
        else:
            self._arrivals.append(resting)
            self._schedule()
        return resting.order

    def cancel(self, key: OrderKey) -> Order | Rejected:
        """Cancel an open order in its own world."""
        resting = self.state.book.worlds[key[0]].get(key[1])
        if resting is None:
            return Rejected(-2011, f"Unknown order sent: no open {key[0]} order has the client id {key[1]}.")
        self.state.book.end(resting, "CANCELED", self.state.now_ms)
        return resting.order

    def arm_dead_man(self, until_ms: int | None) -> None:
        """Cancel all plain orders at `until_ms` unless armed again before; None switches it off."""
        self._dead_man_ms = until_ms
        self._schedule()

    def _schedule(self) -> None:
        due_ms = self._funding_ms
        if self._arrivals:
            due_ms = min(due_ms, self._arrivals[0].live_from_ms)
        if self._dead_man_ms is not None:
            due_ms = min(due_ms, self._dead_man_ms)
        self._due_ms = due_ms

    def _run_until(self, until_ms: int) -> None:
        """Let everything that is due happen, each at its own time; at one time arrivals come first."""
        while self._due_ms <= until_ms:
            self.state.now_ms = max(self.state.now_ms, self._due_ms)
            if self._arrivals and self._arrivals[0].live_from_ms == self._due_ms:
                resting = self._arrivals.popleft()
                if resting.open:
                    arrive(self.state, resting)
            elif self._dead_man_ms == self._due_ms:
                self._dead_man_ms = None
                for resting in list(self.state.book.worlds["plain"].values()):
                    self.state.book.end(resting, "CANCELED", self.state.now_ms)
            else:
                self._exchange_funding()
            self._schedule()

    def _exchange_funding(self) -> None:
        self._funding_ms += FUNDING_INTERVAL_MS
        state, history = self.state, self.state.history
        if state.account.qty == ZERO:
            return
        amount = state.account.pay_funding(state.config.funding_rate, state.market.mark)
        history.last_funding_id += 1
        history.fundings.append(
            Funding(
                funding_id=history.last_funding_id, amount_usdt=amount, at_ms=self._funding_ms - FUNDING_INTERVAL_MS
            )
        )
