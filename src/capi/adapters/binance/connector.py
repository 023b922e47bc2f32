"""The one file that knows binance-connector: its `API` signs, and sends through an httpx client (docs/decisions/0005).

Each request is sent once, with the exchange's time and a recvWindow, in a fresh dict, with a timeout. Redirects are not
followed; connections stay open. Numbers of an answer are read exactly. Its loggers never print a URL.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

import httpx
from binance.api import API

from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.deadline import TOO_LONG, Deadline, hold
from capi.adapters.binance.errors import Refusal
from capi.adapters.exact_json import exact_json
from capi.core.value import record, value

ANSWER_BYTES_MAX: Final = 32 * 1024 * 1024
"""exchangeInfo has more than a million; nothing has more than this."""
ANSWER_TIMEOUTS_MAX: Final = 5
"""A timeout is that of each step; a whole answer may take so many of them."""
IDLE_SECONDS_MAX: Final = 30.0
SENT_AT: Final = "capi.sent_at_ms"
"""The extension of a request that says when it went out, by the exchange's clock."""
_LOGGERS: Final = ("httpx", "httpcore", "binance")
_HIDDEN: Final = "***"
_NOTHING: Final = "\x00"
_SIGNATURE: Final = "&signature="
_PEM: Final = "-----BEGIN"


@value
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


class RefusedError(Exception):
    """An answer with another status than 200."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"HTTP {refusal.status}")
        self.refusal: Final = refusal


@record
class _Answer:
    """What the connector looks at of an answer; `json` reads numbers exactly, and raises ValueError."""

    status_code: int
    headers: httpx.Headers
    text: str

    def json(self) -> object:
        return exact_json(self.text, bytes_max=ANSWER_BYTES_MAX)


class Connector(API):  # type: ignore[misc]  # the connector ships no types
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
            verify=tls_context(),
            follow_redirects=False,
            limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS_MAX),
            event_hooks={"response": [hook]},
        )
        self._clock = clock
        self._recv_window = str(access.recv_window_ms)
        self._answer_seconds_max = ANSWER_TIMEOUTS_MAX * access.timeout_seconds
        self._deadline: Final = Deadline()
        hold(self.session, self._deadline)
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
            sent_at = {SENT_AT: self._clock.now_ms()}
            with (
                self._deadline.within(self._answer_seconds_max) as until,
                self.session.stream(http_method, extensions=sent_at, **arguments) as response,
            ):
                text = _whole(response, until).decode(errors="replace")
            return _Answer(response.status_code, response.headers, self._without_secrets(text, arguments["params"]))

        return send

    def _handle_exception(self, response: _Answer) -> None:
        """Raise for whatever is no success; redirects are none."""
        if response.status_code != 200:
            raise RefusedError(Refusal(response.status_code, response.text, response.headers.get("retry-after")))

    def _without_secrets(self, text: str, query: str) -> str:
        """Return an answer without what it may echo of the request: a sentence that quotes a part would show it."""
        signature = query.rpartition(_SIGNATURE)[2] if _SIGNATURE in query else ""
        for secret in (self.api_key, signature, unquote(signature)):
            text = text.replace(secret or _NOTHING, _HIDDEN)
        return text


def _whole(response: httpx.Response, until: float) -> bytes:
    """Return the body. One that trickles in, or never ends, is given up: each piece of it comes in time."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if time.monotonic() > until:
            raise httpx.ReadTimeout(TOO_LONG)
        if len(body) > ANSWER_BYTES_MAX:
            raise httpx.ReadError("the answer is too long")
    return bytes(body)


@cache
def tls_context() -> ssl.SSLContext:
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


def silence_loggers() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("httpx", "binance.api"):
        logging.getLogger(name).addFilter(_ONLY_WARNINGS)
