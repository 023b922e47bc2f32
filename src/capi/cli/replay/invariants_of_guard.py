"""Invariants 1, 2 and 6: a position never stands unguarded, its guard never loosens, and nothing is left behind it."""

from decimal import Decimal
from typing import Final

from capi.cli.replay.facts import Facts, InvariantBroken
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Side
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN, Order, OrderKey
from capi.core.units import ZERO, text

EXIT_AGAIN_MS: Final = 1500
"""An exit order is on its way, or was sent this shortly ago: the next one may come a second after the last."""
FIRING_MS: Final = 1000
"""A stop that triggered this shortly ago may still be closing the position."""
FLAT_MS: Final = 3000
"""Flat for this long, by complete looks, is confirmed and settled."""


class GuardInvariants:
    """Watches what guards the position, over the passes of its trade."""

    def __init__(self, config: Config) -> None:
        self._prefix: Final = config.id_prefix
        self._naked_ms_max: Final = int(config.protection.naked_seconds_max * 1000)
        self._naked_since_ms: int | None = None
        self._exit_sent_ms: int | None = None
        self._stops: dict[OrderKey, Order] = {}  # that rested after the last pass, foreign ones too
        self._side: Side | None = None  # that closes the trade
        self._tightest: Decimal | None = None  # of our levels so far in the trade
        self._flat_since_ms: int | None = None

    def check(self, facts: Facts) -> None:
        """Check one pass. Raises InvariantBroken."""
        if facts.changed:
            self._check_levels(facts)
            self._check_stops_stay(facts)
            self._stops = {order.key: order for order in facts.orders if _is_stop(order)}
        if facts.qty != 0:
            self._check_guarded(facts)
        else:
            self._naked_since_ms = self._exit_sent_ms = None
        self._check_flat_is_clean(facts)

    # 1: position ≠ 0 and visible: a live stop would close all of it, or the exit is on its way

    def _check_guarded(self, facts: Facts) -> None:
        if any(isinstance(one.action, PlaceOrder) and one.action.role == "exit" for one in facts.sent):
            self._exit_sent_ms = facts.at_ms
        size = _visible_size(facts)
        if size == 0 or self._covers(facts, size) or self._is_leaving(facts):
            self._naked_since_ms = None
            return
        if self._naked_since_ms is None:
            self._naked_since_ms = facts.at_ms
        naked_ms = facts.at_ms - self._naked_since_ms
        if naked_ms <= self._naked_ms_max and _tried_a_stop(facts):
            return
        tried = "every stop was refused" if _tried_a_stop(facts) else "no stop was tried"
        raise InvariantBroken(
            1,
            facts.at_ms,
            f"{text(facts.qty)} has stood for {naked_ms} ms without a stop or an exit on its way, and {tried}",
        )

    def _covers(self, facts: Facts, size: Decimal) -> bool:
        stops = [stop for stop in self._stops.values() if stop.side == facts.closing_side]
        return any(stop.close_position for stop in stops) or sum((s.remaining_qty for s in stops), ZERO) >= size

    def _is_leaving(self, facts: Facts) -> bool:
        if self._exit_sent_ms is not None and facts.at_ms - self._exit_sent_ms < EXIT_AGAIN_MS:
            return True
        if any(order.side == facts.closing_side for order in facts.open("exit")) or self._has_left_in_part(facts):
            return True
        fired = [order.triggered_at_ms for order in facts.report.orders if order.kind == "algo"]
        return any(at_ms is not None and facts.at_ms - at_ms <= FIRING_MS for at_ms in fired)

    def _has_left_in_part(self, facts: Facts) -> bool:
        """Whether an exit order ended a moment ago: with a delay it arrives long after it was sent."""
        for order in facts.report.orders:
            if order.kind == "plain" and order.side == facts.closing_side and order.updated_at_ms is not None:
                parsed = parse_order_id(self._prefix, order.client_order_id)
                if parsed is not None and parsed.role == "exit" and facts.at_ms - order.updated_at_ms < EXIT_AGAIN_MS:
                    return True
        return False

    # 2: the level never loosens within a trade, and no stop goes before one as tight rests in its place

    def _check_levels(self, facts: Facts) -> None:
        side = facts.closing_side
        if side != self._side:
            self._side, self._tightest = side, None
        if side is None:
            return
        for outcome in facts.sent:
            action = outcome.action
            if isinstance(action, PlaceOrder) and action.role == "sl" and action.side == side:
                self._check_level(facts, action)
        levels = [stop.trigger_price for stop in facts.open("sl") if stop.side == side and stop.kind == "algo"]
        for level in levels:
            if level is not None and (self._tightest is None or _is_as_tight(level, self._tightest, side)):
                self._tightest = level

    def _check_level(self, facts: Facts, stop: PlaceOrder) -> None:
        level, tightest = stop.trigger_price, self._tightest
        if level is not None and tightest is not None and not _is_as_tight(level, tightest, stop.side):
            what = f"the stop {stop.client_order_id} at {text(level)} is looser than {text(tightest)}"
            raise InvariantBroken(2, facts.at_ms, f"{what}, where one of its trade has rested")

    def _check_stops_stay(self, facts: Facts) -> None:
        if facts.qty == 0:
            return
        left = {order.key for order in facts.orders}
        for outcome in facts.sent:
            stop = self._stops.get(outcome.action.key) if isinstance(outcome.action, CancelOrder) else None
            if stop is None or stop.key in left or stop.side != facts.closing_side:
                continue
            if not any(_replaces(own, stop, facts) for own in facts.open("sl")):
                raise InvariantBroken(
                    2,
                    facts.at_ms,
                    f"the stop {stop.client_order_id} was cancelled while {text(facts.qty)} stood and no stop of ours "
                    f"at {text(stop.trigger_price or ZERO)} or tighter rested that covers it",
                )

    # 6: flat, confirmed and settled: no exit order of ours is left, plain or conditional

    def _check_flat_is_clean(self, facts: Facts) -> None:
        account = facts.report.account
        if facts.qty != 0 or account is None or not account.complete or account.position.qty != 0:
            self._flat_since_ms = None
            return
        if self._flat_since_ms is None:
            self._flat_since_ms = facts.at_ms
        if not facts.own or facts.at_ms - self._flat_since_ms < FLAT_MS or _has_failed_cancel(facts):
            return
        left = [order.client_order_id for order in facts.open("sl", "tp1", "tp2", "exit")]
        if left:
            flat_ms = facts.at_ms - self._flat_since_ms
            raise InvariantBroken(6, facts.at_ms, f"flat for {flat_ms} ms, and still open: {', '.join(left)}")


