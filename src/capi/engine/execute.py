"""Carry out a plan's actions in order, and record what came of each.

An entry's intent is on the disk before the entry is sent: a crash in between leaves a question, never a second order.
Stops, cancels and exits go out first and are written after: no disk holds them up. Nothing is retried here: what was
refused or not answered is seen by the next look, and planned anew.
"""

from collections.abc import Iterable
from functools import partial
from typing import Final, assert_never

from returns.pipeline import is_successful

from capi.core.actions import (
    Action,
    AdoptPosition,
    Alert,
    ArmDeadMan,
    CancelOrder,
    CloseTrade,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    Refuse,
    SetLeverage,
    SetMarginMode,
    UpdateTrade,
)
from capi.core.errors import OutcomeUnknown, meaning_of, reaction_to
from capi.core.orders import OrderKey
from capi.core.value import value
from capi.engine import events
from capi.engine.action_fields import action_name
from capi.engine.answers import Answer, echo_fault, no, yes
from capi.engine.attempt import Failed, attempt
from capi.engine.elsewhere import Elsewhere
from capi.engine.ledger import Ledger
from capi.engine.notices import RULE, Notices
from capi.engine.recorder import Recorder
from capi.engine.report import Outcome
from capi.engine.silence import Silence
from capi.engine.summary import summarise, trade_closed
from capi.ports.clock import Clock
from capi.ports.exchange import Exchange, Request

NOTHING_IS_SENT: Final = "nothing is sent in this run"
_CANCEL_LOST_ITS_RACE: Final = frozenset({"not_open", "not_found", "triggering"})
"""Refusals of a cancel that say the order is over or firing: the next look asks."""
CANCEL_AGAIN_MS: Final = 2000
"""How long after such a refusal the same cancel is held. Looks that cannot tell of the order would repeat it in each
pass, out of the weight that is kept for protection."""

SETTING_TRIES_MAX: Final = 3
SETTING_AGAIN_MS: Final = 60_000
"""A setting that is refused so often the same way is asked for once a minute, as an entry is (core.circuit): what
forbids it, an order of somebody else say, may stay for hours."""


@value
class _Refused:
    """A setting that was refused, how often the same way, and when last."""

    request: Request
    code: int | None
    count: int
    at_ms: int

    @classmethod
    def again(cls, before: "_Refused | None", request: Request, answer: Answer) -> "_Refused":
        """Return what is known after another refusal."""
        count = before.count if before is not None and (before.request, before.code) == (request, answer.code) else 0
        return cls(request=request, code=answer.code, count=count + 1, at_ms=answer.at_ms)


