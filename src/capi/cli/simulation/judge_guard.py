"""Invariants 1 and 2, and the incomplete view's part of 9: guarded at once, never looser, never for nothing.

Under faults the words mean: the position *stands naked* while the exchange's books have no live stop that would close
all of it, no exit of ours on its way and no stop that fired within a second. The engine *had a chance* in a pass whose
look showed that position, and showed no stop that covers it. In such a pass a stop or an exit has to be tried, or the
exchange asked for silence; or it had said within half a minute that a stop rests (-4130), and no look has shown that
one since. What was tried and refused is tried again, and after `naked_seconds_max` an exit is. While nothing at all
goes wrong, a position is naked for an interval and a pass at most.

While the service of conditional orders is down, nobody can know what became of a stop that rested: where one did, or
has since, nothing is asked for. Where none did, a stop is tried in each such pass; and an exit after
`naked_seconds_max` only for a trade of ours for which the exchange never took a stop, or that was seen naked before.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from capi.cli.simulation.broken import Broken
from capi.cli.simulation.network import Shown
from capi.cli.simulation.truth import Truth, closing_side, covers, is_as_tight, is_stop
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Side
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN, Order, OrderKey
from capi.core.units import ZERO, text
from capi.engine.report import PassReport
from capi.ports.exchange import Fill, Request

FLAT_APART_MS: Final = 2000
"""Two complete looks that show no position, at least so far apart, confirm it."""
AFTER_TROUBLE_MS: Final = 6000
"""How long the last thing that went wrong may still explain a naked position."""
ALREADY_GUARDED: Final = -4130
ASKED_AGAIN_MS: Final = 32_000
"""After such a refusal the engine asks again within this long."""
EXIT_WITHIN_MS: Final = 4000
"""Beyond `naked_seconds_max`, and an attempt's own time, an exit has to have been tried."""


