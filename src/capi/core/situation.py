"""One planning's shared facts: the view, what is held, whether it must be left, the entry, which gates are closed.

Rules read it; they never call each other.
"""

from typing import Final

from capi.core.entry_plan import EntryPlan, entered_qty, entry_plan
from capi.core.exit_reasons import ExitDue, exit_due, naked_too_long
from capi.core.gates import Closed, closed_gates
from capi.core.holding import Holding, holding_of
from capi.core.lazy import lazy
from capi.core.sizing import fixed_quantity
from capi.core.stops import Guard, guard_of
from capi.core.view import View


class Situation:
    """The view with what every planning derives from it; the rest is derived when it is asked for."""

    def __init__(self, view: View) -> None:
        holding = holding_of(view)
        self.view: Final = view
        self.holding: Final[Holding | None] = holding
        """What is held."""
        self.naked: Final[ExitDue | None] = None if holding is None else self._naked_too_long(holding)
        """Why the position has been naked for too long, if it has."""
        self.exit: Final[ExitDue | None] = None if holding is None else exit_due(view, holding, self.naked)
        """Why the position must be left now, if it must."""

    @lazy
    def guard(self) -> Guard:
        """How the visible position is guarded, before anything is done."""
        holding = self.holding
        if not self.view.account.position_readable:
            return "unknown"
        if holding is None or not holding.visible:
            return "none"
        return guard_of(self.view, holding.stops, holding.wanted.level if holding.wanted else None)

    def _naked_too_long(self, holding: Holding) -> ExitDue | None:
        if self.view.account.naked_since_ms is None or not holding.visible:
            return None
        return naked_too_long(self.view, holding, self.guard)

    @lazy
    def entry(self) -> EntryPlan | None:
        """What the current decision's entry would be."""
        return entry_plan(self.view)

    @lazy
    def closed(self) -> list[Closed]:
        """The closed gates."""
        return closed_gates(self.view, self.entry)

    def entry_is_done(self) -> bool:
        """Return whether this decision's entry has all that it is to have, so that no gate need be asked.

        A position of it without any trace of its entry (no intent, no order) has had it: nothing says how much is
        missing, and the ids that were used are not known.
        """
        view = self.view
        if not view.own_position:
            return False
        for own in view.entries:
            if own.may_rest:
                return False
        whole = fixed_quantity(view)
        return whole is None or entered_qty(view) >= whole
