"""Reasons not to add risk. A stop, a cancel or an exit is never asked.

Each gate looks at one thing and returns the sentence why it is closed, or None while it is open; all closed ones come
back. `cancels`: a closed one takes a resting entry down too. An unknown figure closes its gate. Source: design,
"Gates"; the specification, sections 6, 7 and 17.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from capi.core import gates_of_decision as decision
from capi.core import gates_of_market as market
from capi.core import gates_of_risk as risk
from capi.core import gates_of_state as state
from capi.core.entry_plan import EntryPlan
from capi.core.view import View

Check = Callable[[View, EntryPlan | None], str | None]


class Gate(NamedTuple):
    """One gate: its name is the `rule` of the refusal."""

    name: str
    check: Check
    cancels: bool


class Closed(NamedTuple):
    """A closed gate and its sentence."""

    gate: Gate
    reason: str


GATES: Final = (
    Gate("unusable", decision.unusable, True),
    Gate("stale", decision.stale, True),
    Gate("future", decision.future, True),
    Gate("flat", decision.flat, True),
    Gate("spent", decision.spent, True),
    Gate("safe_mode", state.safe_mode, True),
    Gate("paused", state.paused, True),
    Gate("account_mode", state.account_mode, True),
    Gate("position", state.position, True),
    Gate("leftover_orders", state.leftover_orders, True),
    Gate("session", decision.session, True),
    Gate("volatility", market.volatility, True),
    Gate("risk_check", decision.risk_check, True),
    Gate("notional_max", risk.notional_max, True),
    Gate("drawdown_day", risk.drawdown_day, True),
    Gate("drawdown_week", risk.drawdown_week, True),
    Gate("trades_per_day", risk.trades_per_day, True),
    Gate("equity", risk.equity, True),
    Gate("margin", risk.margin, True),
    Gate("liquidation", risk.liquidation, True),
    Gate("stop_passed", market.stop_passed, True),
    Gate("below_minimum", risk.below_minimum, True),
    Gate("view_incomplete", state.view_incomplete, False),
    Gate("write_unconfirmed", state.write_unconfirmed, False),
    Gate("spread", market.spread, False),
    Gate("distance", market.distance, False),
    Gate("wrong_side", market.wrong_side, False),
    Gate("settings_unconfirmed", state.settings_unconfirmed, False),
)

_CHECKS: Final = tuple(gate.check for gate in GATES)


def closed_gates(view: View, plan: EntryPlan | None) -> list[Closed]:
    """Return every closed gate with its sentence, in the order of GATES."""
    closed: list[Closed] = []
    for number, check in enumerate(_CHECKS):
        reason = check(view, plan)
        if reason is not None:
            closed.append(Closed(GATES[number], reason))
    return closed
