"""Bugs that buy too much, too late, or on what nobody decided."""

from dataclasses import replace
from typing import Any, Final

from returns.pipeline import is_successful

from capi.core.errors import OutcomeUnknown
from capi.core.units import ZERO
from tests.simulation.seeded_bugs.plant import Bug, always, bug


def _sent_again(act: Any) -> Any:
    """The network layer retries what was not answered."""

    def wrong(self: Any, request: Any) -> Any:
        result = act(self, request)
        if not is_successful(result) and isinstance(result.failure(), OutcomeUnknown):
            return act(self, request)
        return result

    return wrong


def _unknown_is_cancelled(assemble: Any) -> Any:
    """An entry whose fate is not known counts as cancelled."""

    def wrong(look: Any, ledger: Any) -> Any:
        account, orders = assemble(look, ledger)
        seen = tuple(
            replace(one, status="CANCELED") if one.status == "UNKNOWN" and not one.reduce_only else one
            for one in orders
        )
        return replace(account, intents=()), seen

    return wrong


BUGS: Final[tuple[Bug, ...]] = (
    bug(
        "resend_on_timeout",
        "a request that was not answered is sent once more, under the same id (hummingbot#493, catalyst#317)",
        ("capi.cli.simulation.network:FaultyExchange.act", _sent_again),
    ),
    bug(
        "timeout_is_a_no",
        "what was not answered counts as refused, and the next generation is sent (hummingbot#6033)",
        ("capi.engine.order_records:_may_exist", always(False)),
    ),
    bug(
        "unknown_is_cancelled",
        "an order of unknown fate counts as cancelled and is replaced (passivbot#980)",
        ("capi.engine.run_pass:assemble", _unknown_is_cancelled),
    ),
    bug(
        "replace_ignores_what_filled",
        "the next entry order is for the whole quantity again",
        ("capi.core.entry_plan:entered_qty", always(ZERO)),
    ),
    bug(
        "reuse_an_id",
        "every order of a role bears the decision's one id (an id is unique only among open orders)",
        ("capi.core.orders_view:OrdersView.next_generation", always(1)),
    ),
    bug(
        "tomorrows_decisions_trade",
        "a decision from the future is taken at once",
        ("capi.core.gates_of_decision:future", always(None)),
    ),
    bug(
        "enter_on_half_a_view",
        "an entry is sent although a part of the view could not be read (freqtrade#10436)",
        ("capi.core.gates_of_state:view_incomplete", always(None)),
    ),
    bug(
        "half_a_file_is_a_decision",
        "half of a decision file that is being overwritten is a decision",
        ("capi.adapters.decision_file:FileDecisionSource._may_be_mixed", always(False)),
    ),
)
