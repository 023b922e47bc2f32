"""The request budget: what the exchange's own counters leave, and who may use it.

Weight counts per minute and IP, orders per ten seconds and per minute and account; the truth is in the headers of every
answer. Between two answers our own requests are counted on top. Entries, settings and reads that can wait stop at 70 %,
the reads that a look cannot do without at 90 %; stops, exits and cancels may use everything. So may, once in 3 s, the
reads that guard (both lists of open orders, the position, and what those need) while there may be something to guard:
whoever uses the weight up, a fill is not left unseen, and a start after a crash not refused. After 429 or 418 nothing
is sent before the time that the exchange named: going on turns a pause into a ban, and a ban stops protection too.
After a 403 of its firewall, which names no time, only protection goes on for a while.

The lock is held for a few additions, never over a request.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from capi.core.errors import Throttled

Urgency = Literal["protection", "guarding", "needed", "deferrable"]

SHARE: Final[dict[Urgency, float]] = {"protection": 1.0, "guarding": 0.9, "needed": 0.9, "deferrable": 0.7}
"""Up to which part of a limit each may go. `protection` is never refused here: the exchange itself will say."""
GUARD_EVERY_MS: Final = 3000
"""How often a look may read beyond its share what guards. It weighs 7, or 12: at most 240 a minute, the reserve."""
MINUTE_MS: Final = 60_000
TEN_SECONDS_MS: Final = 10_000
WEIGHT_HEADER: Final = "x-mbx-used-weight-1m"
ORDERS_10S_HEADER: Final = "x-mbx-order-count-10s"
ORDERS_1M_HEADER: Final = "x-mbx-order-count-1m"

_COUNT: Final = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class Window:
    """One counter over a fixed span of time."""

    span_ms: int
    limit: int
    used: int = 0
    index: int = 0

    def add(self, now_ms: int, amount: int) -> None:
        """Count what is about to be sent."""
        self._turn(now_ms)
        self.used += amount

    def learn(self, sent_at_ms: int, used: int) -> None:
        """Take what the exchange counts, of the span in which the request was sent; another span says nothing."""
        if sent_at_ms // self.span_ms == self.index:
            self.used = max(self.used, used)

    def allows(self, now_ms: int, amount: int, share: float) -> bool:
        """Return whether `amount` more stays inside a share of the limit."""
        self._turn(now_ms)
        return self.used + amount <= self.limit * share

    def _turn(self, now_ms: int) -> None:
        if now_ms // self.span_ms != self.index:
            self.index, self.used = now_ms // self.span_ms, 0


@dataclass(slots=True)
class Budget:
    """All counters of one account on one IP. Limits start as on mainnet in 2026; exchangeInfo corrects them."""

    weight: Window = field(default_factory=lambda: Window(MINUTE_MS, 2400))
    orders_10s: Window = field(default_factory=lambda: Window(TEN_SECONDS_MS, 300))
    orders_1m: Window = field(default_factory=lambda: Window(MINUTE_MS, 1200))
    silence: tuple[int, int] = (0, 0)  # from, until: UTC ms, by the exchange's clock as it was known then
    patience: tuple[int, int] = (0, 0)
    _guards: bool = True  # the reads that guard may use the reserve now: a start may, what stands is not known yet
    _guarded_at_ms: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin_look(self, now_ms: int, *, guards: bool) -> bool:
        """Say that a look begins; `guards`: there may be something to guard. Return whether it has to use the reserve.

        Between two that may, a look goes as far as the others' share.
        """
        with self._lock:
            self._guards = guards and not 0 <= now_ms - self._guarded_at_ms < GUARD_EVERY_MS
            if self._guards:
                self._guarded_at_ms = now_ms
            return self._guards and not self.weight.allows(now_ms, 0, SHARE["guarding"])

    def take(self, now_ms: int, weight: int, orders: int, urgency: Urgency) -> Throttled | None:
        """Count a request that is about to be sent, or return why it has to wait and until when."""
        with self._lock:
            if _covers(self.silence, now_ms):
                why = "the exchange asked for silence (429 or 418)"
                return Throttled(until_ms=self.silence[1], message=why)
            if urgency != "protection" and _covers(self.patience, now_ms):
                why = "the exchange's firewall refused a request; only protection goes on"
                return Throttled(until_ms=self.patience[1], message=why)
            share = 1.0 if urgency == "guarding" and self._guards else SHARE[urgency]
            if urgency != "protection" and (full := self._full(now_ms, weight, orders, share)):
                until_ms = (now_ms // full.span_ms + 1) * full.span_ms
                why = f"{full.used} of {full.limit} requests are used up; the rest is kept for protection"
                return Throttled(until_ms=until_ms, message=why, spared=True)
            self.weight.add(now_ms, weight)
            for window in (self.orders_10s, self.orders_1m):
                window.add(now_ms, orders)
            return None

    def learn(self, sent_at_ms: int, headers: Mapping[str, str], *, counts_weight: bool) -> None:
        """Take the counters of an answer; `counts_weight` False: this endpoint's weight header is known to be wrong."""
        with self._lock:
            for window, name in (
                (self.weight, WEIGHT_HEADER),
                (self.orders_10s, ORDERS_10S_HEADER),
                (self.orders_1m, ORDERS_1M_HEADER),
            ):
                used = headers.get(name, "")
                if _COUNT.fullmatch(used) and (counts_weight or window is not self.weight):
                    window.learn(sent_at_ms, int(used))

    def be_silent(self, now_ms: int, until_ms: int) -> None:
        """Send nothing before `until_ms`."""
        with self._lock:
            self.silence = _longer(self.silence, now_ms, until_ms)

    def silent_until_ms(self, now_ms: int) -> int | None:
        """Return until when nothing may be sent; None: no silence holds."""
        return self.silence[1] if _covers(self.silence, now_ms) else None

    def be_patient(self, now_ms: int, until_ms: int) -> None:
        """Send nothing but protection before `until_ms`."""
        with self._lock:
            self.patience = _longer(self.patience, now_ms, until_ms)

    def set_limits(self, *, weight: int | None, orders_10s: int | None, orders_1m: int | None) -> None:
        """Take the host's own limits (exchangeInfo.rateLimits); None leaves one as it is."""
        with self._lock:
            for window, limit in ((self.weight, weight), (self.orders_10s, orders_10s), (self.orders_1m, orders_1m)):
                if limit is not None:
                    window.limit = limit

    def _full(self, now_ms: int, weight: int, orders: int, share: float) -> Window | None:
        """Return the first counter that has no room; a deferrable request needs room in all that it could use."""
        if not self.weight.allows(now_ms, weight, share):
            return self.weight
        if orders:
            for window in (self.orders_10s, self.orders_1m):
                if not window.allows(now_ms, orders, share):
                    return window
        return None


def _covers(span: tuple[int, int], now_ms: int) -> bool:
    """Return whether a span lasts. One that lies ahead was told by a clock that was corrected since: it is void."""
    return span[0] <= now_ms < span[1]


def _longer(span: tuple[int, int], now_ms: int, until_ms: int) -> tuple[int, int]:
    """Return the span until a time, or the one in force when it lasts longer."""
    return span if _covers(span, now_ms) and span[1] >= until_ms else (now_ms, until_ms)
