"""The way to the exchange and back: requests take time, and on bad days go wrong (`trouble` says how).

What is read is read as the adapter for Binance reads it: orders, then what was asked for and fills, then position and
money, a round trip each, while the market goes on. Its times are those of the engine's clock. What could not be read is
a gap; a look that took longer than prices count has one too.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.cli.simulation.clock import DriftingClock
from capi.cli.simulation.memory import Memory
from capi.cli.simulation.trouble import NO_TROUBLES, LookTrouble, Missing, RequestTrouble, Troubles
from capi.cli.simulation.world import World
from capi.core.account import Market, Position
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.errors import ClockSkewed, ExchangeError, Rejected, Throttled, Unavailable
from capi.core.orders import Kind, Order, OrderKey
from capi.core.value import record
from capi.ports.exchange import Ack, Fill, Look, Request

KINDS: Final[tuple[Kind, ...]] = ("plain", "algo")
LOOK_MS_MAX: Final = 3000
"""A look that took longer is a cautious one, as in the adapter."""
NO_PRICES: Final = Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=None)

Answer = Result[Ack, ExchangeError]


@record
class Shown:
    """What the engine was shown last, and when; `trouble`: what was wrong with it. `look` is None when it failed."""

    at_ms: int
    look: Look | None
    trouble: LookTrouble | None

    @property
    def missing(self) -> frozenset[Missing]:
        """Return the parts that could not be read."""
        return frozenset() if self.trouble is None else self.trouble.missing

    @property
    def is_without_conditional(self) -> bool:
        """Return whether nothing at all could be learnt of conditional orders."""
        return self.trouble is not None and self.trouble.unasked


class FaultyExchange:
    """`ports.exchange.Exchange` over a world. `trip_ms`: one way to the exchange."""

    def __init__(
        self,
        world: World,
        clock: DriftingClock,
        troubles: Troubles = NO_TROUBLES,
        *,
        recv_window_ms: int = 2000,
        trip_ms: int = 10,
    ) -> None:
        self.troubles = troubles
        self.trip_ms = trip_ms
        self.shown = Shown(world.now_ms, None, None)
        self.looks = 0
        self.on_look: Callable[[], None] = _nothing  # before and after; may end the process
        self.on_wait: Callable[[], None] = _nothing  # while a look is being read
        self.on_sent: Callable[[Request, RequestTrouble | None], None] = _unheard  # before it leaves
        self.on_answer: Callable[[Request, Answer], None] = _unheard_answer  # before the engine has it
        self.on_arrival: Callable[[Request, Answer], None] = _unheard_answer  # what the exchange made of it
        self._world: Final = world
        self._clock: Final = clock
        self._recv_window_ms: Final = recv_window_ms
        self._memory: Final = Memory(world.exchange)
        self._hidden: Final[dict[OrderKey, int]] = {}
        self._silent_until_ms = 0
        self._conditional_until_ms = 0
        self._position: Position | None = None  # as last shown
        self._begins_after: int | None = None  # the fill after which an engine that knew none began
        world.on_change.append(self._memory.note)

    @property
    def memory(self) -> Memory:
        """Return what the books said at earlier times."""
        return self._memory

    def hide(self, key: OrderKey, until_ms: int) -> None:
        """Let the exchange not know an order for a while; it rests, and fires, all the same."""
        self._hidden[key] = until_ms

    def take_conditional_down(self, until_ms: int) -> None:
        """Let nobody read, ask about, place or cancel conditional orders until then; they fire all the same."""
        self._conditional_until_ms = until_ms

    @property
    def conditional_is_down(self) -> bool:
        """Return whether the service of conditional orders is down."""
        return self._world.now_ms < self._conditional_until_ms

    def forget_beginning(self) -> None:
        """An engine begins that knows of no fill."""
        self._begins_after = None

    def is_hidden(self, key: OrderKey) -> bool:
        """Return whether the exchange says that an order does not exist, whatever the books say."""
        return self._hidden.get(key, 0) > self._world.now_ms

    def silent_until_ms(self) -> int | None:
        """Return until when the exchange wants to hear nothing, by the engine's clock; None: it does not mind."""
        if self._world.now_ms >= self._silent_until_ms:
            return None
        return self._silent_until_ms + self._clock.error_ms

    # requests

    def act(self, request: Request) -> Answer:
        """Carry out one request, or what becomes of it today."""
        if self._world.now_ms < self._silent_until_ms:
            return Failure(self._silence())
        trouble = self.troubles.on_request(request)
        self.on_sent(request, trouble)
        sent_ms = self._clock.now_ms()
        answer = self._carried_out(request, sent_ms) if trouble is None else self._troubled(request, sent_ms, trouble)
        self.on_answer(request, answer)
        return answer

    def _carried_out(self, request: Request, sent_ms: int) -> Answer:
        self._world.pass_time(self.trip_ms)
        answer = self._arrives(request, sent_ms)
        self._world.pass_time(self.trip_ms)
        return answer.map(self._stamped)

    def _stamped(self, ack: Ack) -> Ack:
        order = None if ack.order is None else replace(ack.order, sent_at_ms=None)
        return Ack(at_ms=self._clock.now_ms(), kind=ack.kind, order=order)

    def _arrives(self, request: Request, sent_ms: int) -> Answer:
        answer: Answer
        if self._clock.is_refused(sent_ms, self._recv_window_ms):
            self._clock.mark_due()
            answer = Failure(ClockSkewed("Timestamp for this request is outside of the recvWindow."))
        elif self.conditional_is_down and is_conditional(request):
            answer = Failure(Unavailable("HTTP 503: Service Unavailable."))
        elif isinstance(request, CancelOrder) and self.is_hidden(request.key):
            answer = Failure(Rejected(-2011, "Unknown order sent."))
        else:
            answer = self._world.exchange.act(request)
            self._world.note()
        self.on_arrival(request, answer)
        return answer

    def _troubled(self, request: Request, sent_ms: int, trouble: RequestTrouble) -> Answer:
        world, began_ms = self._world, self._world.now_ms
        answer: Answer | None = None
        if trouble.arrives == "now":
            world.pass_time(self.trip_ms)
            answer = self._arrives(request, sent_ms).map(self._stamped)
            if trouble.again_ms is not None and is_successful(answer):
                answer = self._arrives_again(request, sent_ms, trouble.again_ms, trouble.guarded) or answer
        elif trouble.arrives == "late":
            world.at(began_ms + trouble.late_ms, lambda: self._arrives_late(request, sent_ms))
        world.until(max(began_ms + trouble.takes_ms, world.now_ms + self.trip_ms))
        self._silent_until_ms = max(self._silent_until_ms, world.now_ms + trouble.silence_ms)
        if trouble.answer is not None:
            return Failure(trouble.answer)
        return Failure(Throttled(self._silent_until_ms, "No answer.")) if answer is None else answer

    def _arrives_again(self, request: Request, sent_ms: int, after_ms: int, guarded: bool) -> Answer | None:
        """Have a copy arrive of what was done; None: none comes, for the exchange would not refuse it as a copy."""
        self._world.pass_time(after_ms)
        if not isinstance(request, PlaceOrder | CancelOrder) or self._clock.is_refused(sent_ms, self._recv_window_ms):
            return None
        if self.conditional_is_down and is_conditional(request):
            return None
        rests = any(order.key == request.key for order in self._world.exchange.open_orders())
        if rests != isinstance(request, PlaceOrder):
            return None  # it has filled, fired or ended, and its id is free again
        if guarded and isinstance(request, PlaceOrder) and request.close_position:
            return Failure(Rejected(-4130, "An open stop with GTE and closePosition in the direction is existing."))
        return self._arrives(request, sent_ms).map(self._stamped)

    def _arrives_late(self, request: Request, sent_ms: int) -> None:
        if not self._clock.is_refused(sent_ms, self._recv_window_ms):
            self._arrives(request, sent_ms)

    def _silence(self) -> Throttled:
        until_ms = self._silent_until_ms + self._clock.error_ms
        return Throttled(until_ms, "The exchange asked for silence.")

    # looks

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Read everything once, as it shows itself today."""
        self.looks += 1
        self.on_look()
        if self._world.now_ms < self._silent_until_ms:
            self.shown = Shown(self._world.now_ms, None, None)
            return Failure(self._silence())
        if self._clock.is_due or self._clock.is_refused(self._clock.now_ms(), self._recv_window_ms):
            self._world.pass_time(2 * self.trip_ms)
            self._clock.measure()
        trouble = self._as_served(self.troubles.on_look())
        began_ms = self._world.now_ms
        result = self._read(trouble, asked, fills_after, fundings_after)
        self.shown = Shown(began_ms, result.value_or(None), trouble)
        self.on_look()
        return result

    def _as_served(self, trouble: LookTrouble | None) -> LookTrouble | None:
        """Return what is wrong with a look once the service of conditional orders is considered."""
        if not self.conditional_is_down or (trouble is not None and trouble.failure is not None):
            return trouble
        others = LookTrouble(kinds=("conditional_down",)) if trouble is None else trouble
        return replace(others, missing=others.missing | {"algo"}, unasked=True)

    def _read(
        self, trouble: LookTrouble | None, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        world, exchange, now_ms, began_ms = self._world, self._world.exchange, self._clock.now_ms(), self._world.now_ms
        trouble = LookTrouble(kinds=()) if trouble is None else trouble
        if trouble.failure is not None:
            world.pass_time(trouble.takes_ms)
            self._silent_until_ms = max(self._silent_until_ms, world.now_ms + trouble.silence_ms)
            return Failure(trouble.failure)
        world.pass_time(self.trip_ms)
        market = exchange.look(asked=(), fills_after=1 << 60, fundings_after=1 << 60).unwrap().market
        orders = self._lists(trouble)
        world.pass_time(trouble.takes_ms + self.trip_ms)
        self.on_wait()
        found, not_found = self._asked([key for key in asked if key not in orders], trouble)
        fills = self._fills(fills_after or self._beginning(asked), trouble)
        world.pass_time(self.trip_ms)
        self.on_wait()
        last = exchange.look(asked=(), fills_after=1 << 60, fundings_after=fundings_after).unwrap()
        gaps = [f"the {name} could not be read: HTTP 502" for name in sorted(trouble.missing)]
        if world.now_ms - began_ms > LOOK_MS_MAX:
            gaps.append(f"the look took {world.now_ms - began_ms} ms: the exchange or the network is slow")
        money = "money" in trouble.missing
        return Success(
            Look(
                now_ms=now_ms,
                equity=None if money else last.equity,
                wallet=None if money else last.wallet,
                available=None if money else last.available,
                position_mode=last.position_mode,
                multi_assets=last.multi_assets,
                margin_mode=last.margin_mode,
                leverage=last.leverage,
                position=self._shown_position(trouble),
                market=NO_PRICES if "prices" in trouble.missing else market,
                instrument=last.instrument,
                orders=(*orders.values(), *found),
                not_found=not_found,
                fills=fills,
                fundings=() if "fills" in trouble.missing else last.fundings,
                gaps=tuple(gaps),
                stops_read="algo" not in trouble.missing,
            )
        )

    def _lists(self, trouble: LookTrouble) -> dict[OrderKey, Order]:
        now_ms, orders = self._world.now_ms, dict[OrderKey, Order]()
        for kind in KINDS:
            if kind not in trouble.missing:
                for order in self._memory.open_orders(kind, now_ms - _lag(trouble, kind)):
                    if not self.is_hidden(order.key):
                        orders[order.key] = order
        return orders

    def _asked(self, keys: list[OrderKey], trouble: LookTrouble) -> tuple[list[Order], tuple[OrderKey, ...]]:
        now_ms, found, missing = self._world.now_ms, list[Order](), list[OrderKey]()
        for key in keys:
            if trouble.unasked and key[0] == "algo":
                continue
            order = None if self.is_hidden(key) else self._memory.order(key, now_ms - _lag(trouble, key[0]))
            if order is None:
                missing.append(key)
            else:
                found.append(order)
        return found, tuple(missing)

    def _fills(self, after: int, trouble: LookTrouble) -> tuple[Fill, ...]:
        if "fills" in trouble.missing:
            return ()
        seen_until_ms = self._world.now_ms - trouble.fills_lag_ms
        return tuple(fill for fill in self._world.exchange.fills_after(after) if fill.at_ms <= seen_until_ms)

    def _beginning(self, asked: Collection[OrderKey]) -> int:
        """Return after which fill an engine that knows none begins: with what the position is made of, or asked about.

        As the adapter does (docs/binance.md, "Beginnings"). It is found once, and stays until a fill is known.
        """
        if self._begins_after is None:
            ids, fills = {client_order_id for _, client_order_id in asked}, self._world.exchange.fills_after(0)
            qty, last = self._world.exchange.account.qty, self._world.exchange.last_trade_id
            first = last + 1
            for fill in reversed(fills):
                if qty != 0 or fill.client_order_id in ids:
                    first = fill.trade_id
                qty -= fill.qty if fill.side == "BUY" else -fill.qty
            self._begins_after = first - 1
        return self._begins_after

    def _shown_position(self, trouble: LookTrouble) -> Position:
        if "position" not in trouble.missing or self._position is None:
            self._position = self._memory.position(self._world.now_ms - trouble.position_lag_ms)
        return self._position


def _lag(trouble: LookTrouble, kind: Kind) -> int:
    return trouble.plain_lag_ms if kind == "plain" else trouble.algo_lag_ms


def is_conditional(request: Request) -> bool:
    """Return whether a request is for the service of conditional orders."""
    return isinstance(request, PlaceOrder | CancelOrder) and request.kind == "algo"


def _nothing() -> None:
    """Nobody listens."""


def _unheard(request: Request, trouble: RequestTrouble | None) -> None:
    """Nobody listens."""


def _unheard_answer(request: Request, answer: Answer) -> None:
    """Nobody listens."""
