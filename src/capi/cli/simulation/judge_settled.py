"""Invariants 6, 7 and 10: nothing left when flat, quiet when settled, and ledger and exchange agree.

Under faults the words mean: *flat, confirmed and settled* is a position of zero on the books for as long as complete
and up-to-date looks have shown it for three seconds, with no request going wrong meanwhile; an order that the exchange
denies has not been left behind. *Settled* is the end of a run: for more than a minute nothing went wrong, no price
moved, and nobody wrote or traded by hand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from capi.cli.simulation.broken import Broken
from capi.cli.simulation.network import Shown
from capi.cli.simulation.truth import Truth
from capi.core.actions import Alert, ArmDeadMan, EnterSafeMode, Refuse
from capi.core.config import Config
from capi.core.orders import OrderKey
from capi.core.plan import plan
from capi.core.units import ZERO
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.ports.journal import Event

FLAT_MS: Final = 3500
QUIET_PASSES: Final = 4
UNTOLD: Final = "untold"
SHUFFLE_ONE_IN: Final = 40
_SAYS_ONLY: Final = (Alert, Refuse, EnterSafeMode, ArmDeadMan)


@dataclass(slots=True)
class SettledJudge:
    """Watches what is left behind, and how a run ends."""

    truth: Truth
    config: Config
    dice: Random
    is_hidden: Callable[[OrderKey], bool]
    flat_since_ms: int | None = None
    denied_ms: dict[OrderKey, int] = field(default_factory=dict)  # when an order was last denied
    busy_passes: int = 0  # of the last ones
    last_busy: str = ""

    def went_wrong(self) -> None:
        """Note that something went wrong: what is left may be its doing."""
        self.flat_since_ms = None

    def passed(self, report: PassReport, shown: Shown) -> None:
        """Judge one pass."""
        self._check_flat_is_clean(report, shown)
        done = (one for one in report.outcomes if one.result != "held")  # what is held is asked for by nobody
        asks = [one.action for one in done if not isinstance(one.action, _SAYS_ONLY)]
        if asks:
            self.busy_passes, self.last_busy = QUIET_PASSES, f"{type(asks[0]).__name__} by {asks[0].rule}"
        else:
            self.busy_passes = max(0, self.busy_passes - 1)
        if self.dice.randrange(SHUFFLE_ONE_IN) == 0:
            self._check_order(report)

    def _check_flat_is_clean(self, report: PassReport, shown: Shown) -> None:
        """6. An event may have told of a position just now: then the engine trusts no look that shows none."""
        look = None if report.gaps else shown.look
        if self.truth.qty != 0 or look is None or look.gaps or shown.trouble is not None or look.position.qty != 0:
            self.flat_since_ms = None
            return
        if self.flat_since_ms is None:
            self.flat_since_ms = shown.at_ms
        resting = self.truth.own_open("sl", "tp1", "tp2", "exit")
        left = [order.client_order_id for order in resting if not self._was_denied(order.key)]
        if left and shown.at_ms - self.flat_since_ms >= FLAT_MS:
            what = f"flat for {self.truth.now_ms - self.flat_since_ms} ms, and still open: {', '.join(left)}"
            raise Broken(6, self.truth.now_ms, what)

    def _was_denied(self, key: OrderKey) -> bool:
        """Whether the exchange denies an order or did so a moment ago: a look has to show it before it can be swept."""
        if self.is_hidden(key):
            self.denied_ms[key] = self.truth.now_ms
        return self.truth.now_ms - self.denied_ms.get(key, -FLAT_MS) < FLAT_MS

    def _check_order(self, report: PassReport) -> None:
        """7: the order of what plan is given changes nothing."""
        if report.account is None or not report.orders:
            return
        shuffled = list(report.orders)
        self.dice.shuffle(shuffled)
        one = plan(report.decision, report.account, report.orders, self.config)
        other = plan(report.decision, report.account, tuple(shuffled), self.config)
        if one != other:
            raise Broken(7, self.truth.now_ms, f"the order of the orders changes the plan: {one} or {other}")

    def at_end(self, ledger: Ledger, events: Callable[[], Iterable[Event]]) -> None:
        """Judge how the run ended."""
        if self.busy_passes:
            raise Broken(7, self.truth.now_ms, f"all is calm, and the plan is not quiet: {self.last_busy}")
        if self.truth.qty != 0 and not self.truth.is_covered:
            raise Broken(1, self.truth.now_ms, f"{self.truth.qty} stands without a stop at the end of a calm minute")
        self._check_ledger(ledger)
        self.refolds(ledger, events())

    def _check_ledger(self, ledger: Ledger) -> None:
        """10: what the ledger believes is what the books say."""
        books = self.truth
        if (ledger.position_qty or ZERO) != books.qty:
            self._differs(f"position {ledger.position_qty}", f"position {books.qty}")
        trade = ledger.trades.open
        if (trade is None) != (books.qty == 0):
            self._differs("no open trade" if trade is None else "an open trade", f"position {books.qty}")
        resting = {order.key for order in books.own_open("entry", "sl", "tp1", "tp2", "exit")}
        if set(ledger.orders.unsettled) != resting:
            self._differs(f"open {sorted(ledger.orders.unsettled)}", f"open {sorted(resting)}")

    def refolds(self, ledger: Ledger, events: Iterable[Event]) -> None:
        """10: folding the journal gives the state that the engine went by."""
        again = Ledger()
        again.replay(events)
        for name in Ledger.__slots__:
            one, other = getattr(ledger, name), getattr(again, name)
            if name == UNTOLD:  # events themselves: in the file they have numbers, and Decimals are text
                one, other = list(one), list(other)
            if one != other:
                what = f"folding the journal gives another ledger, {name}: {one} or {other}"
                raise Broken(10, self.truth.now_ms, what)

    def _differs(self, ledger: str, books: str) -> None:
        raise Broken(10, self.truth.now_ms, f"the ledger has {ledger}, the exchange {books}")
