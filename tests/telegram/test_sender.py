"""The thread that sends: it waits as long as it is asked to, tries again, gives up and says so, and holds nobody up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import httpx
import pytest

from capi.adapters.telegram import sender as sending
from capi.adapters.telegram.outbox import Outbox
from capi.adapters.telegram.sender import ATTEMPTS_MAX, CRITICAL_ATTEMPTS_MAX, TelegramSender
from capi.core.alert_codes import NEWS
from capi.ports.alerts import Delivery
from tests.telegram.bot import CHAT, OK, SECONDS, TOKEN, Bot, refusal
from tests.telegram.test_outbox import AT, told

NOT_FOUND: Final = refusal(400, "Bad Request: chat not found")


@contextmanager
def started(*chat_ids: str, digest_seconds: float = 0.0) -> Iterator[TelegramSender]:
    """Yield a sender that runs, and end it."""
    made = TelegramSender(TOKEN, chat_ids or (CHAT,), Outbox(digest_seconds, NEWS))
    made.start()
    try:
        yield made
    finally:
        made.close()


def delivered(made: TelegramSender) -> list[Delivery]:
    """End the sender and return what became of its alerts."""
    made.close()
    return list(made.deliveries())


def test_a_message_arrives_and_is_reported(telegram: Bot) -> None:
    with started() as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_taken(1)
        assert delivered(made) == [Delivery(code="missing_stop", recorded_at_ms=AT, status="sent", attempts=1)]
    assert made.trouble is None
    assert telegram.heads == ["[CRITICAL] [a_rule] [missing_stop]"]


def test_telegram_flood_429_is_waited_out_and_then_sent(telegram: Bot) -> None:
    telegram.answers.append(refusal(429, "Too Many Requests", retry_after=1))
    with started() as made:
        began = time.monotonic()
        made.take(told(recorded_at_ms=AT))
        telegram.wait_taken(1)
        assert time.monotonic() - began >= 1
        assert delivered(made) == [Delivery(code="missing_stop", recorded_at_ms=AT, status="sent", attempts=2)]


def test_one_chat_that_is_asked_to_wait_holds_no_other_up(telegram: Bot) -> None:
    telegram.always = lambda body: refusal(429, "Too Many Requests", retry_after=3600) if body["chat_id"] == "1" else OK
    with started("1", "2") as made:
        made.take(told())
        telegram.wait_taken(1)
        assert [chat for chat, _ in telegram.taken] == ["2"]
        assert delivered(made) == []  # it is not settled: the next start sees to it


def test_what_is_critical_goes_before_a_lesser_one_that_waits(telegram: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BACK_OFF_SECONDS", 3600.0)
    monkeypatch.setattr(sending, "BACK_OFF_SECONDS_MAX", 3600.0)
    telegram.answers.append(httpx.ConnectError("no route to host"))
    with started() as made:
        made.take(told(level="ERROR", recorded_at_ms=AT))
        telegram.wait_asked(1)
        made.take(told(recorded_at_ms=AT + 1))
        telegram.wait_taken(1)
        assert telegram.heads == ["[CRITICAL] [a_rule] [missing_stop]"]
        assert [one.recorded_at_ms for one in delivered(made)] == [AT + 1]


def test_a_chat_that_asked_for_silence_gets_it_from_the_next_message_too(telegram: Bot) -> None:
    telegram.answers.append(refusal(429, "Too Many Requests", retry_after=1))
    with started() as made:
        began = time.monotonic()
        made.take(told(level="ERROR"))
        telegram.wait_asked(1)
        made.take(told())
        telegram.wait_taken(2)
        assert time.monotonic() - began >= 1
        assert telegram.heads[0].startswith("[CRITICAL]")
    assert len(telegram.asked) == 3


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectTimeout("timed out"), httpx.ReadError("reset"), refusal(502, "Bad Gateway"), (200, b"?")]
)
def test_etimedout_is_tried_again(telegram: Bot, trouble: Any) -> None:
    telegram.answers.extend([trouble, trouble])
    with started() as made:
        made.take(told(level="ERROR", recorded_at_ms=AT))
        telegram.wait_taken(1)
        assert delivered(made)[0].attempts == 3
        assert made.trouble is None


@pytest.mark.parametrize(("level", "attempts"), [("ERROR", ATTEMPTS_MAX), ("CRITICAL", CRITICAL_ATTEMPTS_MAX)])
def test_what_cannot_be_sent_is_given_up_with_its_cause(telegram: Bot, level: str, attempts: int) -> None:
    telegram.always = httpx.ConnectError("no route to host")
    with started() as made:
        made.take(told(level=level, recorded_at_ms=AT))
        telegram.wait_asked(attempts)
        (given_up,) = delivered(made)
    assert (given_up.status, given_up.attempts) == ("failed", attempts)
    assert "no route to host" in given_up.error
    assert made.trouble == given_up.error


def test_a_chat_that_is_not_found_is_said_with_its_cure_and_the_other_one_hears(telegram: Bot) -> None:
    telegram.always = lambda body: NOT_FOUND if body["chat_id"] == "1" else OK
    with started("1", "2") as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_taken(1)
        (failed,) = delivered(made)
    assert (failed.status, failed.attempts) == ("failed", 2)
    assert made.trouble is not None
    assert "chat 1 " in made.trouble
    assert "telegram.chat_ids" in made.trouble


def test_a_wrong_token_is_said_without_showing_it(telegram: Bot) -> None:
    telegram.always = refusal(401, "Unauthorized")
    with started("1", "2") as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_asked(2)
        (failed,) = delivered(made)
    assert failed.error.count("CAPI_TELEGRAM__TOKEN") == 1
    assert TOKEN not in f"{failed!r} {made!r} {made.trouble}"


def test_alert_storm_collapses_and_never_blocks(telegram: Bot) -> None:
    telegram.hangs = Event()
    with started() as made:
        made.take(told(at=0))
        telegram.wait_asked(1)  # it hangs
        began = time.monotonic()
        for number in range(10_000):
            made.take(told(level=("CRITICAL", "ERROR")[number % 2], decision_id=f"d{number % 300}"))
        assert time.monotonic() - began < SECONDS
        telegram.hangs.set()
        made.close()
    assert len(telegram.taken) <= 4
    assert "×" in telegram.texts[-1]


def test_the_end_sends_what_waits(telegram: Bot) -> None:
    with started(digest_seconds=600) as made:
        made.take(told(level="ERROR", recorded_at_ms=AT))
        made.take(told("look_failed", "WARNING", recorded_at_ms=AT))
        assert [one.status for one in delivered(made)] == ["digested", "digested"]
    assert telegram.heads == ["[ERROR] [capi] [digest]"]


def test_the_end_does_not_wait_for_a_telegram_that_hangs(telegram: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "CLOSE_SECONDS", 0.1)
    telegram.hangs = Event()
    with started() as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_asked(1)
        assert delivered(made) == []
        assert "did not answer in time" in str(made.trouble)
        monkeypatch.setattr(sending, "CLOSE_SECONDS", 3600.0)
        made.close()  # a second time it waits for nothing
    telegram.hangs.set()
    telegram.wait_taken(1)


def test_the_end_does_not_try_again(telegram: Bot) -> None:
    telegram.always = refusal(429, "Too Many Requests", retry_after=3600)
    with started() as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_asked(1)
        assert delivered(made) == []
    assert len(telegram.asked) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks5://127.0.0.1:9"), ("HTTPS_PROXY", "odd://x"), ("SSL_CERT_FILE", "/nowhere")],
)
def test_an_environment_that_cannot_be_used_is_said_and_ends_nothing(
    telegram: Bot, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    made = TelegramSender(TOKEN, (CHAT,), Outbox(0, NEWS))
    made.start()
    made._thread.join(SECONDS)
    made.take(told())
    assert made.trouble is not None
    assert "nothing can be sent to Telegram" in made.trouble
    assert value not in made.trouble
    made.close()


def test_repeats_are_reported_as_folded(telegram: Bot) -> None:
    with started() as made:
        made.take(told(recorded_at_ms=AT))
        telegram.wait_taken(1)
        made.take(told(at=60, recorded_at_ms=AT + 60_000))
        statuses = {one.recorded_at_ms: one.status for one in delivered(made)}
    assert statuses == {AT: "sent", AT + 60_000: "folded"}
    assert "×1 more" in telegram.texts[1]
