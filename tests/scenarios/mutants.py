"""Wrong engines: each lacks something that keeps users from harm. What a scenario is worth shows on them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

import pytest

from capi.adapters.decision_file import FileDecisionSource
from capi.cli.scenario import process
from capi.core import plan as planning
from capi.core.actions import CancelOrder
from capi.core.errors import MEANINGS, ExchangeError
from capi.core.levels import Source
from capi.core.stops import Stops
from capi.core.units import floor_to
from capi.core.view import View
from capi.engine import answers, ledger
from capi.engine.run_pass import Engine
from capi.ports.decisions import Received

Mutant = Callable[[pytest.MonkeyPatch], None]


def sends_nothing(patch: pytest.MonkeyPatch) -> None:
    """An engine that plans and never sends."""
    patch.setattr(process, "Engine", partial(Engine, sends=False))


def has_no_gates(patch: pytest.MonkeyPatch) -> None:
    """Entries are sent whatever speaks against them."""
    patch.setattr("capi.core.situation.closed_gates", lambda view, entry: [])


def lacks(name: str) -> Mutant:
    """An engine without one of its rules."""

    def mutant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(planning, "RULES", tuple(rule for rule in planning.RULES if rule.__name__ != name))

    return mutant


def takes_unknown_for_no(patch: pytest.MonkeyPatch) -> None:
    """An answer that did not come counts as a refusal."""

    def no(error: ExchangeError, at_ms: int) -> answers.Answer:
        answer = answers.no(error, at_ms)
        return replace(answer, result="rejected", code=-2010) if answer.result == "unknown" else answer

    patch.setattr("capi.engine.execute.no", no)


def takes_codes_for_others(*codes: int) -> Mutant:
    """Codes of the exchange mean nothing in particular."""

    def mutant(patch: pytest.MonkeyPatch) -> None:
        for code in codes:
            patch.setitem(MEANINGS, code, "other")

    return mutant


def has_no_circuit(patch: pytest.MonkeyPatch) -> None:
    """What was refused is sent again each second."""
    for module in ("enter_position", "take_profit"):
        patch.setattr(f"capi.core.rules.{module}.open_circuit", lambda view, orders: None)


def forgets(*events: str) -> Mutant:
    """A ledger that does not fold some events."""

    def mutant(patch: pytest.MonkeyPatch) -> None:
        for event in events:
            patch.delitem(ledger._FOLDS, event)

    return mutant


def believes_every_file(patch: pytest.MonkeyPatch) -> None:
    """A torn decision file is a decision of its own, and an older one counts."""
    patch.setattr(FileDecisionSource, "_torn", FileDecisionSource._unusable)

    def judged(self: FileDecisionSource, received: Received, now_ms: int) -> Received:
        return received

    patch.setattr(FileDecisionSource, "_judged", judged)


def believes_in_flat(patch: pytest.MonkeyPatch) -> None:
    """One look that shows no position is flat for certain."""
    patch.setattr("capi.core.view.View._is_flat_for_certain", lambda self: True)


def believes_every_echo(patch: pytest.MonkeyPatch) -> None:
    """What an order was taken as is not compared."""
    patch.setattr("capi.engine.execute.echo_fault", lambda request, echo: None)


def breaks_even_without_fees(patch: pytest.MonkeyPatch) -> None:
    """Break-even is the entry's price."""
    patch.setattr("capi.core.levels._AFTER_TP1", (Source(_entry_price, lambda view, level: "break-even"),))


def _entry_price(view: View, stops: Stops, level: Decimal) -> Decimal | None:
    return view.account.position.entry_price


def keeps_targets_at_an_exit(patch: pytest.MonkeyPatch) -> None:
    """The reduce-only budget is not freed before an exit."""
    patch.setattr("capi.core.rules.exit_position._free_budget", lambda view, due: ())


def distrusts_the_exchange(patch: pytest.MonkeyPatch) -> None:
    """That a stop would trigger at once is no reason to leave."""
    patch.setattr("capi.core.exit_reasons._exchange_says_passed", lambda view, holding, level: None)


def never_leaves_a_passed_level(patch: pytest.MonkeyPatch) -> None:
    """A level that the price has passed is no reason to leave."""
    patch.setattr("capi.core.exit_reasons._level_passed", lambda view, holding: None)


def stays_naked(patch: pytest.MonkeyPatch) -> None:
    """A position may stand without a stop for as long as it likes."""
    patch.setattr("capi.core.situation.naked_too_long", lambda view, holding, guard: None)


def splits_everything(patch: pytest.MonkeyPatch) -> None:
    """Targets are halves however small they are."""

    def split(view: View, entered: Decimal, tp1: Decimal, tp2: Decimal) -> tuple[Decimal, Decimal]:
        first = floor_to(entered / 2, view.instrument.step_size)
        return first, entered - first

    patch.setattr("capi.core.holding.split_targets", split)


def chases_at_once(patch: pytest.MonkeyPatch) -> None:
    """The entry follows any drift, and none."""
    patch.setattr("capi.core.chase.drift_limit", lambda view, price: Decimal(-1000))


def cancels_before_it_places(patch: pytest.MonkeyPatch) -> None:
    """Every stop of ours is replaced: cancelled as soon as another one is wanted."""

    def superseded(view: View, stops: Stops) -> list[CancelOrder]:
        why = "a better one is wanted"
        return [
            CancelOrder(client_order_id=own.order.client_order_id, kind="algo", rule="mutant", reason=why)
            for own in stops.resting
            if stops.refused
        ]

    patch.setattr("capi.core.rules.protect_position._superseded", superseded)


MUTANTS: Final[dict[str, Mutant]] = {
    "sends nothing": sends_nothing,
    "has no gates": has_no_gates,
    "places no stop": lacks("protect_position"),
    "never exits": lacks("exit_position"),
    "sweeps nothing": lacks("sweep_orders"),
    "records nothing": lacks("record_trade"),
    "has no safe mode": lacks("enter_safe_mode"),
    "tells no refusal": lacks("report_refusals"),
    "places no target": lacks("take_profit"),
    "takes unknown for no": takes_unknown_for_no,
    "has no circuit": has_no_circuit,
    "knows no codes": takes_codes_for_others(-4130, -4116, -2011, -2021, -2022, -4509),
    "forgets orders": forgets("intent", "sent", "answered", "order", "fill"),
    "forgets trades": forgets("trade_opened", "trade_updated", "trade_closed"),
    "forgets the day": forgets("day", "week"),
    "believes every file": believes_every_file,
    "believes in flat": believes_in_flat,
    "believes every echo": believes_every_echo,
    "breaks even without fees": breaks_even_without_fees,
    "keeps targets at an exit": keeps_targets_at_an_exit,
    "distrusts the exchange": distrusts_the_exchange,
    "never leaves a passed level": never_leaves_a_passed_level,
    "stays naked": stays_naked,
    "splits everything": splits_everything,
    "chases at once": chases_at_once,
    "cancels before it places": cancels_before_it_places,
}
