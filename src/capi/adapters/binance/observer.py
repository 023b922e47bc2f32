"""A look, read in waves, each wave side by side.

First the open orders of both worlds with prices and settings, then the orders that we are asked about, then fills, then
position and money: a fill that lands in between makes the view cautious, never double. What is young enough is not read
again. What could not be read is a gap with its name; without position or filters there is no look.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.flows import Flows
from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.instrument import InstrumentParts
from capi.adapters.binance.limits import Budget
from capi.adapters.binance.look_parts import PRICES_TOLERANCE_MS, LookParts
from capi.adapters.binance.order_reads import OrderReads
from capi.adapters.binance.parts import Part
from capi.adapters.binance.sight import Sight
from capi.adapters.binance.spans import DAY_MS
from capi.adapters.binance.volatility import Volatility
from capi.adapters.binance.wallet import Wallet
from capi.adapters.binance.whole import market_by_rest, market_by_stream, put_together
from capi.core.actions import ArmDeadMan
from capi.core.errors import ExchangeError
from capi.core.orders import OPEN, Kind, OrderKey
from capi.ports.exchange import Look, Request
from capi.ports.market import Quote

KINDS: Final[tuple[Kind, ...]] = ("plain", "algo")
SIDE_BY_SIDE_MAX: Final = 8
ASKED_MAX: Final = 30
"""Orders asked for one by one in a look; the rest waits for the next."""
BUSY_MS: Final = 3000
"""After a change, position and fills are read at each look for this long, and once after it, however far apart looks
are: reads lag, and a flat is confirmed by two readings, not by two looks at one."""
LOOK_MS_MAX: Final = PRICES_TOLERANCE_MS
"""What a look tells is as old as its beginning; when that is longer ago than prices count, nothing is entered on it."""
SPARE_EVERY_MS: Final = 20_000
"""A connection beside those of the two lists is kept warm: a stop that goes out while they are read needs one, and to
make one takes several round trips. It has to be less than how long an idle one is kept."""
FIRST_SAMPLES: Final = 5
SAMPLES: Final = 3

Feed = Callable[[int], Quote | None]
"""A stream's prices, all of them, at a time; None while it is silent: then they are read by REST."""
Task = Callable[[], None]