class Executor:
    """Sends what a plan wants and records what it says."""

    def __init__(
        self,
        exchange: Exchange,
        recorder: Recorder,
        notices: Notices,
        clock: Clock,
        silence: Silence,
        elsewhere: Elsewhere,
        *,
        sends: bool = True,
    ) -> None:
        """`sends`: False holds every request, so that what would be sent can be seen and nothing is."""
        self._exchange: Final = exchange
        self._sends: Final = sends
        self._recorder: Final = recorder
        self._notices: Final = notices
        self._clock: Final = clock
        self._silence: Final = silence
        self._elsewhere: Final = elsewhere
        self._lost_races: dict[OrderKey, int] = {}  # when the cancel of an order was last answered so
        self._refused_settings: dict[type[Request], _Refused] = {}

    def carry_out(self, actions: Iterable[Action], seen_at_ms: int) -> list[Outcome]:
        """Carry the actions out in order; `seen_at_ms` is the time of the look that they were planned on."""
        outcomes: list[Outcome] = []
        for action in actions:
            outcomes.append(self._one(action, seen_at_ms, outcomes))
        return outcomes

    def _one(self, action: Action, seen_at_ms: int, before: list[Outcome]) -> Outcome:
        if isinstance(action, Request):
            held = self._why_not_sent(action) if self._sends else NOTHING_IS_SENT
            if held is not None:
                return Outcome(action=action, result="held", message=held)
        match action:
            case PlaceOrder():
                return self._place(action, before)
            case CancelOrder() | SetLeverage() | SetMarginMode() | ArmDeadMan():
                return self._request(action)
            case Alert():
                self._notices.tell(action, seen_at_ms)
            case EnterSafeMode():
                self._notices.enter_safe_mode(action, seen_at_ms)
            case OpenTrade():
                self._recorder.record(events.trade_opened(seen_at_ms, action))
            case AdoptPosition():
                self._recorder.record(events.trade_adopted(seen_at_ms, action))
            case UpdateTrade():
                self._recorder.record(events.trade_updated(seen_at_ms, action))
            case CloseTrade():
                self._close(action, seen_at_ms)
            case Refuse():
                pass  # told by the pass's own event
            case _:
                assert_never(action)
        return Outcome(action=action, result="recorded")

    def _close(self, action: CloseTrade, at_ms: int) -> None:
        record = self._ledger.trades.open
        if record is not None:
            reason = "liquidation" if record.flows.liquidated else action.exit_reason
            settled = summarise(self._ledger, record, reason, at_ms)
            self._recorder.record(trade_closed(at_ms, settled))

    @property
    def _ledger(self) -> Ledger:
        return self._recorder.ledger

    # requests

    def _why_not_sent(self, request: Request) -> str | None:
        """Return why a request is not attempted at all."""
        held = self._silence.reason or self._elsewhere.why_left(request)
        if held is None and isinstance(request, CancelOrder) and request.key in self._lost_races:
            age_ms = self._clock.now_ms() - self._lost_races[request.key]
            if 0 <= age_ms < CANCEL_AGAIN_MS:
                return f"it was not open {age_ms} ms ago: a look has to tell what became of it"
        return held or self._why_not_set(request)

    def _why_not_set(self, request: Request) -> str | None:
        """Return why a setting is not asked for again: it was refused the same way three times within a minute."""
        refused = self._refused_settings.get(type(request))
        if refused is None or refused.request != request or refused.count < SETTING_TRIES_MAX:
            return None
        age_ms = self._clock.now_ms() - refused.at_ms
        if not 0 <= age_ms < SETTING_AGAIN_MS:
            return None
        return f"refused {refused.count} times with code {refused.code}; tried again a minute after the last time"

    def _place(self, order: PlaceOrder, before: list[Outcome]) -> Outcome:
        held = self._why_held(order, before)
        if held is not None:
            return Outcome(action=order, result="held", message=held)
        if order.role == "entry" and not self._recorder.record_ahead(events.intent(self._clock.now_ms(), order)):
            return Outcome(action=order, result="held", message="its intent could not be written to the journal")
        return self._request(order)

    def _why_held(self, order: PlaceOrder, before: list[Outcome]) -> str | None:
        """Entries and targets wait out a throttle; an entry also waits for what this pass left in doubt."""
        if order.role in ("sl", "exit"):
            return None
        until_ms = self._ledger.throttled_until_ms
        if self._clock.now_ms() < until_ms:
            return f"the exchange throttles requests until {until_ms} ms"
        if order.role == "entry":
            doubtful = next((one for one in before if _is_doubtful(one)), None)
            if doubtful is not None and isinstance(doubtful.action, PlaceOrder):
                return f"{doubtful.action.client_order_id} is {doubtful.result} in this pass"
        return None

    def _request(self, request: Request) -> Outcome:
        """Send one request, then record both it and its answer."""
        answer = self._send(request)
        if answer.result != "ack":
            self._react_to_refusal(request, answer)
        elif isinstance(request, ArmDeadMan):
            self._recorder.record(events.dead_man(answer.at_ms, request))
        elif isinstance(request, SetLeverage | SetMarginMode):
            self._refused_settings.pop(type(request), None)
        elif isinstance(request, PlaceOrder) and answer.order is not None:
            fault = echo_fault(request, answer.order)
            if fault is not None:
                return self._take_down(request, fault, answer.at_ms)
        return Outcome(action=request, result=answer.result, code=answer.code, message=answer.message)

    def _send(self, request: Request) -> Answer:
        """Send one request and record it with its answer. One that ended in an exception may have gone out."""
        sent_at_ms = self._clock.now_ms()
        result = attempt(partial(self._exchange.act, request))
        if isinstance(result, Failed):
            answer = no(OutcomeUnknown(message=result.sentence), self._clock.now_ms())
        else:
            answer = yes(result.unwrap()) if is_successful(result) else no(result.failure(), self._clock.now_ms())
        self._recorder.record(events.sent(sent_at_ms, request))
        self._recorder.record(answer.event(request))
        if isinstance(result, Failed):
            why = f"{action_name(request)} failed ({result.sentence}): what became of it is asked; report it"
            self._notices.tell(Alert(level="CRITICAL", code="request_failed", rule=RULE, reason=why), answer.at_ms)
        return answer

    def _take_down(self, order: PlaceOrder, fault: str, at_ms: int) -> Outcome:
        """Cancel an order that the exchange took as something else than was sent."""
        self._notices.tell(Alert(level="CRITICAL", code="echo_differs", rule=RULE, reason=fault), at_ms)
        self._request(CancelOrder(client_order_id=order.client_order_id, kind=order.kind, rule=RULE, reason=fault))
        return Outcome(action=order, result="rejected", message=fault)

    def _react_to_refusal(self, request: Request, answer: Answer) -> None:
        """Say what no rule can see: refusals of orders are in the next view, those of anything else are not."""
        if answer.result == "not_authorised" or reaction_to(answer.code) == "safe_mode":
            why = f"{action_name(request)} was refused with code {answer.code}: {answer.message}"
            self._notices.stop_entries(why, answer.at_ms)
        if isinstance(request, PlaceOrder) or answer.result == "unknown":
            return
        if isinstance(request, CancelOrder) and meaning_of(answer.code) in _CANCEL_LOST_ITS_RACE:
            recent = {key: at for key, at in self._lost_races.items() if answer.at_ms - at < CANCEL_AGAIN_MS}
            self._lost_races = recent | {request.key: answer.at_ms}
            return
        if isinstance(request, SetLeverage | SetMarginMode) and answer.result == "rejected":
            before = self._refused_settings.get(type(request))
            self._refused_settings[type(request)] = _Refused.again(before, request, answer)
        name = action_name(request)
        why = f"{name} was not carried out ({answer.result}, code {answer.code}): {answer.message}"
        self._notices.tell(Alert(level="WARNING", code=f"{name}_refused", rule=RULE, reason=why), answer.at_ms)


def _is_doubtful(outcome: Outcome) -> bool:
    """Whether an order of this pass leaves open what an entry builds on: a stop not taken, an entry not answered."""
    if not isinstance(outcome.action, PlaceOrder):
        return False
    if outcome.action.role == "sl":
        return outcome.result != "ack"
    return outcome.action.role == "entry" and outcome.result not in ("ack", "held")
