"""Acting upon events: the path from a fill to its stop, without a read, a disk or a wait in it.

What was told is folded into the ledger in memory, the last look is brought forward by it, and the same `plan` as in
every pass says what should exist. Of that only stops are sent. The journal is written after them: what was folded, the
request, its answer, and the whole plan, so that it can be explained and made again like that of any pass.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from capi.core.actions import PlaceOrder
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.plan import Survey
from capi.engine.execute import Executor
from capi.engine.hear import GAP, STOPS_ONLY, alerts, calls_for_pass, forward, is_protectable, news
from capi.engine.notices import Notices
from capi.engine.planned import Planned, Views
from capi.engine.recorder import Recorder
from capi.engine.report import NOT_TAKEN, Outcome, PassReport, pass_event
from capi.engine.view import assemble, stale
from capi.ports.exchange import Look
from capi.ports.streams import StreamEvent

ROUNDS_MAX: Final = 3
"""How often a stop that was not taken is planned anew before a look."""


class Hearing:
    """Takes events in. What it did waits in `take_reports` for those who are told of passes."""

    def __init__(self, recorder: Recorder, executor: Executor, notices: Notices, views: Views, config: Config) -> None:
        self._recorder: Final = recorder
        self._executor: Final = executor
        self._notices: Final = notices
        self._views: Final = views
        self._config: Final = config
        self._reports: list[PassReport] = []

    def hear(
        self,
        told: Sequence[StreamEvent],
        last: Look | None,
        decision: Decision | Unusable,
        now_ms: int,
        *,
        ends: bool,
    ) -> bool:
        """Take events in, and return whether a pass is needed now. `ends`: the run has been told to end."""
        ledger, prefix = self._recorder.ledger, self._config.id_prefix
        calls = calls_for_pass(told, last, ledger, prefix)
        if last is not None:
            protects = is_protectable(told, last, ledger, prefix, now_ms)
            look = stale(forward(last, told, ledger, now_ms), now_ms, GAP, prefix)
            shown = (one for one in last.orders if one.key in ledger.orders.unsettled)  # they were there a moment ago
            look = replace(look, orders=(*look.orders, *shown))
            for event in news(told, last, ledger, prefix, now_ms):
                self._recorder.fold(event)
            if protects:
                self._protect(look, decision, ends=ends)
            self._recorder.write()
        for at_ms, alert in alerts(told):
            self._notices.tell(alert, at_ms)
        return calls

    def take_reports(self) -> list[PassReport]:
        """Return what was done since the last call."""
        reports, self._reports = self._reports, []
        return reports

    def _protect(self, look: Look, decision: Decision | Unusable, *, ends: bool) -> None:
        """Plan on the look, and send the stops; one that was not taken is planned anew, as its refusal asks for."""
        report: PassReport | None = None
        for _ in range(ROUNDS_MAX):
            one = self._round(look, decision, ends=ends)
            if one is None:
                break
            report = one if report is None else _both(report, one)
            if not any(outcome.result in NOT_TAKEN for outcome in one.outcomes):
                break
        if report is not None:
            rounds = [self._views.told(planned, self._recorder.count) for planned in report.rounds]
            self._recorder.record(pass_event(report, rounds, "heard"))
            self._reports.append(report)

    def _round(self, look: Look, decision: Decision | Unusable, *, ends: bool) -> PassReport | None:
        """Plan and send once; None when no stop is wanted."""
        ledger = self._recorder.ledger
        account, orders = assemble(look, ledger)
        if ends:
            account = replace(account, ends=True)
        survey = Survey(decision, account, orders, self._config)
        if not any(_is_stop(action) for action in survey.actions):
            return None
        planned = Planned(
            look=look,
            folded=self._recorder.count,
            unknown=tuple(order for order in look.orders if order.key not in ledger.orders.by_key),
            naked_since_ms=account.naked_since_ms,
            ends=ends,
            actions=len(survey.actions),
        )
        outcomes: list[Outcome] = []
        for action in survey.actions:
            if _is_stop(action):
                outcomes += self._executor.carry_out([action], look.now_ms)
            else:
                outcomes.append(Outcome(action=action, result="held", message=STOPS_ONLY))
        return PassReport(
            at_ms=look.now_ms,
            decision=decision,
            state=survey.summary.state,
            guard=survey.summary.guard,
            account=account,
            orders=orders,
            outcomes=tuple(outcomes),
            gaps=look.gaps,
            safe_mode=ledger.safe_mode,
            survey=survey,
            rounds=(planned,),
            finished=False,
        )


def _both(first: PassReport, second: PassReport) -> PassReport:
    return replace(second, outcomes=first.outcomes + second.outcomes, rounds=first.rounds + second.rounds)


def _is_stop(action: object) -> bool:
    return isinstance(action, PlaceOrder) and action.role == "sl"
