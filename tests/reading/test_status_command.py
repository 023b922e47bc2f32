"""`capi status`: alive or not, and what was last known, also from broken files."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from capi.adapters.instance_lock import instance_lock
from tests.cli.run import run
from tests.reading.asking import PAPER, ask, call, refused
from tests.reading.stage import ShownStage


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(*arguments: str) -> Any:
    """What `capi status --json` says."""
    return ask("status", *(arguments or PAPER))


def said() -> str:
    """What `capi status` says to people."""
    return str(call("status", *PAPER).stdout)


def altered(stage: ShownStage, **changes: Any) -> None:
    """Change the status as it stands in the file."""
    stage.status_path.write_text(json.dumps(stage.shown | changes))


def lines() -> dict[str, str]:
    """What the table says, by its first column."""
    parts = (re.split(r"\s{2,}", line, maxsplit=1) for line in said().splitlines())
    return dict(parts)


def test_nothing_was_recorded_yet() -> None:
    refused(1, "testnet/BTCUSDT/journal.jsonl: nothing was recorded yet; start the engine with capi run", "status")


def test_an_engine_that_holds_its_lock_runs(stage: ShownStage) -> None:
    stage.enter()
    with instance_lock(stage.room):
        assert told()["engine"] == "running"
        assert f"running (pid {os.getpid()}" in said()
    assert told()["engine"] == "stopped"


def test_an_engine_whose_passes_stopped_is_stalled(stage: ShownStage) -> None:
    stage.enter()
    altered(stage, written_at="2025-11-28T10:00:00.000Z")
    with instance_lock(stage.room):
        assert told()["engine"] == "stalled"
        assert "STALLED" in said()


def test_a_run_that_has_just_begun_shows_nothing_of_its_own_yet(stage: ShownStage) -> None:
    stage.enter()
    stage.board.ended("interrupted", stage.exchange.now_ms())
    with instance_lock(stage.room):
        assert told()["engine"] == "unknown"
        assert "running, but it has shown nothing yet" in said()


def test_a_lock_that_nobody_holds_is_no_engine(stage: ShownStage) -> None:
    stage.enter()
    (stage.room / "lock").touch()
    assert told()["engine"] == "stopped"
    assert "not running: it did not end in order" in said()
    stage.board.ended("interrupted", stage.exchange.now_ms())
    assert "not running: interrupted" in said()


def test_a_pause_before_the_first_run_is_no_crash(stage: ShownStage) -> None:
    stage.engine.pause("by hand")
    shown = lines()
    assert shown["engine"] == "paper BTCUSDT, not running: no pass was recorded yet"
    assert shown["paused"] == "no entries until capi resume"


def test_streams_are_told_in_words(stage: ShownStage) -> None:
    stage.enter()
    up = {"up": True, "down_seconds": 0.0, "connections": 1, "messages": 4, "why": None}
    down = up | {"up": False, "down_seconds": 3.7, "why": "no message for 15 s"}
    altered(stage, streams={"public": up, "private": down})
    assert lines()["streams"] == "public up, private down for 3.7 s (no message for 15 s)"


def test_what_was_last_known_is_told_plainly(stage: ShownStage) -> None:
    stage.enter()
    shown = lines()
    assert shown["state"] == "IN_POSITION, guard guarded"
    assert shown["position"].startswith("long 0.011 at 90800, mark 90899.95, unrealised +1.10 USDT, since ")
    assert shown["stop"] == "89800.0 (1.21% away), closes the whole position"
    assert shown["tp1"] == "92200.0 (1.43% away), 0 of 0.005 filled"
    assert shown["orders"] == "3 open"
    assert shown["decision"] == "20251128T100500Z long, 56 s old at the last pass"


def test_without_a_status_the_end_of_the_journal_answers(stage: ShownStage) -> None:
    stage.enter()
    before = told()
    stage.status_path.unlink()
    after = told()
    assert after["source"] == "journal"
    for name in ("schema", "environment", "symbol", "state", "safe_mode"):
        assert after[name] == before[name]
    assert after["position"]["qty"] == "0.011"
    assert after["trade"]["sl"] == "89800.0"
    assert after["decision"]["decision_id"] == before["decision"]["decision_id"]
    assert "stop 89800.0, targets 92200.0, 93500.0" in said()


@pytest.mark.parametrize(
    ("broken", "saying"),
    [
        ("", "is damaged"),
        ('{"schema":"capi.status/1","environ', "is damaged"),
        ('{"schema":"capi.status/1"}', "is damaged (parts are missing)"),
        ('{"schema":"capi.status/2"}', "is of schema capi.status/2, this version reads capi.status/1"),
        ("[]", "is of schema None"),
        ("null", "is of schema None"),
        ('{"schema":["\\u001b[2J"]}', "this version reads capi.status/1"),
    ],
)
def test_a_broken_status_is_said_and_the_journal_answers(stage: ShownStage, broken: str, saying: str) -> None:
    stage.enter()
    stage.status_path.write_text(broken)
    assert ask("status", *PAPER, warned=saying)["position"]["qty"] == "0.011"
    assert "\x1b" not in call("status", *PAPER).stderr


def test_a_torn_tail_and_a_corrupt_line_leave_what_is_behind_them(stage: ShownStage) -> None:
    stage.enter()
    stage.status_path.unlink()
    with stage.path.open("ab") as file:
        file.write(b'{"seq":99,"event":"pa')
    assert told()["position"]["qty"] == "0.011"


def test_a_replay_by_number_last_and_folder(tmp_path: Path) -> None:
    run(("paper", "--hours", "1"), tmp_path)
    by_number, last = told("--run", "1"), told("--run", "last")
    by_folder = told("--run", "data/runs/1")
    assert by_number["ended"] == last["ended"] == by_folder["ended"] == "the prices have ended"
    assert by_number["is_replay"] is True
    assert "replay of BTCUSDT: the prices have ended" in call("status", "--run", "1").stdout


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("--run", "7"), "--run 7: there is no such replay"),
        (("--run", "last"), "there is no replay in"),
        (("--run", "nowhere"), "--run nowhere: there is no such folder"),
        (("--run", ""), "--run names nothing"),
        (("--environment", "live"), '"live" is none of paper, testnet, mainnet'),
        (("--environment", "paper", "--run", "1"), "exclude each other"),
        (("--watch", "--json"), "exclude each other"),
        (("--watch",), "--watch needs a terminal"),
        (("--config", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_wrong_options_are_usage(arguments: tuple[str, ...], saying: str) -> None:
    refused(2, saying, "status", *arguments)
