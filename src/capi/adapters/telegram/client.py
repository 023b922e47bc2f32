"""One request to Telegram's Bot API, and what its answer means. The token is in the address, and shown by nothing here.

Source: core.telegram.org/bots/api (sendMessage; ResponseParameters.retry_after, migrate_to_chat_id).
"""

import json
import logging
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from capi.core.value import record, value

API_URL: Final = "https://api.telegram.org"
TIMEOUT_SECONDS: Final = 10.0
RETRY_AFTER_SECONDS: Final = 30.0
"""Kept when a 429 does not say for how long to wait."""
ANSWER_BYTES_MAX: Final = 100_000
ERROR_LENGTH_MAX: Final = 300
_HIDDEN: Final = "***"


@record
class Sent:
    """Telegram has taken the message."""


@value
class Throttled:
    """Not taken; ask again after so many seconds."""

    seconds: float
    why: str


@value
class Unreachable:
    """No clear answer, or a failure of Telegram's own: another attempt may succeed."""

    why: str


@value
class Refused:
    """A clear no that another attempt will meet too: what is wrong, and the cure."""

    why: str


Answer = Sent | Throttled | Unreachable | Refused


class _OnlyWarnings(logging.Filter):
    """Below WARNING httpx prints addresses, and ours hold the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_ONLY_WARNINGS: Final = _OnlyWarnings()


class TelegramClient:
    """Sends messages as one bot. Raises nothing that the outside can cause."""

    def __init__(self, token: str) -> None:
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).addFilter(_ONLY_WARNINGS)
        self._token: Final = token
        self._quoted: Final = quote(token, safe=":")
        self._client: Final = httpx.Client(
            base_url=API_URL, timeout=TIMEOUT_SECONDS, follow_redirects=False, headers={"accept": "application/json"}
        )

    def __repr__(self) -> str:
        """Return no more than what it is."""
        return "TelegramClient()"

    def post(self, chat_id: str, text: str) -> Answer:
        """Send one message to one chat."""
        body = {"chat_id": chat_id, "text": text, "link_preview_options": {"is_disabled": True}}
        return self._ask("sendMessage", body, chat_id)

    def check_token(self) -> Answer:
        """Ask whether the token is a bot's; nothing is sent to anybody (`Sent`: it is)."""
        return self._ask("getMe", {}, "")

    def check_chat(self, chat_id: str) -> Answer:
        """Ask whether the bot is let into a chat; nothing is sent there (`Sent`: it is)."""
        return self._ask("getChat", {"chat_id": chat_id}, chat_id)

    def _ask(self, method: str, body: dict[str, Any], chat_id: str) -> Answer:
        try:
            with self._client.stream("POST", f"/bot{self._quoted}/{method}", json=body) as response:
                content = _beginning(response)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Unreachable(why=self._safe(f"Telegram could not be reached ({type(error).__name__}: {error})"))
        return self._read(chat_id, response.status_code, _json(content), response.headers.get("retry-after"))

    def _read(self, chat_id: str, status: int, answer: dict[str, Any], retry_after: str | None) -> Answer:
        if status == 200 and answer.get("ok") is True:
            return Sent()
        said = answer.get("description")
        what = self._safe(f"HTTP {status}" + (f": {said}" if isinstance(said, str) else ""))
        parameters = answer.get("parameters")
        parameters = parameters if isinstance(parameters, dict) else {}
        if status == 429:
            return Throttled(seconds=_seconds(parameters.get("retry_after"), retry_after), why=f"Telegram: {what}")
        if status in (401, 404):
            cure = "check CAPI_TELEGRAM__TOKEN with @BotFather, and start again"
            return Refused(why=f"Telegram does not know the bot's token ({what}): {cure}")
        if 400 <= status < 500 and "ok" in answer:
            moved = parameters.get("migrate_to_chat_id")
            return Refused(why=f"Telegram refuses chat {chat_id} ({what}): {_cure(status, moved)}")
        return Unreachable(why=f"Telegram gave no answer that can be used ({what})")

    def _safe(self, text: str) -> str:
        for secret in (self._token, self._quoted):
            text = text.replace(secret, _HIDDEN)
        return text[:ERROR_LENGTH_MAX]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return itself; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _cure(status: int, moved: object) -> str:
    if isinstance(moved, int):
        return f"the group has moved: write {moved} into telegram.chat_ids, and start again"
    if status == 403:
        return "let the bot into that chat again (a person has to start it, a group to add it)"
    return "check telegram.chat_ids; a person has to write to the bot first, a group or channel to add it"


def _beginning(response: httpx.Response) -> bytes:
    """Return the body, or as much of it as can be an answer: what stands between may send a page, or no end."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            break
    return bytes(body)


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _seconds(told: object, header: str | None) -> float:
    """Return how long to wait: as the answer says, else its header, else half a minute."""
    if isinstance(told, int) and not isinstance(told, bool) and told >= 0:
        return float(told)
    return float(header) if header is not None and header.isascii() and header.isdigit() else RETRY_AFTER_SECONDS
