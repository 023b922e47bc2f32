"""What a refused or broken HTTP exchange means: status, code and text become one of the core's error types.

Source: binance-usdm facts, section 5. The meaning of a code is the core's table; this file adds what only HTTP tells.
Where the page does not say that a request was surely not executed, a write's outcome is unknown, and a read is simply
not available. Messages are the exchange's own words, shortened, without anything that we signed.
"""

import re
from typing import Final

from capi.adapters.exact_json import JsonError, exact_json
from capi.adapters.fields import InputError, whole
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
from capi.core.value import record

MINUTE_MS: Final = 60_000
BAN_MS_MIN: Final = 120_000
"""A 418 without a time: the shortest ban there is."""
BAN_MS_MAX: Final = 3 * 24 * 3600 * 1000
OVERLOAD_MS: Final = 1000
"""After -1008: the exchange is overloaded; orders that reduce risk are exempt there."""
FIREWALL_STATUS: Final = 403
LOCATION_STATUS: Final = 451
"""The exchange serves nobody at this machine's place, whatever the key; `NotAuthorised` bears it as its code."""
FIREWALL_MS: Final = 5000
"""After a 403 without a code, of the firewall in front of the exchange: it says no time."""
TEN_SECONDS_MS: Final = 10_000
OVER_LIMIT: Final = frozenset({429, 418})
_TOO_MANY_REQUESTS: Final = -1003
_TOO_MANY_ORDERS: Final = -1015
_SHOWN_MAX: Final = 160
_SIGNED: Final = re.compile(r"signature=[^&\s\"'<]*", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[0-9A-Za-z+=%_-]{40,}")
"""Longer than any word or id of ours: a key or a signature, wherever a server echoes it."""
_BANNED_UNTIL: Final = re.compile(r"until (\d{13})\b")


@record
class Refusal:
    """An answer that is no success: HTTP status, its body, and Retry-After in seconds (None: not given)."""

    status: int
    body: str
    retry_after: str | None = None


def error_of(refusal: Refusal, now_ms: int, *, writes: bool) -> ExchangeError:
    """Return what a refusal means at the exchange's time `now_ms`; `writes`: the request could change something."""
    code, message = _code_and_message(refusal.body)
    status = refusal.status
    if status in OVER_LIMIT or code == _TOO_MANY_REQUESTS:
        return Throttled(until_ms=_allowed_again_ms(refusal, code, now_ms), message=message, code=code)
    if status >= 500:
        return _server_error(status, code, message, now_ms, writes=writes)
    if status == 408 or not 400 <= status < 500:
        return unclear(f"HTTP {status}: {message}", writes=writes)
    if code is not None:
        return by_code(code, message, now_ms, writes=writes)
    if status in (401, LOCATION_STATUS):
        return NotAuthorised(code=0 if status == 401 else status, message=f"HTTP {status}: {message}")
    if status == FIREWALL_STATUS:
        return Throttled(until_ms=now_ms + FIREWALL_MS, message=f"HTTP 403 from the firewall: {message}")
    return unclear(f"HTTP {status}: {message}", writes=writes)


def asks_for_silence(refusal: Refusal) -> bool:
    """Return whether every request has to stop until the time that the refusal names; too many *orders* is not that."""
    code, _ = _code_and_message(refusal.body)
    return code != _TOO_MANY_ORDERS and (refusal.status in OVER_LIMIT or code == _TOO_MANY_REQUESTS)


def by_code(code: int, message: str, now_ms: int, *, writes: bool) -> ExchangeError:
    """Return what a code means, by the core's table."""
    match meaning_of(code):
        case "unknown_outcome":
            return unclear(f"code {code}: {message}", writes=writes)
        case "throttled":
            return Throttled(until_ms=_throttled_until_ms(code, now_ms), message=message, code=code)
        case "clock":
            return ClockSkewed(message=message)
        case "authorisation":
            return NotAuthorised(code=code, message=message)
        case _:
            return Rejected(code=code, message=message)


def unclear(message: str, *, writes: bool) -> ExchangeError:
    """Return an answer that is neither yes nor no: unknown for a write, not available for a read."""
    return OutcomeUnknown(message=message) if writes else Unavailable(message=message)


def shown(text: str) -> str:
    """Return text as a message may quote it: one printable line, short, without keys and signatures."""
    line = " ".join("".join(char if char.isprintable() else " " for char in hidden(text)).split())
    return line if len(line) <= _SHOWN_MAX else f"{line[: _SHOWN_MAX - 3]}..."


def hidden(text: str) -> str:
    """Return text without what a server may have echoed of a signed request."""
    return _TOKEN.sub("***", _SIGNED.sub("signature=***", text))


def _code_and_message(body: str) -> tuple[int | None, str]:
    """Return the error's code (None: there is none) and its text, or the body itself."""
    try:
        document = exact_json(body)
        if isinstance(document, dict):
            message = document.get("msg")
            code = whole(document.get("code"), "code", as_text=True)
            return code if code < 0 else None, shown(message if isinstance(message, str) else body)
    except (JsonError, InputError):
        pass
    return None, shown(body) or "no body"


def _server_error(status: int, code: int | None, message: str, now_ms: int, *, writes: bool) -> ExchangeError:
    """Tell the 503 kinds apart: overload and "Service Unavailable" were not executed; anything else may have been."""
    if status == 503 and code is not None and meaning_of(code) == "throttled":
        return Throttled(until_ms=_throttled_until_ms(code, now_ms), message=message, code=code)
    if status == 503 and message.rstrip(".").lower() == "service unavailable":
        return Unavailable(message=f"HTTP 503: {message}")
    return unclear(f"HTTP {status}: {message}", writes=writes)


def _throttled_until_ms(code: int, now_ms: int) -> int:
    if code == _TOO_MANY_ORDERS:
        return (now_ms // TEN_SECONDS_MS + 1) * TEN_SECONDS_MS
    return now_ms + OVERLOAD_MS


def _allowed_again_ms(refusal: Refusal, code: int | None, now_ms: int) -> int:
    """Return until when to be silent: Retry-After, the time in the text, or the least that is known to help."""
    named = _BANNED_UNTIL.search(refusal.body)
    seconds = refusal.retry_after
    if seconds is not None and re.fullmatch(r"[0-9]{1,7}", seconds.strip()):
        until_ms = now_ms + int(seconds) * 1000
    elif code == _TOO_MANY_ORDERS:
        until_ms = _throttled_until_ms(code, now_ms)
    elif named is not None:
        until_ms = int(named[1])
    elif refusal.status == 418:
        until_ms = now_ms + BAN_MS_MIN
    else:
        until_ms = (now_ms // MINUTE_MS + 1) * MINUTE_MS
    return min(max(until_ms, now_ms), now_ms + BAN_MS_MAX)
