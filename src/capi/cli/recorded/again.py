"""Every recorded pass of a journal, planned again: the ledger is folded as it was then, and the same `plan` asked.

A pass counts as reproduced when state, guard and each action, one for one and field for field with its sentence, are
what was recorded. What cannot be planned again (a journal of before views were recorded, a decision without its
document) is counted apart and says why: it is neither right nor wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from capi.cli.recorded.past import NOT_RECORDED, NotPlannableError, Past, as_written
from capi.core.account import Account
from capi.core.actions import Action
from capi.core.units import text
from capi.core.value import value
from capi.engine.action_fields import Fields, action_fields
from capi.engine.planned_again import ViewsAgain
from capi.ports.journal import Event

PLANNED: Final = frozenset({"pass", "heard"})
"""The events that hold plans."""
_OF_OUTCOME: Final = frozenset({"result", "code", "message"})
"""What an action of an event has beside the action itself: what came of it. The code of an alert is its own."""


@value
class Wanted:
    """Which plans are made again: those in a span of time (ends included), of one trade; None is no bound.

    A plan is of a trade while that trade is open or its decision in force, and when it places or records for it.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    trade: str | None = None

    def at(self, at_ms: int) -> bool:
        """Return whether a plan of that time is wanted."""
        return (self.from_ms is None or at_ms >= self.from_ms) and (self.to_ms is None or at_ms <= self.to_ms)


ALL: Final = Wanted()


@value
class Again:
    """One plan made again. `recorded` and `planned`: the fields of its actions, as the journal writes them.

    `seq`: the event that records it. `version`: of the capi that wrote it. `trouble`: why it could not be planned
    again; None: it was. `view`: state and guard, as recorded and as seen now; None where the event does not tell them.
    """

    seq: int
    at_ms: int
    version: str
    recorded: tuple[Fields, ...]
    planned: tuple[Fields, ...] = ()
    view: tuple[tuple[str, str], tuple[str, str]] | None = None
    trouble: str | None = None

    @property
    def is_same(self) -> bool:
        """Return whether the plan is the recorded one, one for one."""
        alike = self.view is None or self.view[0] == self.view[1]
        return self.trouble is None and alike and self.recorded == self.planned


@value
class _Plan:
    """A recorded plan that waits for the ledger to be where it was then: `position` events folded.

    `seen`: None where the event does not tell. `is_last`: the event's state and guard are of this one.
    """

    event: Event
    position: int
    at_ms: int
    seen: dict[str, Any] | None
    recorded: tuple[Fields, ...]
    is_last: bool


class PlansAgain:
    """Makes the plans of a journal again: hand it the events in order, and say when there are no more.

    A pass is written down when it is over, and between two of its plans the stream may have been heard. So plans wait
    until the pass is told, and are then made in the order in which they were.
    """

    def __init__(self, wanted: Wanted = ALL) -> None:
        self._wanted: Final = wanted
        self._past: Final = Past()
        self._views: Final = ViewsAgain()
        self._pending: Final[list[Event]] = []
        self._plans: Final[list[_Plan]] = []
        self._folded = 0

    def take(self, event: Event) -> Iterator[Again]:
        """Take the next event and yield the plans that can be made again now, as far as they are wanted.

        Raises StrangeEventError.
        """
        name = event["event"]
        if name == "run_started":
            yield from self.finish()
            self._views.forget()
        elif name in PLANNED:
            with as_written(event):
                self._note(event)
        self._pending.append(event)
        if name == "pass":
            yield from self.finish()

    def finish(self) -> Iterator[Again]:
        """Yield the plans that still wait; there is no event that could come before them any more."""
        for plan in sorted(self._plans, key=attrgetter("position")):
            self._fold_to(plan.position)
            if self._wanted.at(plan.at_ms):
                with as_written(plan.event):
                    again = self._made_again(plan)
                if again is not None:
                    yield again
        self._plans.clear()
        self._fold_to(self._folded + len(self._pending))

    def _note(self, event: Event) -> None:
        before = self._folded + len(self._pending)
        told = [_without_outcome(action) for action in event["actions"]]
        for one in event.get("rounds", ()):
            recorded, told = tuple(told[: one["actions"]]), told[one["actions"] :]
            is_last = one is event["rounds"][-1] and event["failure"] is None
            position, seen = before - one["back"], self._views.take(one)
            self._plans.append(
                _Plan(event=event, position=position, at_ms=one["at_ms"], seen=seen, recorded=recorded, is_last=is_last)
            )
        if "rounds" not in event:
            plan = _Plan(
                event=event, position=before, at_ms=event["at_ms"], seen=None, recorded=tuple(told), is_last=False
            )
            self._plans.append(plan)

    def _fold_to(self, position: int) -> None:
        ready = max(0, position - self._folded)
        for event in self._pending[:ready]:
            self._past.fold(event)
        del self._pending[:ready]
        self._folded += ready

    def _made_again(self, plan: _Plan) -> Again | None:
        """Return a plan made again; None: it is not wanted."""
        past = self._past
        again = Again(seq=plan.event["seq"], at_ms=plan.at_ms, version=past.version, recorded=plan.recorded)
        try:
            if plan.seen is None:
                raise NotPlannableError(f"capi {past.version} {NOT_RECORDED}")
            account, orders = past.view(plan.at_ms, plan.seen)
            if not self._concerns(account, plan):
                return None
            survey = past.survey(account, orders)
        except NotPlannableError as error:
            return replace(again, trouble=str(error))
        planned = tuple(_text_fields(action) for action in survey.actions)
        view = None
        if plan.is_last:
            told = plan.event["state"], plan.event["guard"]
            view = told, (survey.summary.state, survey.summary.guard)
        return replace(again, planned=planned, view=view)

    def _concerns(self, account: Account, plan: _Plan) -> bool:
        trade = self._wanted.trade
        if trade is None:
            return True
        held = None if account.trade is None else account.trade.decision_id
        return trade in (self._past.decision_id, held) or any(
            action.get("decision_id") == trade for action in plan.recorded
        )


def plans_again(events: Iterable[Event], wanted: Wanted = ALL) -> Iterator[Again]:
    """Yield each plan that a journal records, made again, oldest first.

    Raises StrangeEventError, and what reading the events raises.
    """
    plans = PlansAgain(wanted)
    for event in events:
        yield from plans.take(event)
    yield from plans.finish()


def _without_outcome(action: Fields) -> Fields:
    if not isinstance(action["action"], str) or not isinstance(action["rule"], str):
        raise TypeError(f"an action without a name: {action}")
    of_outcome = _OF_OUTCOME - {"code"} if action["action"] == "alert" else _OF_OUTCOME
    return {name: _text(it) for name, it in action.items() if name not in of_outcome}


def _text_fields(action: Action) -> Fields:
    return {name: _text(it) for name, it in action_fields(action).items()}


def _text(it: Any) -> Any:
    return text(it) if isinstance(it, Decimal) else it
