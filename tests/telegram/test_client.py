"""What each answer of Telegram means, and that the token is shown nowhere."""

import logging
from typing import Any

import httpx
import pytest

from capi.adapters.telegram.client import ERROR_LENGTH_MAX, Refused, Sent, TelegramClient, Throttled, Unreachable
from tests.telegram.bot import CHAT, OK, TOKEN, Bot, refusal


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (refusal(401, "Unauthorized"), Refused, "check CAPI_TELEGRAM__TOKEN"),
        (refusal(404, "Not Found"), Refused, "check CAPI_TELEGRAM__TOKEN"),
        (refusal(400, "Bad Request: chat not found"), Refused, "chat 4711 (HTTP 400: Bad Request: chat not found)"),
        (refusal(403, "Forbidden: bot was blocked by the user"), Refused, "let the bot into that chat again"),
        (refusal(400, "group upgraded", migrate_to_chat_id=-100123), Refused, "write -100123 into telegram.chat_ids"),
        (refusal(500, "Internal Server Error"), Unreachable, "HTTP 500"),
        (refusal(502, "Bad Gateway"), Unreachable, "HTTP 502"),
        ((502, b"<html>bad gateway</html>"), Unreachable, "HTTP 502"),
        ((403, b"<html>blocked by a proxy</html>"), Unreachable, "HTTP 403"),
        ((200, b"<html>log in to the hotel's network</html>"), Unreachable, "HTTP 200"),
        ((200, b"[1, 2]"), Unreachable, "HTTP 200"),
        ((200, b'{"ok": true, "x": "' + b"x" * 1_000_000), Unreachable, "HTTP 200"),
        ((200, b"[" * 100_000), Unreachable, "HTTP 200"),
        ((200, {"ok": False}), Unreachable, "HTTP 200"),
        ((302, b""), Unreachable, "HTTP 302"),
        (httpx.ConnectError("no route to host"), Unreachable, "ConnectError: no route to host"),
        (httpx.ReadTimeout("timed out"), Unreachable, "ReadTimeout"),
        (httpx.ConnectError(f"https://api.telegram.org/bot{TOKEN}/sendMessage"), Unreachable, "/bot***/sendMessage"),
        (refusal(400, f"odd request /bot{TOKEN}/sendMessage"), Refused, "/bot***/sendMessage"),
    ],
)
def test_each_answer_is_told_apart(telegram: Bot, answer: Any, kind: Any, says: str) -> None:
    telegram.always = answer
    with TelegramClient(TOKEN) as client:
        answered = client.post(CHAT, "x")
    assert isinstance(answered, kind)
    assert says in answered.why
    assert TOKEN not in repr(answered)
    assert len(answered.why) < 2 * ERROR_LENGTH_MAX


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refusal(429, "Too Many Requests: retry after 7", retry_after=7), 7),
        (refusal(429, "Too Many Requests"), 30),
        ((429, b"slow down"), 30),
        (refusal(429, "odd", retry_after="soon"), 30),
        (refusal(429, "odd", retry_after=-1), 30),
    ],
)
def test_a_429_says_how_long_to_wait(telegram: Bot, answer: Any, seconds: float) -> None:
    telegram.always = answer
    with TelegramClient(TOKEN) as client:
        answered = client.post(CHAT, "x")
    assert isinstance(answered, Throttled)
    assert answered.seconds == seconds


def test_a_message_is_plain_text_to_one_chat(telegram: Bot) -> None:
    telegram.always = OK
    with TelegramClient(TOKEN) as client:
        assert client.post("@a_channel", "*x* <b>") == Sent()
    assert telegram.taken == [("@a_channel", "*x* <b>")]


def test_the_token_is_in_no_log_and_no_repr(telegram: Bot, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "httpx", "httpcore", "httpcore.connection", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, logger=name)  # as a careless configuration would have it
    with TelegramClient(TOKEN) as client:
        client.post(CHAT, "x")
        telegram.always = httpx.ConnectError("no route")
        client.post(CHAT, "x")
        shown = f"{client!r} {client}"
    assert TOKEN not in shown
    assert TOKEN not in "\n".join(f"{one.getMessage()} {one.exc_info}" for one in caplog.records)
