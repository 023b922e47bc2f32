"""A dozen trades as steps: what market, decisions and the account's owner do, once the engine has done its own."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from capi.adapters.paper.orders import NewOrder
from capi.cli.simulation import trouble
from capi.cli.simulation.trouble import ScriptedTroubles
from capi.core.decision import Side
from capi.core.errors import Rejected
from tests.crash.stage import Act, Holds, Scenario, Stage, Step
from tests.worlds import FLAT, LONG, SHORT, config

D = Decimal

# what the world does


def price(value: str, *, qty: str = "5") -> Act:
    """Move the market to a price, with so much at the touch."""
    return lambda stage: stage.price(value, qty=qty)


def long(stage: Stage) -> None:
    """Decide for the example's long: 0.011 at 90800."""
    stage.decide(replace(LONG, decision_id="up"))


def short(stage: Stage) -> None:
    """Decide for the example's short."""
    stage.decide(replace(SHORT, decision_id="down"))


def flat(stage: Stage) -> None:
    """Decide for nothing."""
    stage.decide(replace(FLAT, decision_id="flat"))


def by_hand(side: Side, qty: str) -> Act:
    """Trade at market in the exchange's own app."""

    def act(stage: Stage) -> None:
        new = NewOrder(client_order_id=f"web_{side}", side=side, type="MARKET", quantity=D(qty))
        assert not isinstance(stage.books.manual_order(new), Rejected)
        stage.world.note()

    return act


def flatten(stage: Stage) -> None:
    """Let the operator flatten: the command waits in the inbox until an engine has recorded it."""

    def give(stage: Stage) -> None:
        if not stage.engine.ledger.paused:
            stage.engine.flatten("a test")

    stage.pending = give


# until when


def entry_rests(stage: Stage) -> bool:
    """Whether one entry rests."""
    return len(stage.resting("entry")) == 1


def entry_rests_or_has_filled(stage: Stage) -> bool:
    """Whether one entry rests, or it took so long that it went to the market."""
    return entry_rests(stage) or guarded(stage)


def guarded(stage: Stage) -> bool:
    """Whether stop and both targets rest, all of it recorded."""
    roles = len(stage.resting("sl")), len(stage.resting("tp1")), len(stage.resting("tp2"))
    return stage.qty != 0 and roles == (1, 1, 1) and stage.engine.ledger.trades.open is not None


def filled(qty: str) -> Holds:
    """Return whether the position is so large, and guarded."""
    return lambda stage: stage.qty == D(qty) and len(stage.resting("sl")) == 1


def at_break_even(stage: Stage) -> bool:
    """Whether a second, tighter stop rests, and the first target is gone."""
    return len(stage.resting("sl")) == 2 and not stage.resting("tp1")


def has_entry_at(level: str) -> Holds:
    """Return whether an entry rests at a price."""
    return lambda stage: [order.price for order in stage.resting("entry")] == [D(level)]


def clean(stage: Stage) -> bool:
    """Whether the trade is over and nothing of ours is left."""
    return stage.is_clean


def is_of(decision_id: str) -> Callable[[Stage], bool]:
    """Return whether the open trade is of a decision, and guarded."""

    def holds(stage: Stage) -> bool:
        trade = stage.engine.ledger.trades.open
        return guarded(stage) and trade is not None and trade.trade.decision_id == decision_id

    return holds


ENTERED: Final = (Step(long, entry_rests), Step(price("90790"), guarded))
AT_TP1: Final = (*ENTERED, Step(price("92210"), at_break_even))


def through_the_stop(stage: Stage) -> None:
    """Let the price fall through the stop, once there is a position."""
    if stage.qty != 0:
        stage.price("89700")


def guarded_or_gone(stage: Stage) -> bool:
    """Whether the position is guarded, or was closed again while nobody looked."""
    return guarded(stage) or (stage.is_clean and bool(stage.events("trade_closed")))


def lost_answers(troubles: ScriptedTroubles) -> None:
    """The entry is taken and its answer lost, and so is that of the first stop."""
    troubles.request(trouble.lost_after(), role="entry")
    troubles.request(trouble.lost_after(), role="sl")


def lost_stop(troubles: ScriptedTroubles) -> None:
    """The first stop never arrives, and nobody says so."""
    troubles.request(trouble.lost_before(), role="sl")


_LOOKED_AT: Final = (
    Scenario("long to the second target", (*AT_TP1, Step(price("93510"), clean))),
    Scenario(
        "short stopped out",
        (
            Step(price("90740"), lambda stage: True),
            Step(short, entry_rests),
            Step(price("90820"), guarded),
            Step(price("91810"), clean),
        ),
    ),
    Scenario("long back to break-even", (*AT_TP1, Step(price("90850"), clean))),
    Scenario(
        "filled in parts",
        (
            Step(long, entry_rests),
            Step(price("90800", qty="0.003"), filled("0.003")),
            Step(price("90810"), lambda stage: stage.qty == D("0.003")),
            Step(price("90800", qty="0.004"), filled("0.007")),
            Step(price("90790"), guarded),
            Step(price("93510"), clean),
        ),
    ),
    Scenario(
        "chased",
        (
            Step(long, entry_rests),
            Step(price("90890"), has_entry_at("90889.9")),
            Step(price("90880"), guarded),
            Step(price("89790"), clean),
        ),
    ),
    Scenario(
        "at market after the chases",
        (
            Step(long, entry_rests),
            Step(price("90890"), guarded),
            Step(price("93510"), clean),
        ),
        config=config("chase", attempts_max=0),
    ),
    Scenario(
        "flipped",
        (
            *ENTERED,
            Step(short, lambda stage: stage.qty == 0 and entry_rests(stage)),
            Step(price("90820"), is_of("down")),
            Step(price("88090"), clean),
        ),
        config=config("protection", on_opposite="close"),
    ),
    Scenario("left on a flat decision", (*ENTERED, Step(flat, clean)), config=config("protection", on_flat="close")),
    Scenario("flattened by the operator", (*ENTERED, Step(flatten, clean))),
    Scenario(
        "an orphan adopted",
        (
            Step(flat, lambda stage: True),
            Step(by_hand("BUY", "0.02"), filled("0.02")),
            Step(price("89000"), clean),
        ),
        may_forget=True,
    ),
    Scenario("answers lost", (*ENTERED, Step(price("93510"), clean)), troubles=lost_answers),
    Scenario("a stop that never arrived", (*ENTERED, Step(price("89790"), clean)), troubles=lost_stop),
    Scenario(
        "down for longer than the dead-man switch waits",
        (
            Step(long, entry_rests_or_has_filled),
            Step(price("90790"), guarded),
            Step(price("93510"), clean),
        ),
        down_ms=70_000,
    ),
    Scenario(
        "the price falls through the stop meanwhile",
        (Step(long, entry_rests), Step(price("90790"), guarded_or_gone), Step(price("89700"), clean)),
        meanwhile=through_the_stop,
        or_exit=True,
    ),
    Scenario("closed by hand", (*ENTERED, Step(by_hand("SELL", "0.011"), clean))),
)
_HEARD_OF: Final = ("short stopped out", "filled in parts", "flipped")

STORIES: Final = (
    *_LOOKED_AT,
    *(replace(it, name=f"{it.name}, heard of", hears=True) for it in _LOOKED_AT if it.name in _HEARD_OF),
)
