"""The seam for bad days: what may go wrong with a request, decided by whoever tests."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from capi.core.errors import ExchangeError, OutcomeUnknown, Rejected, Unavailable
from capi.core.value import record
from capi.ports.exchange import Request


@record
class Fault:
    """What the caller is told instead of the truth, and whether the request was carried out all the same."""

    answer: ExchangeError
    executed: bool = False


LOST_ANSWER = Fault(OutcomeUnknown("The answer was lost after the request was carried out."), executed=True)
NEVER_SENT = Fault(Unavailable("The connection was never made: nothing was carried out."))


class Faults(Protocol):
    """Consulted once for each request, and once when the position has changed since the last look."""

    def on_request(self, request: Request) -> Fault | None:
        """Return what goes wrong with this request, or None."""
        ...

    def position_lag(self) -> int:
        """Return how many looks still show the position as it was before a change; 0: none."""
        ...


class ScriptedFaults:
    """Faults in the order in which a test asks for them, each used once. Requests beyond them go well."""

    def __init__(self, *, position_lag: int = 0) -> None:
        """Start with nothing to go wrong but, when given, a position that is seen late after every change."""
        self._script: deque[Callable[[Request], Fault | None]] = deque()
        self._position_lag = position_lag

    def script(self, decide: Callable[[Request], Fault | None]) -> None:
        """Let `decide` judge the next request that no earlier call judges."""
        self._script.append(decide)

    def lose_next_answer(self) -> None:
        """Carry out the next request and answer OutcomeUnknown."""
        self.script(lambda _: LOST_ANSWER)

    def refuse_next(self, code: int) -> None:
        """Refuse the next request with a code, without carrying it out."""
        self.script(lambda _: Fault(Rejected(code, "Refused by the script.")))

    def drop_next(self) -> None:
        """Answer the next request with Unavailable, without carrying it out."""
        self.script(lambda _: NEVER_SENT)

    def on_request(self, request: Request) -> Fault | None:
        """Return what the script says of this request."""
        return self._script.popleft()(request) if self._script else None

    def position_lag(self) -> int:
        """Return for how many looks a change of the position stays unseen."""
        return self._position_lag
