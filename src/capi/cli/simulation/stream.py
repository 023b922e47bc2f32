"""The exchange's own word: orders, fills and positions as events, soon, late, twice, out of order, or not at all.

After a silence that lasts the adapter says that the streams are down, and once they speak again, that something may
have been missed (`Disturbed`), as its supervisor does. That its key has expired the exchange says itself: the adapter
asks for another one and connects again, and what happened meanwhile nobody tells.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Final

from capi.cli.simulation.world import World
from capi.core.orders import Order, OrderKey
from capi.ports.streams import Disturbed, OrderTold, PositionTold, StreamEvent, StreamsDown, StreamsUp

NOTICED_MS: Final = 5000
"""A silence that lasts is noticed after this long."""
EXPIRES_SHARE: Final = 0.3
"""Of the runs with streams and bad days: in so many the key expires."""
CONNECTED_MS: Final = (200, 600, 2000, 5000, 10_000)
"""After its key has expired the stream is there again after so long."""

Told = Callable[[str, str], None]


class SimulatedStreams:
    """`engine.loop.Streams`. Each event is delivered at a time of its own; `has_news` says that one waits."""

    def __init__(
        self,
        world: World,
        dice: Random,
        *,
        badness: float,
        until_ms: int,
        muted: frozenset[str],
        told: Told,
        key_dice: Random,
    ) -> None:
        """`key_dice`: what becomes of the key is drawn by itself."""
        self._muted: Final = muted
        self._world: Final = world
        self._dice: Final = dice
        self._badness: Final = badness
        self._until_ms: Final = until_ms
        self._told: Final = told
        self._ready: list[StreamEvent] = []
        self._seen: dict[OrderKey, Order] = {}
        self._last_trade_id = 0
        self._qty = world.exchange.account.qty
        self._silent_until_ms = 0
        self._expires_for_ms: int | None = None  # at the next change of the books
        world.on_change.append(self._note)
        if "listen_key_expired" not in muted and key_dice.random() < EXPIRES_SHARE and badness:
            self._lay_down_expiries(key_dice)

    @property
    def has_news(self) -> bool:
        """Return whether an event has arrived that nobody has taken."""
        return bool(self._ready)

    def drain(self) -> list[StreamEvent]:
        """Return the events since the last call, in the order in which they arrived."""
        ready, self._ready = self._ready, []
        return ready

    def restart(self) -> None:
        """A new process listens: what was on its way to the old one is lost, and a look is due."""
        self._ready = [Disturbed(at_ms=self._world.now_ms, reason="connected")]

    def _lay_down_expiries(self, dice: Random) -> None:
        """Have the key expire now and then: at any moment, or at the worst one, as something happens."""
        for _ in range(dice.randrange(1, 4)):
            at_ms, for_ms = dice.randrange(self._world.now_ms, self._until_ms), dice.choice(CONNECTED_MS)
            act = self._expire if dice.random() < 0.5 else self._let_expire
            self._world.at(at_ms, partial(act, for_ms))

    def _let_expire(self, for_ms: int) -> None:
        self._expires_for_ms = for_ms

    def _expire(self, for_ms: int) -> None:
        now_ms = self._world.now_ms
        if now_ms >= self._until_ms:
            return
        self._told("listen_key_expired", f"connected again after {for_ms} ms")
        ends_ms = min(now_ms + for_ms, self._until_ms)
        self._silent_until_ms = max(self._silent_until_ms, ends_ms)
        self._deliver(Disturbed(at_ms=ends_ms, reason="the user stream has been connected"), ends_ms - now_ms)

    def _note(self) -> None:
        """Turn a change of the books into events."""
        if self._expires_for_ms is not None:
            for_ms, self._expires_for_ms = self._expires_for_ms, None
            self._expire(for_ms)
        now_ms, exchange = self._world.now_ms, self._world.exchange
        for fill in exchange.fills_after(self._last_trade_id):
            self._last_trade_id = fill.trade_id
            order = exchange.order(("plain", fill.client_order_id))
            if order is not None:
                self._seen[order.key] = order
                self._say(OrderTold(at_ms=now_ms, order=_bare(order), fill=fill))
        for key in (*(one.key for one in exchange.open_orders()), *self._seen):
            known, order = self._seen.get(key), exchange.order(key)
            if order is not None and order is not known:
                self._seen[key] = order
                self._say(OrderTold(at_ms=now_ms, order=_bare(order)))
        self._seen = {key: order for key, order in self._seen.items() if order.status in ("NEW", "PARTIALLY_FILLED")}
        qty = exchange.account.qty
        if qty != self._qty:
            self._qty = qty
            self._say(PositionTold(at_ms=now_ms, qty=qty, entry_price=exchange.account.entry_price))

    def _say(self, event: StreamEvent) -> None:
        dice, now_ms = self._dice, self._world.now_ms
        luck, delay_ms, late_ms = dice.random(), dice.randrange(3, 60), dice.choice((300, 1500, 4000, 9000))
        if now_ms < self._silent_until_ms:
            return
        if now_ms >= self._until_ms or self._badness == 0 or luck >= 0.2 * self._badness:
            self._deliver(event, delay_ms)
            return
        kind = dice.choice(("event_lost", "event_late", "event_twice", "stream_silent"))
        if kind in self._muted:
            self._deliver(event, delay_ms)
            return
        self._told(kind, type(event).__name__)
        if kind == "event_late":
            self._deliver(event, late_ms)
        elif kind == "event_twice":
            self._deliver(event, delay_ms)
            self._deliver(event, delay_ms + late_ms)
        elif kind == "stream_silent":
            self._fall_silent(dice.choice((1000, 8000, 30_000)))

    def _fall_silent(self, for_ms: int) -> None:
        now_ms = self._world.now_ms
        self._silent_until_ms = min(now_ms + for_ms, self._until_ms)
        ends_ms = self._silent_until_ms - now_ms
        if ends_ms > NOTICED_MS:
            self._deliver(StreamsDown(at_ms=now_ms + NOTICED_MS, reason="nothing heard for 5 s"), NOTICED_MS)
            self._deliver(StreamsUp(at_ms=now_ms + ends_ms), ends_ms)
        self._deliver(Disturbed(at_ms=now_ms + ends_ms, reason="connected again"), ends_ms)

    def _deliver(self, event: StreamEvent, delay_ms: int) -> None:
        self._world.at(self._world.now_ms + delay_ms, lambda: self._ready.append(event))


def _bare(order: Order) -> Order:
    return replace(order, sent_at_ms=None)
