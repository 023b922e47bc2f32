"""`capi run` and `capi reconcile` as a user calls them, with Telegram configured, and without."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from capi.adapters.log_levels import QUIET
from capi.engine.loop import Loop
from tests.live.stage import Acting, Setting, prepared
from tests.live.test_secrets import files_under
from tests.serve.served import Served, served
from tests.telegram.bot import CHAT, TOKEN, Bot, refusal


def setting(venue: Served, folder: Path, **telegram: Any) -> Setting:
    """A user's folder with one chat."""
    tables = {
        "telegram": {"chat_ids": [CHAT], "digest_seconds": 0, **telegram},
        "loop": {"interval_seconds": 20},  # a machine that is busy is no news
    }
    return Setting(venue, folder / "user", tables)


def capi(user: Setting, *arguments: str) -> Result:
    """Call capi with the bot's token in the environment."""
    return user.capi(*arguments, CAPI_TELEGRAM__TOKEN=TOKEN)


def test_a_run_tells_its_start_and_its_end(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue:
        user = setting(venue, tmp_path)
        result = capi(user, "run", "--once")
    assert result.exit_code == 0
    assert telegram.heads == ["[INFO] [engine] [engine_started]", "[INFO] [engine] [engine_stopped]"]
    assert "trades BTCUSDT on testnet; position 0, open orders of ours: 0" in telegram.texts[0]
    assert "the passes are over; no position stays" in telegram.texts[1]
    assert user.events()[-1]["event"] == "run_ended"
    statuses = {event["code"]: event["status"] for event in user.events("notification")}
    assert statuses == {"engine_started": "sent", "engine_stopped": "sent"}


def test_a_reconciliation_tells_what_it_found(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade, telegram={"chat_ids": [CHAT], "digest_seconds": 0})
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        result = capi(user, "reconcile", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["missing_sl"] == 1
    assert telegram.heads == ["[CRITICAL] [protect_position] [missing_stop]"]
    assert user.events()[-1]["event"] == "run_ended"


@pytest.mark.parametrize("arguments", [("run", "--once", "--dry-run"), ("reconcile", "--dry-run"), ("snapshot",)])
def test_what_sends_no_orders_sends_no_alerts_and_writes_no_log(
    tmp_path: Path, telegram: Bot, arguments: tuple[str, ...]
) -> None:
    with served() as venue:
        user = setting(venue, tmp_path)
        assert capi(user, *arguments).exit_code == 0
    assert not telegram.asked
    assert not (user.folder / "logs").exists()


def test_an_error_that_nobody_caught_is_told_before_the_process_ends(
    tmp_path: Path, telegram: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Loop, cycles: int | None) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Loop, "run", broken)
    with served() as venue:
        user = setting(venue, tmp_path)
        with pytest.raises(ZeroDivisionError):
            capi(user, "run")
    assert telegram.heads == ["[INFO] [engine] [engine_started]", "[CRITICAL] [engine] [engine_crashed]"]
    assert "(ZeroDivisionError)" in telegram.texts[1]
    assert {event["status"] for event in user.events("notification")} == {"sent"}


@pytest.mark.parametrize(("chat_ids", "token"), [([CHAT], None), ([], TOKEN)])
def test_without_token_or_chat_it_is_off_and_all_is_recorded(
    tmp_path: Path, telegram: Bot, chat_ids: list[str], token: str | None
) -> None:
    with served() as venue:
        user = setting(venue, tmp_path, chat_ids=chat_ids)
        assert user.capi("run", "--once", CAPI_TELEGRAM__TOKEN=token).exit_code == 0
    assert not telegram.asked
    assert {"engine_started", "engine_stopped"} <= {event["code"] for event in user.events("alert")}
    assert not user.events("notification")


ANSWERS = [
    refusal(401, f"Unauthorized: {TOKEN}"),
    httpx.ConnectError(f"https://api.telegram.org/bot{TOKEN}/sendMessage"),
    httpx.InvalidURL(f"https://api.telegram.org/bot{TOKEN}/sendMessage"),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["refused", "unreachable", "invalid"])
def test_the_token_is_in_nothing_that_a_run_writes(tmp_path: Path, telegram: Bot, answer: Any) -> None:
    telegram.always = answer
    with served() as venue:
        user = setting(venue, tmp_path)
        results = [capi(user, "run", "--once"), capi(user, "status", "--json"), capi(user, "logs")]
        results += [capi(user, "config", "show", "--origin")]
    assert results[0].exit_code == 0
    assert telegram.asked
    assert "telegram_failed" in results[0].stderr
    written = {f"output {number}": one.output.encode() for number, one in enumerate(results)}
    written |= dict(files_under(tmp_path))
    assert any(name.endswith("engine.log") for name in written)
    for place, content in written.items():
        assert TOKEN.encode() not in content, place
        assert TOKEN.partition(":")[2][:16].encode() not in content, place


def test_the_log_of_a_run(tmp_path: Path, telegram: Bot) -> None:
    no_streams = {"stream_url": "ws://127.0.0.1:9"}  # one that connects while a look is read makes it a doubtful one
    with served() as venue:
        chat = {"chat_ids": [CHAT], "digest_seconds": 0}
        user = prepared(venue, tmp_path, Acting.trade, telegram=chat, exchange=no_streams)
        before = len(user.events())
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        assert capi(user, "run", "--cycles", "3").exit_code == 0
    lines = [json.loads(line) for line in (user.folder / "logs" / "engine.log").read_text().splitlines()]
    events = [event["event"] for event in user.events()[before:] if event["event"] not in QUIET]
    assert [line["event"] for line in lines if line["event"] != "pass"] == events
    passes = [line for line in lines if line["event"] == "pass"]
    assert [line["number"] for line in passes] == list(range(1, len(passes) + 1))
    placed = next(line for line in passes if "place_order capi_sl_d1_2 ack" in line["operations"])
    assert (placed["decision_id"], placed["state"], placed["position_qty"]) == ("d1", "IN_POSITION", "0.013")
    assert (placed["environment"], placed["symbol"], placed["open_orders"]) == ("testnet", "BTCUSDT", 2)
    assert (placed["guard"], placed["level"]) == ("naked", "CRITICAL")
    assert Decimal(placed["mark"]) > 0
    assert passes[-1]["open_orders"] == 3
    assert "INFO" in {line["level"] for line in lines}


def test_a_log_that_cannot_be_written_is_one_warning_and_the_run_goes_on(tmp_path: Path, telegram: Bot) -> None:
    with served() as venue:
        user = setting(venue, tmp_path)
        (user.folder / "logs").write_text("a file")
        result = capi(user, "run", "--once")
    assert result.exit_code == 0
    assert result.stderr.count("log_unwritable") == 1
    assert "correct log_dir, or its rights" in result.stderr
    assert [event["code"] for event in user.events("alert")].count("log_unwritable") == 1
