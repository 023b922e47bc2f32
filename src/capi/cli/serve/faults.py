"""What goes wrong on the wire when a test asks for it: one request answered as on a bad day (facts, section 5).

A fault waits for requests that it names and is used up by them. Faults that say so are executed: the exchange carries
the request out, and the client is not told.
"""

from collections import deque
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal, get_args

from capi.cli.serve.errors import WireError

FaultKind = Literal[
    "lost",  # executed, then the connection is closed without an answer
    "dropped",  # not executed, the connection is closed without an answer
    "timeout",  # executed, and the answer comes too late
    "delay",  # executed and answered, later
    "late",  # arrives later: executed then, unless its time window is over
    "unknown_503",  # executed: "Unknown error, please check your request or try again later."
    "unavailable_503",  # not executed: "Service Unavailable."
    "internal_503",  # not executed: "Internal error; unable to process your request. Please try again."
    "overload_503",  # not executed: -1008
    "bad_gateway",  # executed, 502 with a page
    "backend_timeout",  # executed, 408 with -1007
    "no_json",  # executed, 200 with a page
    "half_json",  # executed, 200 with a body that is cut off
    "clock",  # not executed: -1021
    "throttle",  # not executed: 429
    "ban",  # not executed: 418, and so all that follows for a while
    "waf",  # not executed: 403
    "refuse",  # not executed: 400 with `code`
]

PAGE: Final = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n</body>\r\n</html>\r\n"
KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
EXECUTED: Final[frozenset[FaultKind]] = frozenset(
    {"lost", "timeout", "delay", "unknown_503", "bad_gateway", "backend_timeout", "no_json", "half_json"}
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One way to answer. `request`: "METHOD path", `*` stands for anything; `skip`: that many go well before it."""

    request: str
    kind: FaultKind
    times: int = 1
    skip: int = 0
    seconds: float = 30.0  # of a delay, a timeout, a Retry-After
    code: int = -1000
    executed: bool | None = None  # None: as the kind says

    @property
    def carries_out(self) -> bool:
        """Return whether the request is executed all the same."""
        if self.kind == "delay":
            return True
        return self.kind in EXECUTED if self.executed is None else self.executed


@dataclass(slots=True)
class Faults:
    """The faults that wait, in the order in which they were asked for."""

    waiting: deque[Fault] = field(default_factory=deque)

    def add(self, fault: Fault) -> None:
        """Let a fault wait."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let everything go well again."""
        self.waiting.clear()

    def on_request(self, method: str, path: str) -> Fault | None:
        """Return what goes wrong with this request, and count it."""
        for fault in self.waiting:
            if not fnmatchcase(f"{method} {path}", fault.request):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None


def answer_of(fault: Fault, now_ms: int) -> WireError | None:
    """Return the answer in Binance's form that stands in for the truth; None: there is none of that form."""
    match fault.kind:
        case "overload_503":
            return WireError(-1008, "Server is currently overloaded with other requests.", 503)
        case "backend_timeout":
            text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
            return WireError(-1007, text, 408)
        case "clock":
            return WireError(-1021, "Timestamp for this request is outside of the recvWindow.")
        case "throttle":
            return WireError(-1003, "Too many requests.", 429, max(int(fault.seconds), 1))
        case "ban":
            until_ms = now_ms + int(fault.seconds * 1_000)
            text = f"Way too many requests; IP(127.0.0.1) banned until {until_ms}."
            return WireError(-1003, text, 418, max(int(fault.seconds), 1))
        case "refuse":
            return WireError(fault.code, "Refused by the script.")
        case _:
            return None
