"""What an answer means for the ledger: the exchange's yes, no or silence as an outcome and as an event.

What was surely not executed is recorded as a refusal with a code of the same meaning, so that its id is spent and the
next pass reacts by the table in `core.errors`.
"""

from typing import Final, assert_never

from capi.core.actions import PlaceOrder
from capi.core.errors import (
    ClockSkewed,
    ExchangeError,
    NotAuthorised,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    meaning_of,
)
from capi.core.orders import Order
from capi.core.value import value
from capi.engine import events
from capi.engine.action_fields import Fields
from capi.engine.report import Result
from capi.ports.exchange import Ack, Request

THROTTLED_CODE: Final = -1003
UNAVAILABLE_CODE: Final = -1008
CLOCK_CODE: Final = -1021


@value
class Answer:
    """One answer, told in the ledger's terms. `until_ms`: throttled until then."""

    at_ms: int
    result: Result
    order: Order | None = None
    code: int | None = None
    message: str = ""
    until_ms: int | None = None

    def event(self, request: Request) -> Fields:
        """Return the event that records it."""
        return events.answered(
            self.at_ms,
            request,
            outcome=self.result,
            order=self.order,
            code=self.code,
            message=self.message,
            until_ms=self.until_ms,
        )


def yes(ack: Ack) -> Answer:
    """Return what a clear yes says."""
    return Answer(at_ms=ack.at_ms, result="ack", order=ack.order)


def no(error: ExchangeError, at_ms: int) -> Answer:
    """Return what anything but a clear yes says. A setting that is so already is a yes."""
    match error:
        case Rejected(code=code, message=message):
            if meaning_of(code) == "already_so":
                return Answer(at_ms=at_ms, result="ack", code=code, message=message)
            return Answer(at_ms=at_ms, result="rejected", code=code, message=message)
        case Throttled(until_ms=until_ms, message=message, code=given):
            code = THROTTLED_CODE if given is None or meaning_of(given) != "throttled" else given
            return Answer(at_ms=at_ms, result="throttled", code=code, message=message, until_ms=until_ms)
        case Unavailable(message=message):
            return Answer(at_ms=at_ms, result="unavailable", code=UNAVAILABLE_CODE, message=message)
        case ClockSkewed(message=message):
            return Answer(at_ms=at_ms, result="clock_skewed", code=CLOCK_CODE, message=message)
        case NotAuthorised(code=code, message=message):
            return Answer(at_ms=at_ms, result="not_authorised", code=code, message=message)
        case OutcomeUnknown(message=message):
            return Answer(at_ms=at_ms, result="unknown", message=message)
        case _:
            assert_never(error)


def echo_fault(request: PlaceOrder, echo: Order) -> str | None:
    """Return how the order that the exchange took differs in what must not differ; None when it does not.

    Its quantity may be less (reduce-only orders are cut to the position). What a closePosition stop echoes as
    reduce-only is not settled by any source, so it is not judged.
    """
    if echo.side != request.side:
        return f"{request.client_order_id} was sent as {request.side} and taken as {echo.side}"
    if not request.close_position and echo.reduce_only != request.reduce_only:
        sent, taken = str(request.reduce_only).lower(), str(echo.reduce_only).lower()
        return f"{request.client_order_id} was sent with reduce_only {sent} and taken with {taken}"
    return None
