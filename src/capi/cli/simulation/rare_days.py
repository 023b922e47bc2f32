"""Troubles with dice of their own, beside those of every day: what arrives twice, and a service that is down.

Each is drawn by itself, so that a run without them is what it was before there were any. Only some runs have them, and
those more than once: a retry that is on by mistake, a service that fails and fails again.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

from capi.cli.simulation.network import FaultyExchange, is_conditional
from capi.cli.simulation.trouble import LookTrouble, RequestTrouble, Troubles, twice
from capi.cli.simulation.world import World
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.errors import OutcomeUnknown, Unavailable
from capi.ports.exchange import Request

TWICE: Final = "answered_twice"
DOWN: Final = "conditional_down"
TWICE_SHARE: Final = 0.15
"""Of the runs with bad days: in so many somebody on the way repeats requests."""
DOWN_SHARE: Final = 0.2
"""Of the runs with bad days: in so many the service of conditional orders is down now and then."""
DOWN_MS: Final = (5000, 10_000, 20_000, 40_000)

Told = Callable[[str, str], None]


class RareDays:
    """`Troubles`: those of `everyday`, and where it has none, its own. `dice`: those of a kind, by its name."""

    def __init__(
        self,
        everyday: Troubles,
        exchange: FaultyExchange,
        world: World,
        dice: Callable[[str], Random],
        *,
        badness: float,
        until_ms: int,
        muted: frozenset[str],
        told: Told,
    ) -> None:
        self._everyday: Final = everyday
        self._exchange: Final = exchange
        self._world: Final = world
        self._until_ms: Final = until_ms
        self._told: Final = told
        self._twice_dice: Final = dice(TWICE)
        repeats = self._twice_dice.random() < TWICE_SHARE and TWICE not in muted
        self._repeats: Final = 0.25 * badness if repeats else 0.0
        self._down_dice: Final = dice(DOWN)
        self._down_for_ms: int | None = None  # from the next change of the position on
        self._qty = world.exchange.account.qty
        if self._down_dice.random() < DOWN_SHARE and badness and DOWN not in muted:
            self._lay_down()
            world.on_change.append(self._note_position)

    def on_request(self, request: Request) -> RequestTrouble | None:
        """Return what goes wrong with a request."""
        trouble = self._everyday.on_request(request)
        if trouble is not None or self._world.now_ms >= self._until_ms:
            return trouble
        if self._exchange.conditional_is_down and is_conditional(request):
            return self._unserved()
        return self._perhaps_twice(request)

    def on_look(self) -> LookTrouble | None:
        """Return what is wrong with a look: what is every day; a service that is down the exchange shows itself."""
        return self._everyday.on_look()

    # a request arrives twice

    def _perhaps_twice(self, request: Request) -> RequestTrouble | None:
        """An order that fills at once is left alone: a copy of it would be another order (facts, section 4)."""
        dice = self._twice_dice
        luck, again_ms, guarded = dice.random(), dice.choice((0, 2, 20, 200)), dice.random() < 0.3
        if luck >= self._repeats or not isinstance(request, PlaceOrder | CancelOrder) or _fills_at_once(request):
            return None
        self._told(TWICE, f"{type(request).__name__} {request.client_order_id}")
        return twice(again_ms, guarded=guarded)

    # the service of conditional orders is down

    def _lay_down(self) -> None:
        """Have it down now and then: at any moment, or at the worst one, as the position changes."""
        dice = self._down_dice
        for _ in range(dice.randrange(1, 4)):
            at_ms, for_ms = dice.randrange(self._world.now_ms, self._until_ms), dice.choice(DOWN_MS)
            act = self._go_down if dice.random() < 0.4 else self._let_go_down
            self._world.at(at_ms, partial(act, for_ms))

    def _let_go_down(self, for_ms: int) -> None:
        self._down_for_ms = for_ms

    def _note_position(self) -> None:
        qty = self._world.exchange.account.qty
        if qty != self._qty:
            self._qty = qty
            if self._down_for_ms is not None:
                self._go_down(self._down_for_ms)

    def _go_down(self, for_ms: int) -> None:
        self._down_for_ms = None
        now_ms = self._world.now_ms
        if now_ms < self._until_ms:
            self._told(DOWN, f"for {for_ms} ms")
            self._exchange.take_conditional_down(min(now_ms + for_ms, self._until_ms))

    def _unserved(self) -> RequestTrouble:
        """It says that it is not there, or says nothing at once or for long; nothing arrives."""
        dice = self._down_dice
        takes_ms = dice.choice((2000, dice.randrange(20, 900)))
        if dice.random() < 0.5:
            return RequestTrouble(kind=DOWN, answer=Unavailable("HTTP 503: Service Unavailable."))
        return RequestTrouble(kind=DOWN, answer=OutcomeUnknown("HTTP 503: Unknown error."), takes_ms=takes_ms)


def _fills_at_once(request: PlaceOrder | CancelOrder) -> bool:
    return isinstance(request, PlaceOrder) and (request.type == "MARKET" or request.time_in_force == "IOC")
