"""The user data stream: what it says is heard once, and that it has gone quiet is noticed.

It is silent by right while nothing happens, and a connection that is open can be dead all the same: another client may
have ended the key. So whatever REST shows (an order of ours was taken, the position is another one) has to have been
told of, or is within seconds; otherwise the connection is given up for a new one with a key asked for anew.
"""

import time
from collections.abc import Callable, Hashable
from typing import Final

from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.rows import Row
from capi.adapters.binance.streams.user_events import KEY_EXPIRED, SETTINGS_CHANGED, may_be_transfer, read_user_event
from capi.adapters.exact_json import exact_json
from capi.ports.streams import Disturbed, OrderTold, PositionTold, StreamEvent

TELLS: Final = frozenset({"ORDER_TRADE_UPDATE", "ALGO_UPDATE", "ACCOUNT_UPDATE", "TRADE_LITE"})
"""Events of which one at least comes with each order, fill and position."""
REMEMBERED: Final = 2000
"""Events, so that one that comes again is known."""


class UserStream:
    """Hears the messages of the private line. `hear` is the line's thread; `why_suspect` may be another's."""

    def __init__(
        self,
        symbol: str,
        incoming: Incoming,
        now_ms: Callable[[], int],
        note_event: Callable[[], None],
        note_settings: Callable[[], None],
        grace: float,
    ) -> None:
        """`note_event` has position, fills and money read anew at the next look, `note_settings` the settings.

        `grace`: how many seconds after REST has shown a change the stream may take to tell of it.
        """
        self._symbol: Final = symbol
        self._incoming: Final = incoming
        self._now_ms: Final = now_ms
        self._note_event: Final = note_event
        self._note_settings: Final = note_settings
        self._grace: Final = grace
        self._known: Final[dict[Hashable, None]] = {}
        self.key_expired: Callable[[], None] = _nothing
        self.spoke_at: float | None = None

    def hear(self, message: str) -> None:
        """Take one message."""
        try:
            row = Row(exact_json(message), "an event")
            name, transfer = row.text("e"), may_be_transfer(row)
        except ValueError:
            return  # an answer to a request, or what nobody can read
        if name in TELLS:
            self.spoke_at = time.monotonic()
        if name == KEY_EXPIRED:
            self.key_expired()
            return
        if name == SETTINGS_CHANGED:
            self._note_settings()
        now_ms = self._now_ms()
        fresh = [event for event in read_user_event(row, self._symbol, now_ms) if self._is_first(event)]
        if transfer:
            self._incoming.transfer_told = True
        if fresh or name == "ACCOUNT_UPDATE":
            self._note_event()
        for event in fresh:
            self._incoming.tell(event)

    def connected(self) -> None:
        """A connection begins: what happened before it, nobody told."""
        self._note_event()
        self._incoming.change = None
        self._incoming.tell(Disturbed(at_ms=self._now_ms(), reason="the user stream has been connected"))

    def why_suspect(self, now: float) -> str | None:
        """Return why the connection must be dead, or None."""
        change = self._incoming.change
        if change is None:
            return None
        since, shown_at = change
        if self.spoke_at is not None and self.spoke_at >= since:
            self._incoming.change = None
            return None
        return "it did not tell of what REST shows" if now - shown_at > self._grace else None

    def _is_first(self, event: StreamEvent) -> bool:
        key = _identity(event)
        if key in self._known:
            return False
        self._known[key] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return True


def _identity(event: StreamEvent) -> Hashable:
    """Return what two tellings of one event have in common: a trade has a number, everything else its time."""
    match event:
        case OrderTold(fill=fill) if fill is not None:
            return "fill", fill.trade_id
        case OrderTold():
            return event.order.key, event.at_ms, event.order.status
        case PositionTold():
            return "position", event.at_ms, event.qty
        case _:
            return event


def _nothing() -> None:
    """Nobody asked to be told."""
