"""`capi status`: alive or not, and what was last known, also from broken files."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.cli.run import run
from tests.reading.stage import ShownStage

PAPER = ("--environment", "paper")


def told(folder: Path, *arguments: str) -> Any:
    """What `capi status --json` says."""
    done = run(("status", "--json", *(arguments or PAPER)), folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def altered(stage: ShownStage, **changes: Any) -> None:
    """Change the status as it stands in the file."""
    stage.status_path.write_text(json.dumps(stage.shown | changes))


def lines(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """What the table says, by its first column."""
    return {
        name: said for name, _, said in (re.split(r"(\s{2,})", line, maxsplit=1) for line in done.stdout.splitlines())
    }


def test_nothing_was_recorded_yet(tmp_path: Path) -> None:
    done = run(("status",), tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "testnet/BTCUSDT/journal.jsonl: nothing was recorded yet; start the engine with capi run" in done.stderr


def test_an_engine_that_holds_its_lock_runs(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    with FileLock(stage.room / "lock"):
        assert told(tmp_path)["engine"] == "running"
        done = run(("status", *PAPER), tmp_path)
        assert f"running (pid {os.getpid()}" in done.stdout
    assert told(tmp_path)["engine"] == "stopped"


def test_an_engine_whose_passes_stopped_is_stalled(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    altered(stage, written_at="2025-11-28T10:00:00.000Z")
    with FileLock(stage.room / "lock"):
        assert told(tmp_path)["engine"] == "stalled"
        assert "STALLED" in run(("status", *PAPER), tmp_path).stdout


def test_a_lock_that_nobody_holds_is_no_engine(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    (stage.room / "lock").touch()
    assert told(tmp_path)["engine"] == "stopped"
    done = run(("status", *PAPER), tmp_path)
    assert "not running: it did not end in order" in done.stdout
    stage.board.ended("interrupted", stage.exchange.now_ms())
    assert "not running: interrupted" in run(("status", *PAPER), tmp_path).stdout


def test_what_was_last_known_is_told_plainly(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    said = lines(run(("status", *PAPER), tmp_path))
    assert said["state"] == "IN_POSITION, guard guarded"
    assert said["position"].startswith("long 0.011 at 90800, mark 90899.95, unrealised +1.10 USDT, since ")
    assert said["stop"] == "89800.0 (1.21% away), closes the whole position"
    assert said["tp1"] == "92200.0 (1.43% away), 0 of 0.005 filled"
    assert said["orders"] == "3 open"
    assert said["decision"] == "20251128T100500Z long, 56 s old at the last pass"


def test_without_a_status_the_end_of_the_journal_answers(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    before = told(tmp_path)
    stage.status_path.unlink()
    after = told(tmp_path)
    assert after["source"] == "journal"
    for name in ("schema", "environment", "symbol", "state", "safe_mode"):
        assert after[name] == before[name]
    assert after["position"]["qty"] == "0.011"
    assert after["trade"]["sl"] == "89800.0"
    assert after["decision"]["decision_id"] == before["decision"]["decision_id"]
    said = run(("status", *PAPER), tmp_path).stdout
    assert "stop 89800.0, targets 92200.0, 93500.0" in said


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
def test_a_broken_status_is_said_and_the_journal_answers(
    stage: ShownStage, tmp_path: Path, broken: str, saying: str
) -> None:
    stage.enter()
    stage.status_path.write_text(broken)
    done = run(("status", *PAPER, "--json"), tmp_path)
    assert done.returncode == 0
    assert saying in done.stderr
    assert "\x1b" not in done.stderr
    assert json.loads(done.stdout)["position"]["qty"] == "0.011"


def test_a_torn_tail_and_a_corrupt_line_leave_what_is_behind_them(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    stage.status_path.unlink()
    with stage.path.open("ab") as file:
        file.write(b'{"seq":99,"event":"pa')
    assert told(tmp_path)["position"]["qty"] == "0.011"


def test_a_replay_by_number_last_and_folder(tmp_path: Path) -> None:
    run(("paper", "--hours", "1"), tmp_path)
    by_number, last = told(tmp_path, "--run", "1"), told(tmp_path, "--run", "last")
    by_folder = told(tmp_path, "--run", "data/runs/1")
    assert by_number["ended"] == last["ended"] == by_folder["ended"] == "the prices have ended"
    assert by_number["is_replay"] is True
    assert "replay of BTCUSDT: the prices have ended" in run(("status", "--run", "1"), tmp_path).stdout


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
def test_wrong_options_are_usage(tmp_path: Path, arguments: tuple[str, ...], saying: str) -> None:
    done = run(("status", *arguments), tmp_path)
    assert done.returncode == 2
    assert saying in done.stderr
    assert "Traceback" not in done.stderr
