"""Carry calls out, each once: what comes back is the answer, read exactly, or one of the core's error types.

Every answer, refused ones too, feeds the request budget. No error holds a URL, a key or a signature.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeVar

import httpx
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import SENT_AT, Access, Connector, RefusedError, silence_loggers
from capi.adapters.binance.errors import FIREWALL_STATUS, Refusal, asks_for_silence, error_of, hidden, unclear
from capi.adapters.binance.limits import Budget, Urgency
from capi.adapters.fields import InputError
from capi.core.errors import ExchangeError, NotAuthorised, Throttled, Unavailable
from capi.core.value import value

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors from before the first byte of a request went out."""
_NO_KEY: Final = "API key or secret is not set: set CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET"

T = TypeVar("T")
Method = Literal["GET", "POST", "PUT", "DELETE"]


@value
class Call:
    """One request. `weight`: per IP; `orders`: how many it counts as on the account's order counters."""

    method: Method
    path: str
    params: Mapping[str, str]
    signed: bool = True
    weight: int = 1
    orders: int = 0
    urgency: Urgency = "needed"

    @property
    def writes(self) -> bool:
        """Return whether it could change something."""
        return self.method != "GET"


class Client:
    """Carries calls out, from any thread. Close it at the end."""

    def __init__(self, access: Access, clock: ExchangeClock, budget: Budget) -> None:
        """Open no connection yet. Raises CredentialsError."""
        silence_loggers()
        self._clock: Final = clock
        self._budget: Final = budget
        self._api: Final = Connector(access, clock, self._learn)

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    def call(self, call: Call) -> Result[object, ExchangeError]:
        """Carry out one call, once; return the answer's JSON with exact numbers (text when it is no JSON)."""
        if call.signed and not (self._api.api_key and self._api.api_secret):
            return Failure(NotAuthorised(code=0, message=_NO_KEY))
        now_ms = self._clock.now_ms()
        held = self._budget.take(now_ms, call.weight, call.orders, call.urgency)
        if held is not None:
            return Failure(held)
        try:
            return Success(self._send(call))
        except RefusedError as refused:
            return Failure(self._explain(refused.refusal, call))
        except _NEVER_SENT as error:
            return Failure(Unavailable(f"no connection to the exchange ({type(error).__name__}); check the network"))
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            return Failure(unclear(f"the answer did not arrive ({type(error).__name__})", writes=call.writes))

    def ask(self, call: Call, read: Callable[[object], T]) -> Result[T, ExchangeError]:
        """Carry out one call and read its answer; what cannot be read is no clear answer, never a guess."""
        answer = self.call(call)
        if not is_successful(answer):
            return Failure(answer.failure())
        try:
            return Success(read(answer.unwrap()))
        except InputError as error:
            what = f"{call.path} answered what cannot be read: {hidden(error.found)}"
            return Failure(unclear(what, writes=call.writes))

    def _send(self, call: Call) -> object:
        send = self._api.sign_request if call.signed else self._api.send_request
        answer: object = send(call.method, call.path, dict(call.params))
        return answer

    def _explain(self, refusal: Refusal, call: Call) -> ExchangeError:
        now_ms = self._clock.now_ms()
        error = error_of(refusal, now_ms, writes=call.writes)
        if isinstance(error, Throttled) and asks_for_silence(refusal):
            self._budget.be_silent(now_ms, error.until_ms)
        elif isinstance(error, Throttled) and refusal.status == FIREWALL_STATUS:
            self._budget.be_patient(now_ms, error.until_ms)
        return error

    def _learn(self, response: httpx.Response) -> None:
        """Hook of every answer: the counters in its headers. Two endpoints are known to show a wrong weight."""
        request = response.request
        counts_weight = not request.url.path.endswith(("/ticker/bookTicker", "/ticker/price"))
        self._budget.learn(request.extensions[SENT_AT], response.headers, counts_weight=counts_weight)
