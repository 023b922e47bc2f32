"""One pass: decision → look → plan → act → journal, over ports alone.

The pass never looks back: what the last one asked for is seen, or it is not. It converges by being run again. When a
stop was refused or left unanswered it looks and plans again at once, a few times at most, so that the fallback goes out
in the same pass.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful
from returns.result import Result as ExchangeResult

from capi import __version__
from capi.core.actions import Alert, Level
from capi.core.config import Config
from capi.core.errors import ExchangeError, NotAuthorised
from capi.core.orders import Order
from capi.core.plan import Survey
from capi.core.units import ZERO
from capi.core.value import changed
from capi.engine import events
from capi.engine.attempt import Failed
from capi.engine.current_decision import CurrentDecision
from capi.engine.elsewhere import Elsewhere
from capi.engine.execute import Executor
from capi.engine.failures import Failures
from capi.engine.guard_notes import GuardNotes, is_stop
from capi.engine.hear import Heard
from capi.engine.hearing import Hearing
from capi.engine.ledger import Ledger
from capi.engine.notices import RULE, Notices, unwritable
from capi.engine.observe import EQUITY_EVERY_MS, changes
from capi.engine.planned import Planned, Views
from capi.engine.recall import Recall
from capi.engine.reconcile import Reconciliations
from capi.engine.recorder import Recorder
from capi.engine.report import NOT_TAKEN, Outcome, PassReport, pass_event
from capi.engine.settled import is_flat
from capi.engine.silence import Silence
from capi.engine.view import asked, assemble, stale
from capi.ports.alerts import Alerts, Delivery
from capi.ports.clock import Clock
from capi.ports.decisions import DecisionSource, Received
from capi.ports.exchange import Exchange, Look
from capi.ports.inbox import BY_ITSELF, Given
from capi.ports.journal import Journal
from capi.ports.past import PastSource, TransferTeller
from capi.ports.streams import StreamEvent

ROUNDS_MAX: Final = 3
"""Looks in one pass at most."""


class Engine:
    """Runs passes. Call `start` once, then `run_pass` as often as needed, then `end`."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        decisions: DecisionSource,
        journal: Journal,
        alerts: Alerts,
        clock: Clock,
        config: Config,
        reconcile_ms: int,
        collect_bounds: bool = False,
        sends: bool = True,
        past: PastSource | None = None,
        transfers: TransferTeller | None = None,
    ) -> None:
        """`collect_bounds`: each report's survey will be asked for its bounds, so they are collected while planning.

        `sends`: False holds every request: the plan is journalled, and nothing is sent.

        `past`: tells a ledger that knows no day what was before; None: nothing was, the account is new.

        `transfers`: has looks tell of money moved; None: nobody moves any.
        """
        self._exchange: Final = exchange
        self._journal: Final = journal
        self._clock: Final = clock
        self._config: Final = config
        self._collect_bounds: Final = collect_bounds
        self.ledger: Final = Ledger()
        self._recorder: Final = Recorder(journal, self.ledger)
        self._notices: Final = Notices(alerts, self._recorder)
        self._elsewhere: Final = Elsewhere(self._notices, self.ledger, config.id_prefix, config.recv_window_ms)
        self._failures: Final = Failures(self._recorder, self._notices)
        self._decided: Final = CurrentDecision(decisions, self._failures, self._recorder)
        self._guard: Final = GuardNotes(self._recorder, config)
        self._recall: Final = Recall(past, self._recorder, self._notices, config.id_prefix)
        self._transfers: Final = transfers
        self._silence: Final = Silence(exchange, clock, self._notices, self._recorder)
        self._executor: Final = Executor(
            exchange, self._recorder, self._notices, clock, self._silence, self._elsewhere, sends=sends
        )
        self.reconciliations: Final = Reconciliations(reconcile_ms)
        self._last_look: Look | None = None
        self._is_winding_down = False
        self._views: Final = Views()
        self.is_called = False
        """Whether something was told, since the last pass began, that calls for another one at once."""
        self._heard: Final = Heard()
        self._hearing: Final = Hearing(self._recorder, self._executor, self._notices, self._views, config)
        self._last_likeness: tuple[object, ...] | None = None  # of the last pass

    def start(self) -> None:
        """Fold the journal: the ledger is again what it was. Raises what reading the journal raises."""
        self.ledger.replay(self._journal.events())
        self._recorder.record(events.run_started(self._clock.now_ms(), version=__version__, config=self._config))
        self._elsewhere.begin(self._clock.now_ms())
        if self._transfers is not None:
            self._transfers.tell_transfers(self.ledger.transfers_count_from(self._clock.now_ms()))

    def end(self, reason: str) -> None:
        """Record that the run ended in order."""
        self._recorder.record(events.run_ended(self._clock.now_ms(), reason=reason))

    def wind_down(self) -> None:
        """From now on open nothing and take the own entry down, for as long as this run lasts; guarding goes on."""
        self._is_winding_down = True

    def pause(self, reason: str, order: Given = BY_ITSELF) -> None:
        """Close the entry gates until `resume`; guarding goes on."""
        self._recorder.record(events.paused(self._clock.now_ms(), reason=reason, given=order))

    def resume(self, reason: str, order: Given = BY_ITSELF) -> None:
        """End pause and safe mode."""
        self._recorder.record(events.resumed(self._clock.now_ms(), reason=reason, given=order))

    def flatten(self, reason: str, order: Given = BY_ITSELF) -> None:
        """Leave the position, take the entry down, and enter nothing until `resume`; survives a restart."""
        self._recorder.record(events.flatten(self._clock.now_ms(), reason=reason, given=order))

    def note_account(self, alias: str) -> None:
        """Remember whose account the ledger is of; once it is known, nothing changes it."""
        if self.ledger.account_alias is None:
            self._recorder.record(events.account(self._clock.now_ms(), alias=alias))

    def tell(self, level: Level, code: str, reason: str) -> None:
        """Tell the operator something of the run itself."""
        self._notices.tell(Alert(level=level, code=code, rule=RULE, reason=reason), self._clock.now_ms())

    def pass_failed(self, failed: Failed) -> PassReport:
        """Record and tell that a pass raised; return a report that says so."""
        now = self._clock.now_ms()
        return replace(self._nothing_seen(now, self._failures.note(failed, now)), finished=False)

    @property
    def forgets(self) -> bool:
        """Return whether a restart would forget something, because the journal cannot be written."""
        return self._recorder.is_behind

    @property
    def failures(self) -> int:
        """Return how many passes in a row have raised."""
        return self._failures.in_a_row

    @property
    def has_new_decision(self) -> bool:
        """Return whether another decision came than the one that the last pass had."""
        return self._decided.has_another(self._clock.now_ms())

    def announce(self, level: Level, code: str, reason: str) -> None:
        """Tell the operator a piece of news: each one is recorded, however soon it follows another."""
        alert = Alert(level=level, code=code, rule=RULE, reason=reason)
        self._notices.tell(alert, self._clock.now_ms(), is_news=True)

    def note_delivery(self, delivery: Delivery) -> None:
        """Record what became of an alert."""
        self._recorder.record(events.notification(self._clock.now_ms(), delivery))

    @property
    def mark_price(self) -> Decimal | None:
        """Return the mark price of the last look, in USDT; None before the first and when it is not known."""
        return None if self._last_look is None else self._last_look.market.mark

    @property
    def received(self) -> Received:
        """Return the decision in force as it came, under the id that it goes by; unusable before the first pass."""
        return self._decided.received

    @property
    def sample_due_ms(self) -> int:
        """Return when the next sample of equity is due: at once while there is none."""
        last = self.ledger.equity_at_ms
        return 0 if last is None else last + EQUITY_EVERY_MS

    def sample(self, at_ms: int, equity: Decimal, wallet: Decimal) -> None:
        """Record the account's equity and wallet in USDT, where a pass that would find nothing else is left out."""
        self._recorder.record(events.equity(at_ms, equity=equity, wallet=wallet))

    def glance(self) -> ExchangeResult[Look, ExchangeError]:
        """Look as a pass does, and neither record nor do anything: for what has to be known before the first one."""
        ledger = self.ledger
        return self._exchange.look(
            asked=asked(ledger), fills_after=ledger.fills_cursor, fundings_after=ledger.fundings_cursor
        )

    def run_pass(self) -> PassReport:
        """Run one pass and return what it saw, planned and did. Raises nothing that the outside can cause."""
        self.is_called = False
        self._decided.read(self._clock.now_ms())
        report = self._round()
        earlier: tuple[Outcome, ...] = ()
        rounds = report.rounds
        for _ in range(1, ROUNDS_MAX):
            if not any(outcome.result in NOT_TAKEN and is_stop(outcome) for outcome in report.outcomes):
                break
            earlier += report.outcomes
            report = self._round()
            rounds += report.rounds
        if earlier:
            report = replace(report, outcomes=earlier + report.outcomes, rounds=rounds)
        return self._settle(report)

    def hear(self, told: Sequence[StreamEvent]) -> bool:
        """Take what the exchange told by itself, and place the stop that it calls for, at once: nothing is read.

        Return whether a pass is needed now. May be called while a look waits for its reads, never while a request is
        under way. Raises nothing that the outside can cause.
        """
        now, last = self._clock.now_ms(), self._last_look
        self._heard.take(told, last, self._config.id_prefix)
        calls = self._hearing.hear(told, last, self._decided.value, now, ends=self._is_winding_down)
        self.is_called = self.is_called or calls
        return calls

    def take_heard(self) -> list[PassReport]:
        """Return what was done upon events since the last call: what was seen, planned and sent, as of a pass."""
        return self._hearing.take_reports()

    def _round(self) -> PassReport:
        """Look, plan and act once."""
        look = self._look()
        if isinstance(look, str):
            return self._nothing_seen(self._clock.now_ms(), look)
        account, orders = assemble(look, self.ledger)
        folded, unknown = self._recorder.count, self._unknown_to_ledger(look)
        if self._is_winding_down:
            account = replace(account, ends=True)
        if account.trade is None and account.naked_since_ms is None and look.position.qty != ZERO:
            # A new position is naked nearly always: surveyed as such, and once. Where it is not, it is derived anew.
            account = changed(account, naked_since_ms=look.now_ms)
        survey = Survey(self._decided.value, account, orders, self._config, collect=self._collect_bounds)
        told = survey.summary
        survey = survey.with_account(self._guard.of_view(survey, look, look.now_ms))
        outcomes = self._executor.carry_out(survey.actions, look.now_ms)
        self._guard.of_answers(look, outcomes, self._decided.value)
        planned = Planned(
            look=look,
            folded=folded,
            unknown=unknown,
            naked_since_ms=survey.account.naked_since_ms,
            ends=survey.account.ends,
            actions=len(outcomes),
        )
        return PassReport(
            at_ms=look.now_ms,
            decision=self._decided.value,
            state=told.state,
            guard=told.guard,
            account=survey.account,
            orders=orders,
            outcomes=tuple(outcomes),
            gaps=look.gaps,
            survey=survey,
            rounds=(planned,),
        )

    def _nothing_seen(self, at_ms: int, why: str) -> PassReport:
        return PassReport(
            at_ms=at_ms,
            decision=self._decided.value,
            state=None,
            guard=None,
            account=None,
            orders=(),
            outcomes=(),
            failure=why,
        )

    def _unknown_to_ledger(self, look: Look) -> tuple[Order, ...]:
        known = self.ledger.orders.by_key
        return tuple(order for order in look.orders if order.key not in known)

    def _look(self) -> Look | str:
        """Look and fold what changed; when the look failed, what is left to go by, or why there is nothing."""
        ledger, result = self.ledger, self.glance()
        if not is_successful(result):
            return self._look_failed(result.failure())
        look = self._recall.into(result.unwrap())
        self._elsewhere.check(look)
        contradiction = self._heard.gap(look)
        if contradiction is not None:
            look = replace(look, gaps=(*look.gaps, contradiction))
        for event in changes(look, ledger, self._config, periods=not self._recall.is_pending):
            self._recorder.record(event)
            self._notices.tell_of_foreign_fill(event, look.now_ms)
        self._last_look = look
        return look

    def _look_failed(self, error: ExchangeError) -> Look | str:
        now, why = self._clock.now_ms(), f"{type(error).__name__}: {error.message}"
        if isinstance(error, NotAuthorised):
            self._notices.stop_entries(f"the look was refused with code {error.code}: {error.message}", now)
        reason = f"the account could not be read ({why})"
        if self._silence.reason is None:  # a silence is told once, for all that it stops
            self._notices.tell(Alert(level="ERROR", code="look_failed", rule=RULE, reason=reason), now)
        if self._last_look is None:
            return reason
        return stale(self._last_look, now, f"the look failed: {why}", self._config.id_prefix)

    def _settle(self, report: PassReport) -> PassReport:
        """Write the pass down when it differs from the last one or sent something; say when nothing can be written."""
        self._failures.note_success()
        self._silence.note()
        if report.safe_mode != self.ledger.safe_mode:
            report = replace(report, safe_mode=self.ledger.safe_mode)
        likeness = report.likeness
        if report.is_eventful or likeness != self._last_likeness:
            rounds = [self._views.told(planned, self._recorder.count) for planned in report.rounds]
            self._recorder.record(pass_event(report, rounds))
        self._last_likeness = likeness
        if self.ledger.flatten is not None and is_flat(report, self.ledger):
            self._recorder.record(events.flattened(report.at_ms))
            self.tell("WARNING", "flattened", "flat is confirmed, as the operator wanted; no entries until capi resume")
        reconciled = self.reconciliations.of(report)
        if reconciled is not None:
            self._recorder.record(reconciled)
        failure = self._recorder.catch_up()
        if failure is not None:
            self._notices.tell(unwritable(failure), report.at_ms)
        return report