@dataclass(slots=True)
class GuardJudge:
    """Watches what guards the position."""

    truth: Truth
    config: Config
    interval_ms: int
    trip_ms: int
    is_hidden: Callable[[OrderKey], bool]
    unknown: set[OrderKey] = field(default_factory=set)  # denied by the exchange when the journal lost its last lines
    shown: set[OrderKey] = field(default_factory=set)  # stops that a look has shown
    unseen: set[OrderKey] = field(default_factory=set)  # not on record when the process ended, and in no look since
    naked_since_ms: int | None = None
    chance_since_ms: int | None = None  # first pass that could have seen it
    exit_sent_ms: int | None = None
    silent_ms: int = -AFTER_TROUBLE_MS  # nothing could be sent: the exchange asked for silence, or no process ran
    trouble_ms: int = -AFTER_TROUBLE_MS
    trouble: str = ""
    is_down: bool = False  # no process runs
    has_forgotten: bool = False  # the journal lost its last lines, and no process has begun since
    is_kept_from_it: bool = False  # the exchange asked for silence, or no process ran, while it stood naked
    worst_naked_ms: int = 0
    worst_cause: str = ""
    worst_kept_ms: int = 0
    tightest: dict[str, Decimal] = field(default_factory=dict)  # by the decision that the stop's id names
    side: Side | None = None
    proof: tuple[OrderKey, int] | None = None  # of a stop that no look shows, by -4130, and when
    flat_shown_ms: list[int] = field(default_factory=list)  # complete looks in a row that showed no position
    trade: str | None = None  # the decision whose entries alone made the position, as long as it is on record
    taken: set[str] = field(default_factory=set)  # decisions of which the exchange took a stop
    rested: dict[OrderKey, Side] = field(default_factory=dict)  # every stop that the exchange took
    may_rest: dict[OrderKey, Side] = field(default_factory=dict)  # when they could be read last, and those taken since
    tried: bool = False  # a stop or an exit, in this pass
    stood: Decimal = ZERO  # in truth, when the last look was seen

    # 1

    def went_wrong(self, kind: str) -> None:
        """Note that something went wrong just now."""
        self.trouble_ms, self.trouble = self.truth.now_ms, kind

    def kept_from_it(self) -> None:
        """Note that nothing can be sent now."""
        self.is_kept_from_it = True

    def started(self) -> None:
        """Note that a process runs again: as after a silence, a stop is tried first.

        What was lost with the journal's last lines is how long it has stood naked: that is counted anew.
        """
        self.is_down, self.silent_ms, self.proof = False, self.truth.now_ms, None
        if self.has_forgotten and self.chance_since_ms is not None:
            self.chance_since_ms = self.truth.now_ms
        self.has_forgotten = False

    def changed(self) -> None:
        """Look at the books after a change."""
        self._note_levels()
        self._note_taken()
        now_ms = self.truth.now_ms
        naked = self.truth.qty != 0 and not self.truth.is_covered and not self._is_leaving()
        if naked and self.naked_since_ms is None:
            self.naked_since_ms, self.is_kept_from_it = now_ms, self.is_down
        elif not naked and self.naked_since_ms is not None:
            self._measure(now_ms)
            self.naked_since_ms = self.chance_since_ms = None

    def filled(self, fill: Fill, before: Decimal) -> None:
        """Note what the position is made of; `before`: what stood."""
        owner = parse_order_id(self.config.id_prefix, fill.client_order_id)
        entered = owner.decision_id if owner is not None and owner.role == "entry" else None
        signed = fill.qty if fill.side == "BUY" else -fill.qty
        if before == 0:
            self.trade = entered
        elif (before * signed > 0 and entered != self.trade) or before * (before + signed) < 0:
            self.trade = None

    def _note_taken(self) -> None:
        for order in self.truth.orders:
            if is_stop(order):
                self.may_rest[order.key] = self.rested[order.key] = order.side
                owner = self.truth.own(order)
                if owner is not None:
                    self.taken.add(owner.decision_id)

    def _is_leaving(self) -> bool:
        return self.truth.is_leaving

    def _measure(self, now_ms: int) -> None:
        naked_ms = now_ms - (self.naked_since_ms or now_ms)
        recent = now_ms - naked_ms - self.trouble_ms < AFTER_TROUBLE_MS
        cause = self.trouble if recent else "nothing"
        if self.is_kept_from_it:
            self.worst_kept_ms = max(self.worst_kept_ms, naked_ms)
        elif naked_ms > self.worst_naked_ms:
            self.worst_naked_ms, self.worst_cause = naked_ms, cause
        bound_ms = 2 * self.interval_ms + 12 * self.trip_ms + 1500
        if not recent and naked_ms > bound_ms:
            self._break(1, f"{naked_ms} ms without a stop while nothing went wrong (at most {bound_ms} ms)")

    def passed(self, report: PassReport, shown: Shown, *, silent: bool) -> None:
        """Look at the books after a pass."""
        self.changed()
        tried, self.tried = self.tried, False
        look, since_ms = shown.look, self.naked_since_ms
        if silent:
            self.silent_ms = self.truth.now_ms
        if look is None or since_ms is None or silent or since_ms > shown.at_ms:
            return
        if look.position.qty * self.truth.qty <= 0 or covers(look.orders, look.position.qty):
            return
        if _is_firing(look.orders, look.now_ms) or self._is_told_of_a_stop():
            return
        is_unread, now_ms = shown.is_without_conditional, self.truth.now_ms
        if is_unread and closing_side(self.truth.qty) in self.may_rest.values():
            return
        if self.chance_since_ms is None and (not is_unread or self._never_had_a_stop()):
            self.chance_since_ms = now_ms
        if not tried and not self._just_left(shown):
            what = (
                f"{text(self.truth.qty)} stands without a stop for {now_ms - since_ms} ms, a pass saw it and tried none"
            )
            self._break(1, what)
        if self.chance_since_ms is None:
            return
        attempt_ms = EXIT_WITHIN_MS + 2 * self.interval_ms
        allowed_ms = int(self.config.protection.naked_seconds_max * 1000) + attempt_ms
        exited = self.exit_sent_ms is not None and self.exit_sent_ms >= self.chance_since_ms
        is_late = now_ms - self.chance_since_ms > allowed_ms and now_ms - self.silent_ms > attempt_ms
        if is_late and not exited:
            what = f"{text(self.truth.qty)} stands without a stop for {now_ms - since_ms} ms, and no exit was tried"
            self._break(1, what)

    def _never_had_a_stop(self) -> bool:
        """Whether a trade of ours stands, all of it, and the exchange never took a stop for it."""
        return self.trade is not None and self.trade not in self.taken

    def _just_left(self, shown: Shown) -> bool:
        """Whether an exit went out shortly before what the pass goes by: the next one may come a second after it."""
        return self.exit_sent_ms is not None and shown.at_ms - self.exit_sent_ms < 1500 + 2 * self.interval_ms

    # 2

    def sent(self, request: Request, shown: Shown) -> None:
        """Judge a request before it leaves."""
        if isinstance(request, PlaceOrder):
            if request.role == "sl":
                self.tried = True
                self._check_level(request)
            elif request.role == "exit":
                self.tried = True
                self.exit_sent_ms = self.truth.now_ms
        elif isinstance(request, CancelOrder):
            self._check_cancel(request, shown)

    def answered(self, code: int | None) -> None:
        """Note a refusal: -4130 says that a closePosition stop rests, and the engine asks again after half a minute."""
        side = closing_side(self.truth.qty)
        if code == ALREADY_GUARDED:
            rest = (one.key for one in self.truth.orders if one.close_position and one.side == side)
            self.proof = next(((key, self.truth.now_ms) for key in rest), None)

    def _is_told_of_a_stop(self) -> bool:
        """Whether the exchange said lately that one rests, and has not shown since what became of it."""
        return self.proof is not None and self.truth.now_ms - self.proof[1] <= ASKED_AGAIN_MS + 2 * self.interval_ms

    def looked(self, shown: Shown) -> None:
        """Note what a look showed of the position."""
        look, self.stood = shown.look, self.truth.qty
        if look is not None:
            keys = {order.key for order in look.orders}
            if not shown.is_without_conditional and "algo" not in shown.missing:
                self.may_rest = {one.key: one.side for one in (*look.orders, *self.truth.orders) if is_stop(one)}
            self.unseen -= keys
            self.shown |= {stop.key for stop in self.truth.own_open("sl") if stop.key in keys}
            self._note_levels()
        if look is not None and self.proof is not None and any(one.key == self.proof[0] for one in look.orders):
            self.proof = None
        if look is None or look.gaps:
            return
        if look.position.qty == 0:
            self.flat_shown_ms.append(shown.at_ms)
        else:
            self.flat_shown_ms.clear()

    def forgot(self, unrecorded: Collection[str] = ()) -> None:
        """Go by what can still be seen: a stop that the exchange denies and no record tells of is no level.

        `unrecorded`: ids that were sent and are not on record; a list that lags may not show them yet. With the
        journal's last lines went also what looks have shown: where a stop rested, and that one has ended.
        """
        if self.has_forgotten:
            self.shown.clear()
            self.may_rest |= self.rested
        self.trade = None
        stops = list(self.truth.own_open("sl"))
        self.unknown = {stop.key for stop in stops if self.is_hidden(stop.key)}
        self.unseen = {stop.key for stop in stops if stop.client_order_id in unrecorded}
        self.tightest.clear()
        self._note_levels()

    def _note_levels(self) -> None:
        """Keep the levels of stops that a look has shown: one that the owner took down before is no level."""
        side = closing_side(self.truth.qty)
        if side != self.side:
            self.side = side
            self.tightest.clear()
        if side is None:
            return
        for decision_id, key, level in self._levels(side):
            tightest = self.tightest.get(decision_id)
            if key in self.shown and (tightest is None or is_as_tight(level, tightest, side)):
                self.tightest[decision_id] = level

    def _levels(self, side: Side) -> Iterator[tuple[str, OrderKey, Decimal]]:
        """Yield the levels that rest now and can be known."""
        for stop in self.truth.own_open("sl"):
            level, owner = stop.trigger_price, self.truth.own(stop)
            if stop.key in self.unseen or (stop.key in self.unknown and self.is_hidden(stop.key)):
                continue
            if owner is not None and stop.kind == "algo" and stop.side == side and level is not None:
                yield owner.decision_id, stop.key, level

    def _check_level(self, stop: PlaceOrder) -> None:
        level, known = stop.trigger_price, self.tightest.get(stop.decision_id)
        if stop.side != self.side or level is None:
            return
        rests = [one for decision_id, _, one in self._levels(stop.side) if decision_id == stop.decision_id]
        for tightest in rests if known is None else [known, *rests]:
            if not is_as_tight(level, tightest, stop.side):
                what = f"the stop {stop.client_order_id} at {text(level)} is looser than {text(tightest)}"
                self._break(2, f"{what}, where one of its trade has rested")

    def _check_cancel(self, cancel: CancelOrder, shown: Shown) -> None:
        stop = next((one for one in self.truth.orders if one.key == cancel.key), None)
        if stop is None or not is_stop(stop) or self.truth.qty == 0 or stop.side != closing_side(self.truth.qty):
            return
        look = shown.look
        if look is None or look.gaps:
            self._break(9, f"the stop {cancel.client_order_id} was cancelled on an incomplete view")
            return
        size = abs(look.position.qty) or abs(self.stood)  # a look that shows nothing of what stands excuses nothing
        if self._was_flat(shown) or any(self._replaces(one, stop, size) for one in look.orders):
            return
        if self._replaced_by_parts(look.orders, stop, size):
            return
        what = f"the stop {cancel.client_order_id} was cancelled while {text(self.truth.qty)} stood"
        self._break(2, f"{what}, and no stop of ours as tight as {text(stop.trigger_price or ZERO)} was seen resting")

    def _was_flat(self, shown: Shown) -> bool:
        return bool(self.flat_shown_ms) and shown.at_ms - self.flat_shown_ms[0] >= FLAT_APART_MS

    def _replaces(self, one: Order, stop: Order, size: Decimal) -> bool:
        owner = self.truth.own(one)
        if owner is None or owner.role != "sl" or one.key == stop.key or one.side != stop.side:
            return False
        if one.status not in OPEN or one.trigger_price is None or stop.trigger_price is None:
            return False
        if not (one.close_position or one.remaining_qty >= size):
            return False
        foreign = self.truth.own(stop) is None
        return foreign or is_as_tight(one.trigger_price, stop.trigger_price, stop.side)

    def _replaced_by_parts(self, orders: tuple[Order, ...], stop: Order, size: Decimal) -> bool:
        """Whether several stops by quantity, each as tight, cover the position together."""
        parts = [
            one.remaining_qty
            for one in orders
            if is_stop(one) and not one.close_position and one.key != stop.key and one.side == stop.side
            if one.status in OPEN and self.truth.own(one) is not None
            if one.trigger_price is not None and stop.trigger_price is not None
            if is_as_tight(one.trigger_price, stop.trigger_price, stop.side)
        ]
        return sum(parts, ZERO) >= size

    def _break(self, number: int, sentence: str) -> None:
        raise Broken(number, self.truth.now_ms, sentence)


def _is_firing(orders: tuple[Order, ...], now_ms: int) -> bool:
    """Whether a look showed a stop that triggered within the last moment: it may still close the position."""
    return any(
        order.triggered_at_ms is not None and now_ms - order.triggered_at_ms <= 1000 + FLAT_APART_MS // 2
        for order in orders
    )
