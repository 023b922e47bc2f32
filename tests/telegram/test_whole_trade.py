"""A whole trade on a served exchange, as Telegram hears it: in order, in form, and recorded as delivered."""

import re
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.telegram import sender
from capi.cli.live.late import LATE_MS_MAX
from capi.core.alert_codes import CODES
from tests.serve.served import served
from tests.store.journals import ask
from tests.telegram.acting import telling
from tests.telegram.bot import CHAT, SECONDS, Bot, refusal

HEAD = re.compile(r"\[(INFO|WARNING|ERROR|CRITICAL)\] \[[a-z_]+\] \[[a-z0-9_]+\]")
TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC")

NEVER_SENT = re.compile(r"; [1-9] alerts of the last day were recorded and never sent")


def codes(telegram: Bot, *among: str) -> list[str]:
    """Return the codes of the messages that arrived, in order; of those named, when some are."""
    found = [head.rsplit("[", 1)[1].strip("]") for head in telegram.heads]
    return [code for code in found if not among or code in among]


def test_a_trade_from_its_opening_to_its_pnl(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path, telegram={"level_min": "WARNING"}) as run:
        run.started()
        run.trade()
        venue.price("78210.0", "78210.1")
        run.until(lambda: "capi_sl_d1_2" in run.resting)
        venue.price("79510.0", "79510.1")
        run.until(lambda: bool(run.named("trade_closed")))
        run.outlets.ending("the test is over")
        news = ("engine_started", "position_opened", "tp1_filled", "position_closed", "engine_stopped")
        assert codes(telegram, *news) == list(news)
        for text in telegram.texts:
            lines = text.splitlines()
            assert HEAD.fullmatch(lines[0]), text
            assert TIME.fullmatch(lines[1]), text
            assert lines[3].startswith("symbol BTCUSDT"), text

        (opened, tp1, closed) = (told(telegram, code) for code in news[1:4])
        assert opened[2] == "long 0.013 at 76900 for decision d1, stop 76000.0, targets 78200.0 and 79500.0"
        assert opened[3].endswith("side long, decision d1")
        assert "TP1 of decision d1 has filled" in tp1[2]
        (settled,) = run.named("trade_closed")
        assert f"net {settled['net_pnl']} USDT ({settled['r']} R)" in closed[2]
        assert Decimal(settled["net_pnl"]) > 0
        assert not run.engine.ledger.untold or {code for code, _ in run.engine.ledger.untold} == {"past_recalled"}
    rebuild(run.setting.room)
    found = ask(run.setting.room, "SELECT code, delivery_status, attempts FROM notifications ORDER BY alert_seq")
    assert [row for row in found if row[0] in news] == [(code, "sent", 1) for code in news]


def told(telegram: Bot, code: str) -> list[str]:
    """Return the lines of the one message of a code."""
    (text,) = [text for text in telegram.texts if f"[{code}]" in text.splitlines()[0]]
    return text.splitlines()


def test_a_missing_stop_is_told_with_the_stop_that_is_placed_again(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path) as run:
        run.trade()
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        run.until(lambda: "capi_sl_d1_2" in run.resting)
        run.passes(2)
        run.outlets.ending("the test is over")
        lines = told(telegram, "missing_stop")
        assert lines[0] == "[CRITICAL] [protect_position] [missing_stop]"
        assert lines[2] == "long 0.013 stood without a stop: it is restored"
        assert lines[3].endswith("side long, decision d1")
        assert told(telegram, "engine_stopped")[2] == "the test is over; a position of 0.013 stays, guard guarded"
        assert lines[4] == f"What to do: {CODES['missing_stop'].advice}"


