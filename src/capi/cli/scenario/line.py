"""The way to the exchange on a bad day: the faults of a scenario stand between the engine and the exchange's truth.

A fault stays inside what the exchange can do. What it hides or delays is still on the books, by which checks judge.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from returns.result import Failure, Result

from capi.adapters.paper.exchange import PaperExchange
from capi.cli.scenario.model import Fault, Subject
from capi.cli.scenario.sight import Sight, replaced
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, Role, SetLeverage
from capi.core.errors import (
    ClockSkewed,
    ExchangeError,
    NotAuthorised,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from capi.core.ids import parse_order_id
from capi.core.orders import OrderKey
from capi.ports.exchange import Ack, Look, Request

T = TypeVar("T")


class ProcessEnded(BaseException):
    """The process ended at a request."""


class Line:
    """`ports.exchange.Exchange` over the simulated one. `happened` counts how often each fault did."""

    def __init__(
        self,
        exchange: PaperExchange,
        faults: Sequence[Fault],
        start_ms: int,
        id_prefix: str,
        tell: Callable[[str], None],
    ) -> None:
        """`tell` is told each fault as it happens, in a sentence."""
        self._exchange: Final = exchange
        self._faults: Final = faults
        self._start_ms: Final = start_ms
        self._prefix: Final = id_prefix
        self._tell: Final = tell
        self._met: Final = [0] * len(faults)
        self.happened: Final = [0] * len(faults)
        self._late: list[tuple[int, Request]] = []
        self._sight: Final = Sight(faults, id_prefix)
        self._silent_until_ms = 0

    # the port

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Look, as far as the faults let through what there is to see."""
        if (silent := self.silent_until_ms()) is not None:
            return Failure(Throttled(silent, "The exchange asked for silence."))
        active = [index for index, fault in enumerate(self._faults) if self._befalls(index, fault, "look", None)]
        for index in active:
            error = self._error(self._faults[index])
            if error is not None:
                self._note(index, f"the look fails: {error.message}")
                return Failure(error)
        result = self._exchange.look(asked=asked, fills_after=fills_after, fundings_after=fundings_after)
        return result.map(lambda look: self._seen(look, active))

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request, or what a fault makes of it."""
        subject, role = self._subject(request)
        befallen = [index for index, fault in enumerate(self._faults) if self._befalls(index, fault, subject, role)]
        if not befallen:
            return self._exchange.act(request)
        index, fault = befallen[0], self._faults[befallen[0]]
        self._note(index, _TOLD[fault.what].format(subject=subject, code=fault.code, seconds=fault.for_ms / 1000))
        if fault.what in ("crash_after", "lost", "done_but_refused"):
            self._exchange.act(request)
        if fault.what in ("crash_before", "crash_after"):
            raise ProcessEnded
        if fault.what == "late":
            self._late.append((self._exchange.now_ms() + fault.for_ms, request))
        if fault.what == "echo":
            return self._exchange.act(request).map(lambda ack: _echoed(ack, fault.shows))
        error = self._error(fault)
        return Failure(OutcomeUnknown("No answer came in time.") if error is None else error)

    def silent_until_ms(self) -> int | None:
        """Return until when the exchange wants to hear nothing."""
        return self._silent_until_ms if self._exchange.now_ms() < self._silent_until_ms else None

    # what comes late

    @property
    def due_ms(self) -> int | None:
        """Return when the next request that was held up reaches the exchange."""
        return min((at_ms for at_ms, _ in self._late), default=None)

    def deliver(self) -> None:
        """Carry out what reaches the exchange by now; its answer is lost."""
        now_ms = self._exchange.now_ms()
        due = [request for at_ms, request in self._late if at_ms <= now_ms]
        self._late = [(at_ms, request) for at_ms, request in self._late if at_ms > now_ms]
        for request in due:
            self._tell("a request that was held up reaches the exchange")
            self._exchange.act(request)

    # which fault, and what it says

    def _befalls(self, index: int, fault: Fault, subject: Subject, role: Role | None) -> bool:
        if fault.on != subject or (fault.role is not None and subject == "cancel" and fault.role != role):
            return False
        if fault.from_ms is not None:
            since_ms = self._exchange.now_ms() - self._start_ms
            if not fault.from_ms <= since_ms < fault.until_ms:
                return False
        self._met[index] += 1
        if fault.from_ms is not None and fault.times == 1:
            return True
        return fault.nth <= self._met[index] < fault.nth + fault.times

    def _subject(self, request: Request) -> tuple[Subject, Role | None]:
        match request:
            case PlaceOrder():
                return request.role, request.role
            case CancelOrder():
                owner = parse_order_id(self._prefix, request.client_order_id)
                return "cancel", None if owner is None else owner.role
            case SetLeverage():
                return "leverage", None
            case ArmDeadMan():
                return "dead_man", None
            case _:
                return "margin_mode", None

    def _error(self, fault: Fault) -> ExchangeError | None:
        match fault.what:
            case "refused" | "done_but_refused":
                return Rejected(fault.code, fault.message or "Refused by the scenario.")
            case "unreachable":
                return Unavailable(fault.message or "The connection was never made.")
            case "throttled":
                self._silent_until_ms = self._exchange.now_ms() + fault.for_ms
                return Throttled(self._silent_until_ms, fault.message or "Too many requests.")
            case "clock":
                return ClockSkewed(fault.message or "Timestamp for this request is outside of the recvWindow.")
            case "no_permission":
                return NotAuthorised(fault.code, fault.message or "Invalid API-key, IP, or permissions for action.")
            case "lost" | "timeout" | "late":
                return OutcomeUnknown(fault.message or "No answer came in time.")
            case _:
                return None

    def _seen(self, look: Look, active: Sequence[int]) -> Look:
        self._sight.pass_by(look, active)
        for index in active:
            changed = self._sight.changed(look, index)
            if changed != look and not self.happened[index]:
                fault = self._faults[index]
                self._tell(_SEEN[fault.what].format(part=fault.part, shows=dict(fault.shows)))
            self.happened[index] += changed != look
            look = changed
        return look

    def _note(self, index: int, sentence: str) -> None:
        self.happened[index] += 1
        self._tell(sentence)


_SEEN: Final = {
    "shows": "looks show {shows}",
    "lacks": "looks cannot read {part}, and say so",
    "hides": "looks do not show {part}",
    "freezes": "looks show {part} as before",
}
_TOLD: Final = {
    "refused": "{subject} is refused with {code}",
    "done_but_refused": "{subject} is carried out, and refused all the same with {code}",
    "lost": "{subject} is carried out, and the answer is lost",
    "timeout": "{subject} gets no answer, and was not carried out",
    "late": "{subject} gets no answer, and is carried out {seconds:g} s later",
    "unreachable": "{subject} cannot be sent: no connection",
    "throttled": "{subject} is refused: the exchange asks for {seconds:g} s of silence",
    "clock": "{subject} is refused: the timestamp is outside the window",
    "no_permission": "{subject} is refused with {code}: no permission",
    "echo": "{subject} is taken as something else than was sent",
    "crash_before": "the process ends before {subject} is sent",
    "crash_after": "the process ends after {subject} was carried out",
}


def _echoed(ack: Ack, shows: Mapping[str, Any]) -> Ack:
    return ack if ack.order is None else replace(ack, order=replaced(ack.order, shows))
