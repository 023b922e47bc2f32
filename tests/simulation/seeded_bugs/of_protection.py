"""Bugs that leave a position without its stop, loosen it, or sell more than there is."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.rules.protect_position import protect_position
from capi.core.stops import level_of
from tests.simulation.seeded_bugs.plant import Bug, always, bug

NEVER_MS: Final = 10**12


def _with_cancels(missing: Any) -> Any:
    """A move takes the old stop down and puts the new one up, in one go."""

    def wrong(view: Any, holding: Any, wanted: Any) -> Iterator[Any]:
        for action in missing(view, holding, wanted):
            yield action
            if isinstance(action, PlaceOrder):
                for own in holding.stops.resting:
                    yield CancelOrder(
                        client_order_id=own.order.client_order_id, kind="algo", rule=action.rule, reason="it is moved"
                    )

    return wrong


def _also_stops(free: Any) -> Any:
    """An exit first cancels everything that rests, stops too."""

    def wrong(view: Any, due: Any) -> Iterator[Any]:
        yield from free(view, due)
        for own in view.stops:
            if own.is_open:
                yield CancelOrder(
                    client_order_id=own.order.client_order_id, kind="algo", rule=due.rule, reason="leaving"
                )

    return wrong


def _both_ways(wanted_stop: Any) -> Any:
    """The stop keeps its distance from the price, whichever way the price goes."""

    def wrong(view: Any, stops: Any, recorded: Decimal, *, tp1_hit: bool) -> Any:
        wanted = wanted_stop(view, stops, recorded, tp1_hit=tp1_hit)
        price, tick = view.trigger_price, view.instrument.tick_size
        if price is None:
            return wanted
        level = (price * (Decimal("0.99") if stops.direction == "long" else Decimal("1.01"))) // tick * tick
        return type(wanted)(level, wanted.in_force, "it trails", wanted.alerts)

    return wrong


def _any_other(is_tighter: Any) -> Any:
    return lambda self, level, than: level != than


def _without(rule: Any, when: Any) -> Any:
    """Return the rules with one that is silent at times."""

    def silent(situation: Any) -> Any:
        return () if when(situation) else rule(situation)

    return lambda right: tuple(silent if one is rule else one for one in right)


def _changed(**changes: Any) -> Any:
    """Return a wrong version of a function that makes an order: with other fields."""
    return lambda right: lambda *args: replace(right(*args), **changes)


def _side_of_decision(exit_side: Any) -> Any:
    """The closing side comes from the decision in force, not from the position (frostybot-js#81)."""

    def wrong(self: Any, direction: Any) -> Any:
        return exit_side(self, direction if self.proposal is None else self.proposal.direction)

    return wrong


def _whole_targets(right: Any) -> Any:
    return lambda view, holding: (holding.tp1_whole, holding.tp2_whole)


def _off_the_tick(right: Any) -> Any:
    return lambda level, direction, tick: level + tick / 2


def _has_open_entry(situation: Any) -> bool:
    return any(own.may_rest for own in situation.view.entries)


def _filled_after_its_end(situation: Any) -> bool:
    """Whether what stands came from an entry that had been cancelled by then."""
    view, holding = situation.view, situation.holding
    if holding is None or view.trade is not None:
        return False
    return any(own.order.filled_qty > 0 and own.order.status == "CANCELED" for own in view.entries)


def _unexplained(situation: Any) -> bool:
    return situation.holding is not None and situation.holding.explained == "nothing"


def _levels_gone(view: Any, stops: Any) -> Iterator[Any]:
    """Every stop but the tightest is taken down, whatever it covers."""
    resting = sorted(stops.resting, key=level_of, reverse=stops.direction == "long")
    for own in resting[1:]:
        yield CancelOrder(client_order_id=own.order.client_order_id, kind="algo", rule="a bug", reason="one is enough")


PLAN: Final = "capi.core.plan:RULES"

BUGS: Final[tuple[Bug, ...]] = (
    bug(
        "cancel_before_place",
        "a stop is moved by cancelling it, the new one not yet seen resting (freqtrade#3640, qubx#386)",
        ("capi.core.rules.protect_position:_missing", _with_cancels),
    ),
    bug(
        "exit_drops_the_stop",
        "an exit first takes the stops down",
        ("capi.core.rules.exit_position:_free_budget", _also_stops),
    ),
    bug(
        "loosen_the_stop",
        "the stop trails the price both ways",
        ("capi.core.holding:wanted_stop", _both_ways),
        ("capi.core.stops:Stops.is_tighter", _any_other),
    ),
    bug(
        "stop_after_the_whole_entry",
        "the stop is placed once the entry has filled whole, not at its first part (freqtrade#8374)",
        (PLAN, _without(protect_position, _has_open_entry)),
    ),
    bug(
        "forget_the_late_fill",
        "what fills while its cancel is under way is not looked after (binance-trading-bot#775)",
        (PLAN, _without(protect_position, _filled_after_its_end)),
    ),
    bug(
        "orphans_are_not_ours",
        "a position that the ledger does not know is left alone (bytex#30)",
        (PLAN, _without(protect_position, _unexplained)),
    ),
    bug(
        "one_stop_is_enough",
        "every stop but the tightest is cancelled, whether that one covers the position or not",
        ("capi.core.rules.protect_position:_superseded", lambda right: _levels_gone),
    ),
    bug(
        "fired_stop_is_trusted",
        "a stop that fired without closing the position is waited for (freqtrade#8374)",
        ("capi.core.stops:FIRED_MS_MAX", lambda right: NEVER_MS),
    ),
    bug(
        "one_rests_for_ever",
        "a refusal that says that one rests (-4130) is believed for ever",
        ("capi.core.stops:ASK_AGAIN_MS", lambda right: NEVER_MS),
        ("capi.core.stops:has_ended_since", always(False)),
    ),
    bug(
        "exit_may_open",
        "an exit order is not reduce-only, so that a second one turns the position (hummingbot#7611)",
        ("capi.core.rules.exit_position:_exit_order", _changed(reduce_only=False)),
    ),
    bug(
        "targets_may_open",
        "targets are not reduce-only",
        ("capi.core.rules.take_profit:_target_order", _changed(reduce_only=False)),
    ),
    bug(
        "targets_of_what_was_entered",
        "targets keep the size of the whole entry, whatever has been sold since (go-trader#749)",
        ("capi.core.rules.take_profit:_wanted_quantities", _whole_targets),
    ),
    bug(
        "side_from_the_decision",
        "the stop's side comes from the decision, not from the position",
        ("capi.core.orders_view:OrdersView.exit_side", _side_of_decision),
    ),
    bug(
        "stop_off_the_tick",
        "a stop level is not rounded to the tick",
        ("capi.core.holding:round_stop", _off_the_tick),
        ("capi.core.levels:round_stop", _off_the_tick),
    ),
    bug(
        "leftovers_stay",
        "stops and targets stay on the book after the trade (freqtrade#11608)",
        ("capi.core.rules.sweep_orders:_leftovers", always(())),
    ),
    bug(
        "unreadable_is_not_naked",
        "while conditional orders cannot be read, a position that never had a stop is not naked",
        ("capi.engine.guard_notes:GuardNotes._has_no_stop", always(False)),
    ),
)
