"""All invariants of a run, checked at every request, every change of the exchange's books, and every pass.

Nothing here is shared with the rules that decide: what is judged comes from the books and from what was sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from random import Random
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.paper.exchange import PaperExchange
from capi.cli.simulation.broken import Broken
from capi.cli.simulation.clock import AHEAD_MS_MAX
from capi.cli.simulation.judge_guard import GuardJudge
from capi.cli.simulation.judge_orders import OrderJudge
from capi.cli.simulation.judge_settled import SettledJudge
from capi.cli.simulation.network import Answer, FaultyExchange
from capi.cli.simulation.trouble import RequestTrouble
from capi.cli.simulation.truth import Truth
from capi.cli.simulation.world import World
from capi.core.account import Instrument
from capi.core.actions import CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.errors import Rejected
from capi.engine.hear import GAP
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.ports.exchange import Request
from capi.ports.journal import Event


def _always_usable() -> int | None:
    """Nobody writes what cannot be used."""
    return None


class Judge:
    """Listens to a run. `decision`: what the engine goes by at the moment.

    `good`: the usable decisions that a whole file has held, by timestamp. `unusable_since_ms`: since when the file has
    held nothing usable, None while it does.
    """

    def __init__(
        self,
        world: World,
        exchange: FaultyExchange,
        config: Config,
        instrument: Instrument,
        good: Mapping[int, Proposal | None],
        dice: Random,
        *,
        interval_ms: int,
        decision: Callable[[], Decision | Unusable],
        unusable_since_ms: Callable[[], int | None] = _always_usable,
    ) -> None:
        self.truth: Final = Truth(world.exchange, config.id_prefix)
        self.orders: Final = OrderJudge(self.truth, config, instrument, good, unusable_since_ms)
        self.guard: Final = GuardJudge(self.truth, config, interval_ms, exchange.trip_ms, exchange.is_hidden)
        self.settled: Final = SettledJudge(self.truth, config, dice, exchange.is_hidden)
        self.requests: Final[Counter[str]] = Counter()
        self.passes = 0
        self.on_liquidation: Callable[[], None] = _nothing
        self._books: Final[PaperExchange] = world.exchange
        self._exchange: Final = exchange
        self._config: Final = config
        self._decision: Final = decision
        self._last_trade_id = 0
        self._looks = 0
        world.on_change.append(self._changed)

    @property
    def entered_qty(self) -> Decimal:
        """Return what all entries have filled, base units."""
        return sum((one.filled for one in self.orders.entered.values()), Decimal(0))

    def went_wrong(self, kind: str) -> None:
        """Note that something went wrong just now."""
        self.guard.went_wrong(kind)
        self.settled.went_wrong()

    def _changed(self) -> None:
        for fill in self._books.fills_after(self._last_trade_id):
            self._last_trade_id = fill.trade_id
            if fill.liquidation:
                self.on_liquidation()
            self.guard.filled(fill, self.orders.qty)
            self.orders.filled(fill)
        self.guard.changed()

    def sent(self, request: Request, trouble: RequestTrouble | None) -> None:
        """Judge a request before it leaves."""
        self._see_look()
        until_ms = None
        if trouble is not None and trouble.arrives == "late":
            until_ms = self.truth.now_ms + min(trouble.late_ms, self._config.recv_window_ms + AHEAD_MS_MAX)
        shown = self._exchange.shown
        self.requests[request.role if isinstance(request, PlaceOrder) else type(request).__name__] += 1
        self.orders.sent(request, shown, self._decision(), until_ms=until_ms)
        self.guard.sent(request, shown)

    def answered(self, request: Request, answer: Answer) -> None:
        """Note what became of it."""
        if not is_successful(answer):
            self.settled.went_wrong()
            error = answer.failure()
            self.guard.answered(error.code if isinstance(error, Rejected) else None)
        elif isinstance(request, CancelOrder):
            self.orders.cancelled(request)

    def _see_look(self) -> None:
        if self._exchange.looks != self._looks:
            self._looks, shown = self._exchange.looks, self._exchange.shown
            if shown.trouble is not None or shown.look is None:
                self.guard.went_wrong("a bad look" if shown.trouble is None else shown.trouble.kinds[0])
            self.orders.looked()
            self.guard.looked(shown)

    def passed(self, report: PassReport) -> None:
        """Judge one pass, or what was done upon an event."""
        if GAP in report.gaps:
            self.guard.changed()
            return
        self.passes += 1
        self._see_look()
        silent = self._exchange.silent_until_ms() is not None
        if silent:
            self.went_wrong("silence")
            self.guard.kept_from_it()
        if self._exchange.conditional_is_down:
            self.guard.kept_from_it()
        self.guard.passed(report, self._exchange.shown, silent=silent)
        self.settled.passed(report, self._exchange.shown)

    def ended(self, recorded: Iterable[Event], *, loses: bool) -> None:
        """The process ended; `recorded`: what its journal still says. `loses`: the last of it went with the process.

        Stops, exits and targets are sent first and recorded after: some of their ids may not be on record.
        """
        self.guard.is_down, self.guard.has_forgotten = True, loses
        self.guard.kept_from_it()
        known = {event["client_order_id"] for event in recorded if "client_order_id" in event}
        unrecorded = self.orders.ids.keys() - known
        self.orders.unrecorded |= unrecorded
        if loses or unrecorded:
            self.guard.forgot(unrecorded)

    def lost(self) -> None:
        """The journal is gone: what no look and no history tells is not known any more.

        That is what a decision was to enter in all, and the ids of what the exchange never took.
        """
        self.guard.has_forgotten = True
        self.orders.lost({key[1] for key in self._exchange.memory.all_orders()})
        self.guard.forgot({stop.client_order_id for stop in self.truth.own_open("sl")})  # until a look shows them

    def started(self, how: str) -> None:
        """A new process runs; `how` the last one ended may explain what it finds."""
        self.guard.started()
        self.went_wrong(how)

    def failed(self, error: str) -> None:
        """A pass raised: nothing from outside may cause that."""
        raise Broken(0, self.truth.now_ms, f"a pass raised: {error}")

    def at_end(self, ledger: Ledger, events: Callable[[], Iterable[Event]]) -> None:
        """Judge how the run ended."""
        self.settled.at_end(ledger, events)


def _nothing() -> None:
    """Nobody listens."""
