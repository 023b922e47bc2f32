"""logs/engine.log: one JSON object a line, without secrets, rotating; what ails it costs lines and nothing else."""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from capi.adapters import engine_log
from capi.adapters.engine_log import EngineLog, LogTakenError
from tests.serve.client import eventually

SECRET: Final = 'aSecret"With\\Odd\nSigns0123456789'
CONSTANT: Final = {"environment": "testnet", "symbol": "BTCUSDT"}
AT: Final = 1_764_324_300_000
SECONDS: Final = 10.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EngineLog]:
    """A log in a folder that is not there yet."""
    made = EngineLog(tmp_path / "new" / "logs", CONSTANT, [SECRET])
    yield made
    made.close()


def lines(log: EngineLog) -> list[dict[str, Any]]:
    """Close a log and return its lines."""
    log.close()
    return [json.loads(line) for line in log.path.read_text().splitlines()]


def test_an_event_is_a_line_with_its_fields(log: EngineLog) -> None:
    log.hear({"event": "fill", "at_ms": AT, "price": Decimal("76900.10"), "qty": Decimal("1E-3"), "side": "BUY"})
    (line,) = lines(log)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "INFO", "environment": "testnet", "symbol": "BTCUSDT", "event": "fill", "at_ms": AT,
        "price": "76900.10", "qty": "0.001", "side": "BUY",
    }  # fmt: skip


def test_what_only_a_replay_reads_is_left_out(log: EngineLog) -> None:
    log.hear({"event": "heard", "at_ms": AT, "rounds": [{"look": {}}], "actions": []})
    (line,) = lines(log)
    assert (line["event"], line["actions"], "rounds" in line) == ("heard", [], False)


def test_an_alert_keeps_its_level_and_no_field_takes_the_lines_own(log: EngineLog) -> None:
    log.hear({"event": "alert", "at_ms": AT, "level": "CRITICAL", "code": "c", "rule": "r", "reason": "x"})
    log.write("WARNING", {"event": "odd", "ts": "never", "level": "DEBUG", "message": "m", "name": "n", "args": [1]})
    alert, odd = lines(log)
    assert (alert["level"], alert["code"]) == ("CRITICAL", "c")
    assert (odd["level"], odd["message"], odd["name"], odd["args"]) == ("WARNING", "m", "n", [1])
    assert odd["ts"] != "never"


def test_what_is_no_news_has_no_line(log: EngineLog) -> None:
    for event in ("journal_opened", "equity", "pass"):
        log.hear({"event": event, "at_ms": AT})
    assert lines(log) == []


def test_warnings_of_other_loggers_are_lines_and_their_chatter_is_not(log: EngineLog) -> None:
    other = logging.getLogger("websocket")
    other.warning("lost %s after %d s", "the stream", 7)
    other.info("chatter")
    try:
        raise ValueError("half a frame")
    except ValueError:
        other.exception("could not read")
    first, second = lines(log)
    assert (first["level"], first["logger"], first["message"]) == ("WARNING", "websocket", "lost the stream after 7 s")
    assert "ValueError: half a frame" in second["message"]
    assert logging.getLogger().handlers.count(log._foreign) == 0


@pytest.mark.parametrize(
    "said",
    [
        f"the secret is {SECRET}!",
        "GET https://fapi/v3/order?symbol=X&signature=0123456789abcdef0123456789abcdef failed",
        "POST https://api.telegram.org/bot123456789:AAtheTokenThatNobodyMayKnow_0123456/sendMessage",
        "wss://host/private/ws?listenKey=0123456789abcdef0123456789abcdef was lost",
        '{"listenKey": "0123456789abcdef0123456789abcdef"}',
        "POST https://api.telegram.org/bot123456789%3AAAtheTokenThatNobodyMayKnow_0123456/sendMessage",
    ],
)
def test_no_line_holds_a_secret(log: EngineLog, said: str) -> None:
    log.write("INFO", {"event": "x", "message": said, "deep": [{"er": said}]})
    logging.getLogger("other").error("it was %s", said)
    log.close()
    written = log.path.read_text()
    for secret in ("Odd", "0123456789abcdef", "AAtheToken"):
        assert secret not in written
    assert written.count("***") == 3
    assert [json.loads(line) for line in written.splitlines()]


