"""Sign and send: binance-connector's `API`, with an httpx client as its session (docs/decisions/0005).

Each request is sent once. It gets a fresh dict of text, the exchange's time and a recvWindow, and a timeout; redirects
are not followed; connections stay open. Every answer, refused ones too, feeds the request budget. What comes back is
the body read exactly, or one of the core's error types. Neither logs nor errors hold a URL, a key or a signature.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeVar

import httpx
from binance.api import API
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.errors import FIREWALL_STATUS, Refusal, asks_for_silence, error_of, unclear
from capi.adapters.binance.limits import Budget, Urgency
from capi.adapters.exact_json import exact_json
from capi.adapters.fields import InputError
from capi.core.errors import ExchangeError, NotAuthorised, Throttled, Unavailable

ANSWER_BYTES_MAX: Final = 32 * 1024 * 1024
"""exchangeInfo has more than a million; nothing has more than this."""
IDLE_SECONDS_MAX: Final = 30.0
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors from before the first byte of a request went out."""
_LOGGERS: Final = ("httpx", "httpcore", "binance")
_SENT_AT: Final = "capi.sent_at_ms"
_NO_KEY: Final = "API key or secret is not set: set CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET"
_HIDDEN: Final = "***"
_NOTHING: Final = "\x00"
_PEM: Final = "-----BEGIN"

T = TypeVar("T")
Method = Literal["GET", "POST", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where and as whom. `secret`: of an HMAC key, or the private key in PEM form of an RSA key. Never shown."""

    base_url: str
    key: str | None
    secret: str | None
    recv_window_ms: int
    timeout_seconds: float

    def __repr__(self) -> str:
        """Return the host alone."""
        return f"Access(base_url={self.base_url!r})"


class CredentialsError(Exception):
    """A key that cannot sign: one sentence, which does not show it."""


class Client:
    """Carries calls out, from any thread. Close it at the end."""

    def __init__(self, access: Access, clock: ExchangeClock, budget: Budget) -> None:
        """Open no connection yet. Raises CredentialsError."""
        _silence_loggers()
        self._clock: Final = clock
        self._budget: Final = budget
        self._api: Final = _Api(access, clock, self._learn)

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
        except _RefusedError as refused:
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
            return Failure(unclear(f"{call.path} answered what cannot be read: {error}", writes=call.writes))

    def _send(self, call: Call) -> object:
        send = self._api.sign_request if call.signed else self._api.send_request
        answer: object = send(call.method, call.path, dict(call.params))
        return answer

    def _explain(self, refusal: Refusal, call: Call) -> ExchangeError:
        error = error_of(refusal, self._clock.now_ms(), writes=call.writes)
        if isinstance(error, Throttled) and asks_for_silence(refusal):
            self._budget.be_silent(error.until_ms)
        elif isinstance(error, Throttled) and refusal.status == FIREWALL_STATUS:
            self._budget.be_patient(error.until_ms)
        return error

    def _learn(self, response: httpx.Response) -> None:
        """Hook of every answer: the counters in its headers. Two endpoints are known to show a wrong weight."""
        request = response.request
        counts_weight = not request.url.path.endswith(("/ticker/bookTicker", "/ticker/price"))
        self._budget.learn(request.extensions[_SENT_AT], response.headers, counts_weight=counts_weight)


class _RefusedError(Exception):
    """An answer with another status than 200."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"HTTP {refusal.status}")
        self.refusal: Final = refusal


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the connector looks at of an answer; `json` reads numbers exactly, and raises ValueError."""

    status_code: int
    headers: httpx.Headers
    text: str

    def json(self) -> object:
        return exact_json(self.text, bytes_max=ANSWER_BYTES_MAX)


class _Api(API):  # type: ignore[misc]  # the connector ships no types
    """The connector's signing and sending, on our clock and our HTTP client."""

    def __init__(self, access: Access, clock: ExchangeClock, hook: Callable[[httpx.Response], None]) -> None:
        secret = access.secret or ""
        pem = secret if secret.lstrip().startswith(_PEM) else None
        _check_key(access.key)
        super().__init__(
            access.key, secret, base_url=access.base_url.rstrip("/"), timeout=access.timeout_seconds, private_key=pem
        )
        requests_session: Any = self.session
        headers = {name: value for name, value in requests_session.headers.items() if value is not None}
        requests_session.close()
        self.session: httpx.Client = httpx.Client(
            headers=headers,
            timeout=access.timeout_seconds,
            verify=_tls(),
            follow_redirects=False,
            limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS_MAX),
            event_hooks={"response": [hook]},
        )
        self._clock = clock
        self._recv_window = str(access.recv_window_ms)
        if pem is not None:
            self._check_private_key()

    def sign_request(self, http_method: str, url_path: str, payload: Mapping[str, str] | None = None) -> Any:
        """Sign a copy of the payload with the exchange's time; the signature stands last."""
        timestamp = str(self._clock.now_ms())
        signed: dict[str, Any] = {**(payload or {}), "recvWindow": self._recv_window, "timestamp": timestamp}
        signed["signature"] = self._get_sign(self._prepare_params(signed))
        return self.send_request(http_method, url_path, signed)

    def _check_private_key(self) -> None:
        try:
            self._get_sign("")
        except (ValueError, IndexError, TypeError):
            cure = "give an RSA key as PEM text in PKCS#8 form, without a passphrase"
            raise CredentialsError(f"exchange.api_secret holds a private key that cannot be read: {cure}.") from None

    def _dispatch_request(self, http_method: str) -> Callable[..., _Answer]:
        def send(**arguments: Any) -> _Answer:
            response = self.session.request(http_method, extensions={_SENT_AT: self._clock.now_ms()}, **arguments)
            return _Answer(response.status_code, response.headers, response.text)

        return send

    def _handle_exception(self, response: _Answer) -> None:
        """Raise for whatever is no success; redirects are none."""
        if response.status_code != 200:
            body = response.text.replace(self.api_key or _NOTHING, _HIDDEN)
            raise _RefusedError(Refusal(response.status_code, body, response.headers.get("retry-after")))


@cache
def _tls() -> ssl.SSLContext:
    """Return the context of all connections: loading the certificates takes longer than a request."""
    return httpx.create_ssl_context()


def _check_key(key: str | None) -> None:
    if key is not None and not (key.isascii() and key.isprintable()):
        raise CredentialsError("exchange.api_key holds characters that no key has: copy it again.")


class _OnlyWarnings(logging.Filter):
    """Below WARNING these loggers print URLs, and URLs hold signatures."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_ONLY_WARNINGS: Final = _OnlyWarnings()


def _silence_loggers() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("httpx", "binance.api"):
        logging.getLogger(name).addFilter(_ONLY_WARNINGS)
