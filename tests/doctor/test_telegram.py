"""Telegram asked without a message; its token is in every address, and in nothing that is said."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx

from tests.doctor.calling import Told, doctor, user
from tests.serve.served import Served, served

TOKEN = "1234567:not-a-real-token-of-a-bot"
API = f"https://api.telegram.org/bot{TOKEN}"
OK = {"ok": True, "result": {}}


@pytest.fixture(name="venue")
def _venue() -> Iterator[Served]:
    with served() as venue:
        yield venue


@pytest.fixture(name="bot")
def _bot() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as bot:
        bot.route(host="127.0.0.1").pass_through()
        yield bot


def asked(venue: Served, folder: Path, *flags: str, chats: tuple[str, ...] = ("42", "-100")) -> Told:
    """Check with a bot and its chats."""
    told = doctor(user(venue, folder, telegram={"chat_ids": list(chats)}), *flags, CAPI_TELEGRAM__TOKEN=TOKEN)
    assert TOKEN not in told.text
    return told


def test_a_bot_that_reaches_its_chats(venue: Served, tmp_path: Path, bot: respx.MockRouter) -> None:
    bot.post(f"{API}/getMe").respond(json=OK)
    chats = bot.post(f"{API}/getChat").respond(json=OK)
    sent = bot.post(f"{API}/sendMessage").respond(json=OK)
    told = asked(venue, tmp_path)
    assert told["telegram"]["status"] == "green"
    assert "reaches 2 chats; nothing was sent" in told["telegram"]["found"]
    assert (chats.call_count, sent.call_count) == (2, 0)


def test_a_message_is_sent_when_asked_for(venue: Served, tmp_path: Path, bot: respx.MockRouter) -> None:
    bot.post(f"{API}/getMe").respond(json=OK)
    sent = bot.post(f"{API}/sendMessage").respond(json=OK)
    told = asked(venue, tmp_path, "--send-test")
    assert "a test message was sent" in told["telegram"]["found"]
    assert sent.call_count == 2


def test_a_wrong_token(venue: Served, tmp_path: Path, bot: respx.MockRouter) -> None:
    bot.post(f"{API}/getMe").respond(401, json={"ok": False, "description": "Unauthorized"})
    told = asked(venue, tmp_path)
    assert told["telegram"]["status"] == "yellow"
    assert "does not know the bot's token" in told["telegram"]["found"]
    assert told.status == 0  # a position is guarded without it


def test_a_chat_that_the_bot_is_not_in(venue: Served, tmp_path: Path, bot: respx.MockRouter) -> None:
    bot.post(f"{API}/getMe").respond(json=OK)
    bot.post(f"{API}/getChat").respond(400, json={"ok": False, "description": "Bad Request: chat not found"})
    told = asked(venue, tmp_path)
    assert "chat 42" in told["telegram"]["found"]


def test_telegram_cannot_be_reached(venue: Served, tmp_path: Path, bot: respx.MockRouter) -> None:
    bot.post(f"{API}/getMe").mock(side_effect=httpx.ConnectError(f"cannot reach {API}"))
    told = asked(venue, tmp_path)
    assert told["telegram"]["status"] == "yellow"
    assert told["telegram"]["found"].startswith("not known")


def test_a_token_without_chats(venue: Served, tmp_path: Path) -> None:
    told = asked(venue, tmp_path, chats=())
    assert "telegram.chat_ids" in told["telegram"]["cure"]


def test_chats_without_a_token(venue: Served, tmp_path: Path) -> None:
    told = doctor(user(venue, tmp_path, telegram={"chat_ids": ["42"]}))
    assert "CAPI_TELEGRAM__TOKEN" in told["telegram"]["cure"]