def test_what_an_ended_process_could_not_send_is_sent_late_at_the_next_start(
    tmp_path: Path, telegram: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "CLOSE_SECONDS", 0.05)
    telegram.hangs = Event()
    with served() as venue, telling(venue, tmp_path) as run:
        run.looks()
        run.engine.tell("CRITICAL", "missing_stop", "a stop was gone")
        run.engine.tell("WARNING", "stop_tightened", "closer")
        telegram.wait_asked(1)
        run.end()  # Telegram has not answered yet
        telegram.hangs.set()
        telegram.wait_taken(1)
        telegram.taken.clear()
        telegram.hangs = None

        monkeypatch.setattr(sender, "CLOSE_SECONDS", SECONDS)
        run.begin()
        assert {code for code, _ in run.engine.ledger.untold} >= {"missing_stop", "stop_tightened"}
        run.started()
        run.passes()
        run.outlets.ending()
        assert told(telegram, "missing_stop")[1].endswith("UTC (late: an earlier run could not send it)")
        assert told(telegram, "missing_stop")[0] == "[CRITICAL] [engine] [missing_stop]"
        assert NEVER_SENT.search(told(telegram, "engine_started")[2])
        states = {event["code"]: event["status"] for event in run.named("notification")}
        assert (states["missing_stop"], states["stop_tightened"]) == ("sent", "failed")
        telegram.taken.clear()

        run.end()
        run.begin()
        run.started()
        run.outlets.ending()
        assert codes(telegram) == ["engine_started"]
        assert not NEVER_SENT.search(told(telegram, "engine_started")[2])


def test_an_old_one_is_counted_and_not_sent(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path, telegram={"chat_ids": []}) as run:
        run.looks()
        run.engine.tell("CRITICAL", "missing_stop", "a stop was gone")
        run.time.skip(LATE_MS_MAX + 1000)
        run.setting.tables["telegram"]["chat_ids"] = [CHAT]
        run.setting.__post_init__()
        run.end()
        run.begin()
        run.started()
        run.outlets.ending()
        assert codes(telegram) == ["engine_started"]
        assert NEVER_SENT.search(told(telegram, "engine_started")[2])


def test_each_piece_of_news_is_recorded_however_soon_it_follows_another(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path) as run:
        for _ in range(2):
            run.started()
            run.passes()
            run.outlets.ending("the test is over")
            run.end()
            run.begin()
        assert [event["code"] for event in run.named("alert")].count("engine_started") == 2
        states = [(event["code"], event["status"]) for event in run.named("notification")]
        assert states.count(("engine_started", "sent")) == states.count(("engine_stopped", "sent")) == 2


def test_with_a_higher_level_min_there_are_no_news(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path, telegram={"level_min": "ERROR"}) as run:
        run.started()
        run.engine.tell("WARNING", "stop_tightened", "closer")
        run.engine.tell("ERROR", "look_failed", "no route")
        run.outlets.ending("the test is over")
        assert codes(telegram) == ["look_failed"]
        assert [event["code"] for event in run.named("alert")][-4:] == [
            "engine_started", "stop_tightened", "look_failed", "engine_stopped",
        ]  # fmt: skip


def test_a_wrong_chat_is_said_once_on_stderr_and_recorded(
    tmp_path: Path, telegram: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.always = refusal(400, "Bad Request: chat not found")
    with served() as venue, telling(venue, tmp_path) as run:
        run.started()
        telegram.wait_asked(1)
        run.engine.tell("CRITICAL", "missing_stop", "a stop was gone")
        run.until(lambda: len(run.named("notification")) >= 2)
        run.passes(3)
        run.outlets.ending()
        assert {event["status"] for event in run.named("notification")} == {"failed"}
        assert [event["code"] for event in run.named("alert")].count("telegram_failed") == 1
    said = capsys.readouterr().err
    assert said.count("WARNING telegram_failed") == 1
    assert "check telegram.chat_ids" in said


def test_decision_silence_alerts_and_keeps_protection(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue, telling(venue, tmp_path) as run:
        run.trade()
        for _ in range(3):
            run.time.skip(601_000)
            run.passes(2)
        assert [event["code"] for event in run.named("alert")].count("decision_silence") == 1
        assert run.guard == "guarded"
        assert "capi_sl_d1" in run.resting
        run.decide("d2", action="flat")
        run.passes(2)
        run.time.skip(601_000)
        run.passes(2)
        run.outlets.ending()
        assert codes(telegram, "decision_silence", "decision_returned") == [
            "decision_silence", "decision_returned", "decision_silence",
        ]  # fmt: skip
        assert any("no new decision for" in text for text in telegram.texts)