def _is_stop(order: Order) -> bool:
    return order.kind == "algo" and order.type == "STOP_MARKET" and (order.reduce_only or order.close_position)


def _visible_size(facts: Facts) -> Decimal:
    """Return how much of the position both stands and was seen."""
    seen = facts.seen_qty
    return min(abs(facts.qty), abs(seen)) if facts.qty * seen > 0 else ZERO


def _tried_a_stop(facts: Facts) -> bool:
    """Whether this pass sent a stop that the exchange did not take."""
    return any(
        isinstance(one.action, PlaceOrder) and one.action.role == "sl" and one.result != "ack" for one in facts.sent
    )


def _is_as_tight(level: Decimal, as_level: Decimal, closing_side: Side) -> bool:
    return level >= as_level if closing_side == "SELL" else level <= as_level


def _replaces(stop: Order, other: Order, facts: Facts) -> bool:
    """Whether a stop of ours was seen resting, covers the whole position, and is at least as tight as the other."""
    if stop.side != other.side or stop.trigger_price is None or other.trigger_price is None:
        return False
    seen = any(order.key == stop.key and order.status in OPEN for order in facts.report.orders)
    covers = stop.close_position or stop.remaining_qty >= abs(facts.qty)
    return seen and covers and _is_as_tight(stop.trigger_price, other.trigger_price, stop.side)


def _has_failed_cancel(facts: Facts) -> bool:
    return any(isinstance(one.action, CancelOrder) and one.result != "ack" for one in facts.sent)
