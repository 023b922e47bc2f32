"""Reasons not to add risk. A stop, a cancel or an exit is never asked.

Each gate looks at one thing and returns the sentence why it is closed, or None while it is open; all closed ones come
back. `cancels`: a closed one takes a resting entry down too. An unknown figure closes its gate. Source: design,
"Gates"; the specification, sections 6, 7 and 17.
"""

from typing import Final, NamedTuple

from capi.core import gates_of_decision as decision
from capi.core import gates_of_market as market
from capi.core import gates_of_risk as risk
from capi.core import gates_of_state as state
from capi.core.bounds import Comparing, Comparisons
from capi.core.entry_plan import EntryPlan
from capi.core.view import View


class Gate(NamedTuple):
    """One gate: its name is the `rule` of the refusal."""

    name: str
    cancels: bool


class Closed(NamedTuple):
    """A closed gate and its sentence."""

    gate: Gate
    reason: str


GATES: Final = (
    Gate("unusable", cancels=True),
    Gate("stale", cancels=True),
    Gate("future", cancels=True),
    Gate("flat", cancels=True),
    Gate("spent", cancels=True),
    Gate("safe_mode", cancels=True),
    Gate("paused", cancels=True),
    Gate("account_mode", cancels=True),
    Gate("position", cancels=True),
    Gate("leftover_orders", cancels=True),
    Gate("session", cancels=True),
    Gate("volatility", cancels=True),
    Gate("risk_check", cancels=True),
    Gate("notional_max", cancels=True),
    Gate("drawdown_day", cancels=True),
    Gate("drawdown_week", cancels=True),
    Gate("trades_per_day", cancels=True),
    Gate("equity", cancels=True),
    Gate("margin", cancels=True),
    Gate("liquidation", cancels=True),
    Gate("stop_passed", cancels=True),
    Gate("below_minimum", cancels=True),
    Gate("view_incomplete", cancels=False),
    Gate("write_unconfirmed", cancels=False),
    Gate("spread", cancels=False),
    Gate("distance", cancels=False),
    Gate("wrong_side", cancels=False),
    Gate("settings_unconfirmed", cancels=False),
)

LASTING: Final = frozenset(gate.name for gate in GATES[:11])
"""Gates that cancel, whatever the market does, and stand before those of the market."""
OF_MARKET: Final = frozenset({"volatility", "stop_passed", "spread", "distance", "wrong_side"})
"""Gates of prices. While a lasting one is closed they decide nothing: they are still told, but that one of them opens
or closes is no news, so what they compare with bounds no horizon (docs/decisions/0039)."""

_ALL_OPEN: Final = (None,) * len(GATES)
_LASTING_OPEN: Final = (None,) * len(LASTING)
_UNWATCHED: Final = Comparisons(0)


def closed_gates(view: View, plan: EntryPlan | None) -> list[Closed]:
    """Return every closed gate with its sentence, in the order of GATES."""
    reasons = _reasons(view, plan)
    if reasons == _ALL_OPEN:
        return []
    return [Closed(gate, reason) for gate, reason in zip(GATES, reasons, strict=True) if reason is not None]


def _reasons(view: View, plan: EntryPlan | None) -> tuple[str | None, ...]:
    """Ask every gate, in the order of GATES; written out, as calls by name cost less than a loop over functions.

    What the decision closes by itself stands in its terms.
    """
    terms = view.terms
    lasting = (
        terms.unusable,
        decision.stale(view),
        decision.future(view),
        terms.flat,
        decision.spent(view),
        state.safe_mode(view),
        state.paused(view),
        state.account_mode(view),
        state.position(view),
        state.leftover_orders(view),
        terms.session,
    )
    watch: Comparing = view if lasting == _LASTING_OPEN else _UNWATCHED
    return (
        *lasting,
        market.volatility(view, plan, watch),
        terms.risk_check,
        risk.notional_max(view, plan),
        risk.drawdown_day(view),
        risk.drawdown_week(view),
        risk.trades_per_day(view),
        risk.equity(view),
        risk.margin(view, plan),
        risk.liquidation(view, plan),
        market.stop_passed(view, plan, watch),
        risk.below_minimum(view, plan),
        state.view_incomplete(view),
        state.write_unconfirmed(view),
        market.spread(view, plan, watch),
        market.distance(view, plan, watch),
        market.wrong_side(view, plan, watch),
        state.settings_unconfirmed(view, plan),
    )