class Observer:
    """Reads what is due. One look at a time; `note_event` may come from another thread."""

    def __init__(
        self,
        clock: ExchangeClock,
        budget: Budget,
        server_time: Callable[[], Result[int, ExchangeError]],
        orders: OrderReads,
        parts: LookParts,
        instrument: InstrumentParts,
        flows: Flows,
        wallet: Wallet,
        volatility: Volatility,
        feed: Feed | None,
        incoming: Incoming,
    ) -> None:
        self._clock: Final = clock
        self._budget: Final = budget
        self._server_time: Final = server_time
        self._orders: Final = orders
        self._parts: Final = parts
        self._instrument: Final = instrument
        self._flows: Final = flows
        self._wallet: Final = wallet
        self._volatility: Final = volatility
        self._feed = feed
        self._incoming: Final = incoming
        self._pool: Final = ThreadPoolExecutor(SIDE_BY_SIDE_MAX, thread_name_prefix="binance")
        self._shown: Mapping[OrderKey, tuple[str, Decimal]] = {}
        self._position_qty: Decimal | None = None
        self._position_read_at = time.monotonic()
        self._busy_until_ms = 0
        self._spare_used_at_ms = 0
        self._day = 0
        self._nothing_to_guard = False  # seen flat without an order, and nothing has happened since

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def note_write(self, request: Request) -> None:
        """Have everything read anew that a request may have changed."""
        self._parts.note_write(request)
        if not isinstance(request, ArmDeadMan):
            self._nothing_to_guard = False
            self._flows.note_fills_due()

    def note_event(self) -> None:
        """Have fills, position and money read anew at the next look: a stream said so."""
        self._nothing_to_guard = False
        self._parts.note_activity()
        self._flows.note_fills_due()

    def note_settings(self) -> None:
        """Have the settings read anew at the next look."""
        self._parts.symbol_config.mark_due()
        self._parts.account_config.mark_due()

    def use_feed(self, feed: Feed | None) -> None:
        """Take prices from a stream from now on, or from REST alone."""
        self._feed = feed

    def measure_clock(self) -> Result[int, ExchangeError]:
        """Measure the exchange's clock now; return the round trip, ms."""
        return self._clock.measure(self._server_time, FIRST_SAMPLES)

    def look(self, asked: Collection[OrderKey], fills_after: int, fundings_after: int) -> Result[Look, ExchangeError]:
        """Read what is due, once."""
        guards = bool(asked) or not self._nothing_to_guard
        if self._budget.begin_look(self._clock.now_ms(), guards=guards):
            self._parts.position.mark_due()  # the orders alone, without it, would guard nothing
        if self._clock.is_unknown:
            measured = self.measure_clock()
            if not is_successful(measured):
                return Failure(measured.failure())
        sight = Sight(self._clock.now_ms())
        self._note_day(sight)
        feed = self._feed
        quote = None if feed is None else feed(sight.now_ms)
        self._together(self._first_wave(sight, quote))
        if len(sight.lists_missed) == len(KINDS) and not self._sees_position(sight):
            return Failure(sight.fatal or sight.errors[0])
        self._together(self._asked_wave(sight, asked))
        self._note_activity(sight)
        self._together([lambda: self._read_flows(sight, asked, fills_after, fundings_after)])
        self._together(self._due(sight, (self._parts.position, self._parts.balance)))
        self._note_position(sight)
        self._check_wallet(sight)
        self._check_age(sight)
        if quote is None:
            market = market_by_rest(sight, self._parts, self._volatility)
        else:
            market = market_by_stream(quote, sight.now_ms, self._volatility)
        return put_together(sight, self._parts, self._instrument, market)

    # waves

    def _sees_position(self, sight: Sight) -> bool:
        """Read the position although no list of orders could be: one that stands has to be guarded all the same."""
        position = self._parts.position
        position.mark_due()
        self._together(self._due(sight, (position,)))
        seen = sight.fatal is None and position.gap(sight.now_ms) is None
        position.mark_due()  # and again behind the fills
        return seen

    def _first_wave(self, sight: Sight, quote: Quote | None) -> list[Task]:
        """A first start needs the position here already: it tells where the fills begin."""
        parts = self._parts
        due: list[Part[Any]] = [parts.symbol_config, parts.account_config, *self._instrument.parts]
        if quote is None:
            due += (parts.book, parts.mark, parts.last)
        if not self._flows.has_begun:
            due.append(parts.position)
        tasks = [self._list_task(sight, kind) for kind in KINDS] + self._due(sight, due)
        if self._volatility.is_due(sight.now_ms):
            tasks.append(lambda: self._volatility.begin(sight.now_ms))
        if self._clock.is_due:
            tasks.append(lambda: sight.note(self._clock.measure(self._server_time, SAMPLES)))
            self._spare_used_at_ms = sight.now_ms
        elif self._incoming.is_listening and not 0 <= sight.now_ms - self._spare_used_at_ms < SPARE_EVERY_MS:
            tasks.append(lambda: sight.note(self._server_time()))
            self._spare_used_at_ms = sight.now_ms
        return tasks

    def _list_task(self, sight: Sight, kind: Kind) -> Task:
        def read() -> None:
            result = self._orders.open(kind)
            if is_successful(result):
                sight.add(seen.order for seen in result.unwrap())
            else:
                sight.lists_missed.append(kind)
                sight.miss(f"the open {kind} orders", result.failure())

        return read

    def _asked_wave(self, sight: Sight, asked: Collection[OrderKey]) -> list[Task]:
        missing = [key for key in asked if key not in sight.orders]
        if len(missing) > ASKED_MAX:
            sight.gaps.append(f"{len(missing) - ASKED_MAX} orders of unknown fate are asked about at the next look")
        return [self._asked_task(sight, key) for key in missing[:ASKED_MAX]]

    def _asked_task(self, sight: Sight, key: OrderKey) -> Task:
        def read() -> None:
            result = self._orders.one(key)
            if not is_successful(result):
                sight.miss(f"order {key[1]}", result.failure())
                return
            seen = result.unwrap()
            if seen is None:
                sight.not_found.append(key)
            else:
                sight.add([seen.order])

        return read

    def _read_flows(self, sight: Sight, asked: Collection[OrderKey], fills_after: int, fundings_after: int) -> None:
        """Read fills and funding payments; after a first start's the position is read again, behind them."""
        self._flows.note_concerns(client_order_id for _, client_order_id in asked)
        self._flows.note_concerns(order.client_order_id for order in sight.orders.values() if order.filled_qty)
        position, begun = self._parts.position.value, self._flows.has_begun
        if position is None:
            return  # without one there is no look
        if not begun and not _tells_of_all(sight, asked):
            return  # an order that was not told of may be the one that the fills begin with
        told = self._incoming.tells_of_account()
        transfer_told, self._incoming.transfer_told = self._incoming.transfer_told, False
        if self._wallet.is_pressing(sight.now_ms):
            self._flows.note_fills_due()
        self._flows.read(sight, position.qty, fills_after=fills_after, fundings_after=fundings_after, are_told=told)
        if self._wallet.read_into(sight, told=transfer_told):
            self._parts.balance.mark_due()
        if not begun:
            self._parts.position.mark_due()

    def _due(self, sight: Sight, parts: Sequence[Part[Any]]) -> list[Task]:
        return [self._part_task(sight, part) for part in parts if part.is_due(sight.now_ms)]

    def _part_task(self, sight: Sight, part: Part[Any]) -> Task:
        def read() -> None:
            part.refresh(sight.now_ms)
            if part.error is not None:
                sight.errors.append(part.error)

        return read

    def _together(self, tasks: Sequence[Task]) -> None:
        """Carry tasks out side by side, the first one here; where streams are heard, none here, so that they can be."""
        if self._incoming.is_listening:
            self._incoming.attend([self._pool.submit(task) for task in tasks])
            return
        others = [self._pool.submit(task) for task in tasks[1:]]
        if tasks:
            tasks[0]()
        for other in others:
            other.result()

    def _check_age(self, sight: Sight) -> None:
        """Have a look that took long be a cautious one: its prices and orders are as old as it took."""
        took_ms = self._clock.now_ms() - sight.now_ms
        if took_ms > LOOK_MS_MAX:
            sight.gaps.append(f"the look took {took_ms} ms: the exchange or the network is slow")

    def _check_wallet(self, sight: Sight) -> None:
        balance = self._parts.balance
        if balance.value is not None and balance.gap(sight.now_ms) is None:
            self._wallet.check(sight, balance.value.wallet)
        else:
            self._wallet.pass_over(sight)

    # what calls for another reading

    def _note_day(self, sight: Sight) -> None:
        """What a day begins with has to be of the day: money that was read before it may have been moved since."""
        day = sight.now_ms // DAY_MS
        if day != self._day:
            self._day = day
            self._parts.balance.mark_due()

    def _note_activity(self, sight: Sight) -> None:
        """An order that came, went or filled may have moved the position."""
        if not sight.lists_missed:
            shown = {key: (order.status, order.filled_qty) for key, order in sight.orders.items()}
            if shown != self._shown:
                self._shown = shown
                self._busy_until_ms = sight.now_ms + BUSY_MS
                self._parts.note_activity()
        busy_until_ms = self._busy_until_ms
        if sight.now_ms < busy_until_ms or self._parts.position.read_at_ms < busy_until_ms:
            self._parts.position.mark_due()
            self._flows.note_fills_due()

    def _note_position(self, sight: Sight) -> None:
        part = self._parts.position
        position = part.value
        is_new = part.read_at_ms == sight.now_ms
        if position is not None and position.qty != self._position_qty:
            if self._position_qty is not None:
                self._incoming.note_change(self._position_read_at)
            self._position_qty = position.qty
            self._busy_until_ms = sight.now_ms + BUSY_MS
        if is_new:
            self._position_read_at = sight.began
        if position is not None and not sight.lists_missed:
            rests = any(order.status in OPEN for order in sight.orders.values())
            self._nothing_to_guard = position.qty == 0 and not rests and part.gap(sight.now_ms) is None


def _tells_of_all(sight: Sight, asked: Collection[OrderKey]) -> bool:
    """Return whether it is known of every order that may concern us what became of it; if not, there is a gap."""
    return "plain" not in sight.lists_missed and all(key in sight.orders or key in sight.not_found for key in asked)