def test_it_rotates_and_keeps_a_bounded_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_log, "BYTES_MAX", 2000)
    monkeypatch.setattr(engine_log, "FILES_KEPT", 2)
    log = EngineLog(tmp_path, CONSTANT, [])
    for number in range(200):
        log.write("INFO", {"event": "x", "number": number})
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".lock")
    assert files == ["engine.log", "engine.log.1", "engine.log.2"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert json.loads((tmp_path / "engine.log").read_text().splitlines()[-1])["number"] == 199


def test_it_goes_on_behind_what_is_there_and_is_its_owners_alone(tmp_path: Path) -> None:
    for number in range(2):
        log = EngineLog(tmp_path, CONSTANT, [])
        log.write("INFO", {"event": "x", "number": number})
        log.close()
    path = tmp_path / "engine.log"
    assert [line["number"] for line in map(json.loads, path.read_text().splitlines())] == [0, 1]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("gone", ["the file", "its folder", "rotated"])
def test_a_file_that_somebody_moved_away_is_made_anew(tmp_path: Path, gone: str) -> None:
    folder = tmp_path / "logs"
    log = EngineLog(folder, CONSTANT, [])
    log.write("INFO", {"event": "x", "number": 0})
    log.close()
    log = EngineLog(folder, CONSTANT, [])
    if gone == "its folder":
        shutil.rmtree(folder)
    elif gone == "rotated":
        log.path.rename(tmp_path / "engine.log.old")
    else:
        log.path.unlink()
    log.write("INFO", {"event": "x", "number": 1})
    log.close()
    assert [line["number"] for line in map(json.loads, log.path.read_text().splitlines())] == [1]
    assert log.trouble is None


def test_a_log_that_is_deleted_on_a_full_disk_goes_on(tmp_path: Path) -> None:
    (tmp_path / "engine.log").symlink_to("/dev/full")
    log = EngineLog(tmp_path, CONSTANT, [])
    log.write("INFO", {"event": "x", "number": 0})
    eventually(lambda: log.trouble is not None)
    log.path.unlink()
    log.write("INFO", {"event": "x", "number": 1})
    log.close()
    assert [line["number"] for line in map(json.loads, log.path.read_text().splitlines())] == [1]
    assert log.trouble is None


def test_a_full_disk_costs_lines_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "engine.log").symlink_to("/dev/full")
    log = EngineLog(tmp_path, CONSTANT, [])
    for _ in range(100):
        log.write("INFO", {"event": "x"})
    log.close()
    assert log.trouble is not None
    assert "No space left on device" in log.trouble


def test_a_disk_that_hangs_costs_lines_and_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_log, "CLOSE_SECONDS", 0.1)
    log = EngineLog(tmp_path, CONSTANT, [])
    log._file.acquire()  # as a write that does not return
    began = time.monotonic()
    for number in range(engine_log.LINES_MAX + 500):
        log.write("INFO", {"event": "x", "number": number})
    assert log.trouble is not None
    assert "has gaps" in log.trouble
    log.close()
    assert time.monotonic() - began < SECONDS
    log._file.release()
    monkeypatch.setattr(engine_log, "CLOSE_SECONDS", SECONDS)
    log.close()  # the disk is back: what was laid down is written
    assert json.loads(log.path.read_text().splitlines()[0])["number"] == 0


def test_another_process_that_writes_it_is_no_rival(tmp_path: Path) -> None:
    first = EngineLog(tmp_path, CONSTANT, [])
    with pytest.raises(LogTakenError, match="give each engine its own log_dir"):
        EngineLog(tmp_path, CONSTANT, [])
    first.close()
    EngineLog(tmp_path, CONSTANT, []).close()


def test_a_file_that_cannot_be_opened_leaves_no_lock_behind(tmp_path: Path) -> None:
    (tmp_path / "engine.log").mkdir()
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            EngineLog(tmp_path, CONSTANT, [])
    assert not [one for one in logging.getLogger().handlers if isinstance(one, engine_log._Handler)]
