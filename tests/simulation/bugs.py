"""Bugs that the simulation has to catch: each breaks the engine in a way in which engines were broken before.

A bug is a patch of one name in the engine or its core. What is caught, by which invariant, is the test's to say.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from capi.core import holding, stops
from capi.core.actions import Action, CancelOrder, PlaceOrder
from capi.core.errors import ExchangeError, OutcomeUnknown
from capi.core.ids import order_id
from capi.core.orders import Orders
from capi.core.rules import exit_position, protect_position, sweep_orders
from capi.engine import answers, execute, run_pass, view
from capi.engine.ledger import Ledger
from capi.ports.exchange import Look

Patch = Callable[[pytest.MonkeyPatch], None]


def resend_on_timeout(patch: pytest.MonkeyPatch) -> None:
    """An answer that did not come is taken for a no."""

    def told(error: ExchangeError, at_ms: int) -> answers.Answer:
        answer = answers.no(error, at_ms)
        return replace(answer, result="unavailable", code=-1008) if isinstance(error, OutcomeUnknown) else answer

    patch.setattr(execute, "no", told)


def cancel_before_place(patch: pytest.MonkeyPatch) -> None:
    """A stop that is to be moved is taken down first."""
    superseded = protect_position._superseded

    def all_of_them(seen: Any, guards: stops.Stops) -> Iterator[CancelOrder]:
        yield from superseded(seen, guards)
        if len(guards.resting) == 1 and seen.account.complete:
            own = guards.resting[0]
            yield CancelOrder(client_order_id=own.order.client_order_id, kind="algo", rule="bug", reason="it moves")

    patch.setattr(protect_position, "_superseded", all_of_them)


def ignore_the_algo_list(patch: pytest.MonkeyPatch) -> None:
    """Conditional orders are not looked at."""
    orders = view._orders

    def plain_ones(look: Look, known: Ledger) -> Orders:
        return tuple(order for order in orders(look, known) if order.kind == "plain")

    patch.setattr(view, "_orders", plain_ones)


def loosen_the_stop(patch: pytest.MonkeyPatch) -> None:
    """Each stop that is sent anew leaves the price more room."""
    stop = protect_position._stop

    def looser(seen: Any, held: holding.Holding, generation: int, level: Any, *rest: Any) -> PlaceOrder:
        tick = seen.instrument.tick_size * 50 * (generation - 1)
        return stop(seen, held, generation, level - tick if held.direction == "long" else level + tick, *rest)

    patch.setattr(protect_position, "_stop", looser)


def reuse_ids(patch: pytest.MonkeyPatch) -> None:
    """Ids have no generation."""
    patch.setattr(protect_position, "order_id", lambda prefix, role, decision, _=1: order_id(prefix, role, decision))
    patch.setattr(exit_position, "order_id", lambda prefix, role, decision, _=1: order_id(prefix, role, decision))


def wait_for_the_whole_fill(patch: pytest.MonkeyPatch) -> None:
    """A position is guarded once its entry has ended."""
    missing = protect_position._missing

    def late(seen: Any, held: holding.Holding, wanted: Any) -> Iterator[Action]:
        if not any(own.is_open for own in seen.entries):
            yield from missing(seen, held, wanted)

    patch.setattr(protect_position, "_missing", late)


def exit_without_reduce_only(patch: pytest.MonkeyPatch) -> None:
    """An exit is a plain order of the other side."""
    exit_order = exit_position._exit_order
    patch.setattr(exit_position, "_exit_order", lambda *given: replace(exit_order(*given), reduce_only=False))


def leave_stops_behind(patch: pytest.MonkeyPatch) -> None:
    """Nothing is swept when the position is gone."""
    patch.setattr(sweep_orders, "_leftovers", lambda situation: iter(()))


def never_try_again(patch: pytest.MonkeyPatch) -> None:
    """A stop that was refused is not sent again."""
    missing = protect_position._missing

    def once(seen: Any, held: holding.Holding, wanted: Any) -> Iterator[Action]:
        if not held.stops.attempts:
            yield from missing(seen, held, wanted)

    patch.setattr(protect_position, "_missing", once)


def enter_on_any_view(patch: pytest.MonkeyPatch) -> None:
    """What could not be read is taken for nothing."""
    patch.setattr(view, "_account", _complete(view._account))


def _complete(account: Callable[[Look, Ledger], Any]) -> Callable[[Look, Ledger], Any]:
    return lambda look, known: replace(account(look, known), complete=True)


def forget_at_restart(patch: pytest.MonkeyPatch) -> None:
    """A restart begins with an empty ledger."""
    patch.setattr(Ledger, "replay", lambda self, events: list(events) and None)


def raise_in_a_pass(patch: pytest.MonkeyPatch) -> None:
    """A figure that is missing ends a pass."""
    assembled = run_pass.assemble

    def strict(look: Look, known: Ledger) -> Any:
        assert look.market.bid is not None, "no price"
        return assembled(look, known)

    patch.setattr(run_pass, "assemble", strict)


BUGS: Final[dict[Patch, frozenset[int]]] = {
    resend_on_timeout: frozenset({3, 4}),
    cancel_before_place: frozenset({2}),
    ignore_the_algo_list: frozenset({1, 2, 4, 6, 7, 10}),
    loosen_the_stop: frozenset({2}),
    reuse_ids: frozenset({4}),
    wait_for_the_whole_fill: frozenset({1}),
    exit_without_reduce_only: frozenset({5}),
    leave_stops_behind: frozenset({6}),
    never_try_again: frozenset({1}),
    enter_on_any_view: frozenset({2, 9}),
    forget_at_restart: frozenset({3, 4, 10}),
    raise_in_a_pass: frozenset({0}),
}
"""Each bug, and the invariants of which one has to be what catches it."""
