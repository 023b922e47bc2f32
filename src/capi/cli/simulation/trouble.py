"""What can go wrong between the engine and the exchange, as values; and a script of it for scenarios.

Each is something that the exchange or a network does (binance-usdm facts, sections 3.4, 4, 5 and 8). None can lose an
order for ever that was taken, or invent one that was not sent: no engine could survive that.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from capi.core.actions import PlaceOrder, Role
from capi.core.errors import (
    ExchangeError,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from capi.core.value import value
from capi.ports.exchange import Request

Arrival = Literal["now", "late", "never"]
"""Whether the exchange carries a request out: as it comes, after we gave up on it, or not at all."""
Missing = Literal["plain", "algo", "fills", "position", "money", "prices"]
"""A part of a look that could not be read."""

OVERLOAD_MS: Final = 1000
"""For how long -1008 holds back what it does not exempt, as the adapter reads it."""


@value
class RequestTrouble:
    """What goes wrong with one request. `answer`: what the engine is told; None: the exchange's own words."""

    kind: str
    arrives: Arrival = "never"
    answer: ExchangeError | None = None
    late_ms: int = 0  # of a late one: after it was sent
    takes_ms: int = 0  # until the engine has its answer, or gives up waiting
    silence_ms: int = 0  # that the exchange asks for
    again_ms: int | None = None  # so long after its arrival a copy arrives, and the answer is that of the copy
    guarded: bool = False  # the copy of a closePosition stop is refused because one rests, not because of its id


@value
class LookTrouble:
    """What goes wrong with one look. A part that lags is shown as it was so many milliseconds ago."""

    kinds: tuple[str, ...]
    failure: ExchangeError | None = None
    takes_ms: int = 0
    plain_lag_ms: int = 0
    algo_lag_ms: int = 0
    fills_lag_ms: int = 0
    position_lag_ms: int = 0
    missing: frozenset[Missing] = frozenset()
    silence_ms: int = 0
    unasked: bool = False  # single conditional orders cannot be asked about either


class Troubles(Protocol):
    """Asked once for each request and each look."""

    def on_request(self, request: Request) -> RequestTrouble | None:
        """Return what goes wrong with this request, or None."""
        ...

    def on_look(self) -> LookTrouble | None:
        """Return what goes wrong with the look that begins now, or None."""
        ...


class NoTroubles:
    """A good day."""

    def on_request(self, request: Request) -> RequestTrouble | None:
        """Return None."""
        return None

    def on_look(self) -> LookTrouble | None:
        """Return None."""
        return None


NO_TROUBLES: Final = NoTroubles()


@dataclass(slots=True)
class _Line:
    trouble: RequestTrouble
    role: Role | None
    skip: int
    times: int

    def concerns(self, request: Request) -> bool:
        """Return whether this line of the script is about such a request."""
        return self.role is None or (isinstance(request, PlaceOrder) and request.role == self.role)


class ScriptedTroubles:
    """Troubles in the words of a scenario: the n-th request of a role, the next looks. Everything else goes well."""

    def __init__(self) -> None:
        self._requests: list[_Line] = []
        self._looks: deque[LookTrouble | None] = deque()

    def request(self, trouble: RequestTrouble, *, role: Role | None = None, nth: int = 1, times: int = 1) -> None:
        """Let it happen to the `nth` request from now on (of a role, or of any kind), and to `times` in a row."""
        self._requests.append(_Line(trouble, role, nth - 1, times))

    def look(self, trouble: LookTrouble | None, *, times: int = 1) -> None:
        """Let it happen to the next `times` looks that nothing was said of yet; None: they go well."""
        self._looks.extend([trouble] * times)

    def on_request(self, request: Request) -> RequestTrouble | None:
        """Return what the script says of this request."""
        for line in self._requests:
            if not line.concerns(request) or line.times == 0:
                continue
            if line.skip:
                line.skip -= 1
                continue
            line.times -= 1
            return line.trouble
        return None

    def on_look(self) -> LookTrouble | None:
        """Return what the script says of this look."""
        return self._looks.popleft() if self._looks else None


def lost_before(takes_ms: int = 2000) -> RequestTrouble:
    """Return a request that never arrives; nobody says so."""
    return RequestTrouble(
        kind="lost_before", answer=OutcomeUnknown("The request was not answered in time."), takes_ms=takes_ms
    )


def lost_after(takes_ms: int = 2000) -> RequestTrouble:
    """Return a request that is carried out, and its answer lost."""
    return RequestTrouble(
        kind="lost_after",
        arrives="now",
        answer=OutcomeUnknown("The request was not answered in time."),
        takes_ms=takes_ms,
    )


def late(late_ms: int, takes_ms: int = 2000) -> RequestTrouble:
    """Return a request that arrives so late that we have given up on it; the exchange judges its timestamp then."""
    return RequestTrouble(
        kind="late",
        arrives="late",
        answer=OutcomeUnknown("The request was not answered in time."),
        late_ms=late_ms,
        takes_ms=takes_ms,
    )


def twice(again_ms: int, *, guarded: bool = False) -> RequestTrouble:
    """Return a request that somebody on the way repeats; the answer heard is the second one."""
    return RequestTrouble(kind="answered_twice", arrives="now", again_ms=again_ms, guarded=guarded)


def refused(code: int) -> RequestTrouble:
    """Return a clear no."""
    return RequestTrouble(kind=f"refused_{-code}", answer=Rejected(code, "Refused on a bad day."))


def unavailable() -> RequestTrouble:
    """Return a 503 that was surely not executed."""
    return RequestTrouble(kind="unavailable_503", answer=Unavailable("HTTP 503: Service Unavailable."))


def overloaded(now_ms: int) -> RequestTrouble:
    """Return a -1008: the exchange is overloaded, and was not at our service."""
    answer = Throttled(until_ms=now_ms + OVERLOAD_MS, message="Request throttled by system-level protection.")
    return RequestTrouble(kind="overload_1008", answer=answer)


def throttled(now_ms: int, silence_ms: int) -> RequestTrouble:
    """Return a 429: nothing may be sent for so long."""
    answer = Throttled(until_ms=now_ms + silence_ms, message="Too many requests.")
    return RequestTrouble(kind="throttled_429", answer=answer, silence_ms=silence_ms)


def banned(now_ms: int, silence_ms: int) -> RequestTrouble:
    """Return a 418: the address is banned for so long."""
    answer = Throttled(until_ms=now_ms + silence_ms, message="Way too many requests; IP banned.")
    return RequestTrouble(kind="banned_418", answer=answer, silence_ms=silence_ms)
