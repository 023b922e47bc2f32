"""Troubles and mishaps of one run, drawn as they come: single ones, stretches of bad weather, and worst moments.

What is drawn stays within what the exchange can do (binance-usdm facts, sections 3.4, 5 and 8): lists lag by less than
two seconds, and sometimes flicker; an order that was acknowledged is forgotten for a while and never for ever; a late
request is judged by its timestamp. In the seconds after a fill and for stops everything is likelier.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from capi.cli.simulation.clock import DriftingClock
from capi.cli.simulation.network import FaultyExchange
from capi.cli.simulation.trouble import (
    Arrival,
    LookTrouble,
    Missing,
    RequestTrouble,
    banned,
    late,
    lost_after,
    lost_before,
    overloaded,
    throttled,
    unavailable,
)
from capi.cli.simulation.world import World
from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown, Rejected, Unavailable
from capi.core.orders import Order
from capi.core.units import floor_to
from capi.ports.exchange import Request

FRESH_MS: Final = 2000
"""For how long the exchange may not see a position that it has."""
WORST_MS: Final = 3000
"""After a change of the position everything is likelier for so long."""
LAG_MS_MAX: Final = 1900
_MISSING: Final[tuple[Missing, ...]] = ("plain", "algo", "fills", "position", "money", "prices")
_UNKNOWN: Final = {
    "http_503": "HTTP 503: Unknown error, please check your request or try again later.",
    "http_502": "HTTP 502: Bad Gateway",
    "internal_1001": "code -1001: Internal error; unable to process your request.",
    "unexpected_1006": "code -1006: An unexpected response was received.",
    "timeout_1007": "code -1007: Timeout waiting for response from backend server.",
}
"""Answers that say neither yes nor no, and come at once."""

Told = Callable[[str, str], None]


class BadDays:
    """`Troubles` and `Mishaps` of one run. Each kind in `muted` is drawn as ever and then left out."""

    def __init__(
        self,
        dice: Random,
        exchange: FaultyExchange,
        world: World,
        clock: DriftingClock,
        *,
        badness: float,
        until_ms: int,
        muted: frozenset[str],
        told: Told,
    ) -> None:
        self._muted: Final = muted
        self._exchange: Final = exchange
        self._dice: Final = dice
        self._world: Final = world
        self._clock: Final = clock
        self._badness: Final = badness
        self._until_ms: Final = until_ms
        self._told: Final = told
        self._changed_ms = -FRESH_MS
        self._qty = world.exchange.position.qty
        self._fresh_from_flat = False
        self._weather: LookTrouble | None = None
        self._weather_until_ms = 0
        world.on_change.append(self._note_position)

    def _note_position(self) -> None:
        qty = self._world.exchange.account.qty
        if qty != self._qty:
            self._fresh_from_flat = self._qty == 0
            self._qty, self._changed_ms = qty, self._world.now_ms

    @property
    def _is_over(self) -> bool:
        return self._world.now_ms >= self._until_ms or self._badness == 0

    @property
    def _age_ms(self) -> int:
        return self._world.now_ms - self._changed_ms

    def _happens(self, kind: str, what: str = "") -> bool:
        if kind in self._muted:
            return False
        self._told(kind, what)
        return True

    # requests

    def on_request(self, request: Request) -> RequestTrouble | None:
        """Return what goes wrong with a request."""
        if self._is_over:
            return None
        dice, urgent = self._dice, isinstance(request, PlaceOrder) and request.role in ("sl", "exit")
        likely = self._badness * (0.4 if urgent or self._age_ms < WORST_MS else 0.15)
        luck, drawn = dice.random(), self._draw_request(request)
        if luck >= likely or drawn is None or not self._happens(drawn.kind, _name(request)):
            return None
        return drawn

    def _draw_request(self, request: Request) -> RequestTrouble | None:
        dice, now_ms = self._dice, self._clock.now_ms()
        takes_ms, late_ms, quick_ms = 2000, dice.randrange(2050, 3500), dice.randrange(20, 900)
        kind = dice.choice(tuple(_UNKNOWN))
        executed = dice.random() < 0.5
        silence_ms = self._until_calm(dice.choice((1000, 3000, 10_000, 60_000)))
        match dice.randrange(12):
            case 0 | 1:
                return lost_before(takes_ms)
            case 2 | 3:
                return lost_after(takes_ms)
            case 4:
                return late(min(late_ms, 1900) if executed else late_ms, 100 if executed else takes_ms)
            case 5 | 6 | 7:
                arrives: Arrival = "now" if executed else "never"
                return RequestTrouble(
                    kind=kind, arrives=arrives, answer=OutcomeUnknown(_UNKNOWN[kind]), takes_ms=quick_ms
                )
            case 8:
                return unavailable()
            case 9:
                return None if _is_exempt(request) else overloaded(now_ms)
            case 10:
                return self._no_position(request)
            case _:
                return throttled(now_ms, silence_ms) if executed else banned(now_ms, self._until_calm(2 * silence_ms))

    def _until_calm(self, ms: int) -> int:
        return max(1, min(ms, self._until_ms - self._world.now_ms))

    def _no_position(self, request: Request) -> RequestTrouble | None:
        """-4509: a closePosition stop, just after the first fill."""
        if not isinstance(request, PlaceOrder) or not request.close_position:
            return None
        if self._age_ms >= FRESH_MS or not self._fresh_from_flat or self._qty == 0:
            return None
        answer = Rejected(-4509, "TIF GTE can only be used with open positions.")
        return RequestTrouble(kind="stop_before_position_4509", answer=answer)

    # looks

    def on_look(self) -> LookTrouble | None:
        """Return what is wrong with a look: of this moment, or of the weather."""
        if self._is_over:
            return None
        dice = self._dice
        likely = self._badness * (0.25 if self._age_ms < WORST_MS else 0.06)
        luck, drawn, lasting_ms = dice.random(), self._draw_look(), dice.choice((0, 0, 2000, 6000, 20_000))
        self._perhaps_forget()
        self._perhaps_slip()
        if self._world.now_ms < self._weather_until_ms:
            return self._flickers()
        if luck >= likely or not self._happens(drawn.kinds[0]):
            return None
        self._weather, self._weather_until_ms = drawn, self._world.now_ms + (0 if drawn.silence_ms else lasting_ms)
        return drawn

    def _flickers(self) -> LookTrouble | None:
        return self._weather if self._dice.random() < 0.8 else None

    def _draw_look(self) -> LookTrouble:
        dice = self._dice
        lag_ms, part, silence_ms = (
            dice.randrange(100, LAG_MS_MAX),
            dice.choice(_MISSING),
            self._until_calm(dice.choice((1000, 5000, 30_000))),
        )
        takes_ms = dice.randrange(500, 6000)
        match dice.randrange(9):
            case 0:
                failure = Unavailable("HTTP 502: Bad Gateway")
                return LookTrouble(kinds=("look_fails",), failure=failure, takes_ms=takes_ms // 3)
            case 1:
                return LookTrouble(kinds=(f"{part}_missing",), missing=frozenset({part}))
            case 2:
                return LookTrouble(kinds=("plain_lag",), plain_lag_ms=lag_ms)
            case 3:
                return LookTrouble(kinds=("algo_lag",), algo_lag_ms=lag_ms)
            case 4:
                return LookTrouble(kinds=("fills_lag",), fills_lag_ms=lag_ms)
            case 5 | 6:
                return LookTrouble(kinds=("position_lag",), position_lag_ms=lag_ms)
            case 7:
                return LookTrouble(kinds=("slow_look",), takes_ms=takes_ms)
            case _:
                trouble = throttled(self._clock.now_ms(), silence_ms)
                return LookTrouble(kinds=(trouble.kind,), failure=trouble.answer, silence_ms=silence_ms)

    def _perhaps_forget(self) -> None:
        """Let the exchange forget a stop that rests, for a while."""
        dice = self._dice
        luck, for_ms = dice.random(), dice.choice((3000, 8000, 20_000, 60_000))
        stops = [order for order in self._world.exchange.open_orders() if order.kind == "algo"]
        if luck >= self._badness * 0.01 or not stops:
            return
        stop = dice.choice(stops)
        if self._happens("amnesia", f"{stop.client_order_id} for {for_ms} ms"):
            self._exchange.hide(stop.key, min(self._world.now_ms + for_ms, self._until_ms))

    def _perhaps_slip(self) -> None:
        """Let the machine sleep for a moment: its clock then lags behind."""
        luck, ms = self._dice.random(), self._dice.choice((-700, -2500, -9000, 300))
        if luck < self._badness * 0.003 and self._happens("clock_1021", f"{ms} ms"):
            self._clock.slip(ms)

    # mishaps

    def taker_gets(self, order: Order, wanted: Decimal) -> Decimal:
        """Return how much a taker finds."""
        luck, share = self._dice.random(), self._dice.choice(("0", "0.2", "0.5", "0.9"))
        if self._is_over or luck >= self._badness * 0.15 or not self._happens("thin_book", order.client_order_id):
            return wanted
        return floor_to(wanted * Decimal(share), Decimal("0.001"))

    def fires_in_vain(self, order: Order) -> bool:
        """Return whether a stop fires without effect."""
        luck = self._dice.random()
        return not self._is_over and luck < self._badness * 0.1 and self._happens("vain_trigger", order.client_order_id)


def _is_exempt(request: Request) -> bool:
    """Return whether -1008 does not concern it: what reduces risk."""
    return not isinstance(request, PlaceOrder) or request.reduce_only or request.close_position


def _name(request: Request) -> str:
    name = type(request).__name__
    return f"{name} {request.client_order_id}" if isinstance(request, PlaceOrder) else name
