"""What is said on stderr holds nothing up: not when nobody reads it, and not when it is gone."""

import signal
import threading
from pathlib import Path

import pytest

from capi.cli.live import teller
from capi.cli.live.console import Console
from capi.cli.live.teller import LINES_MAX, Teller
from tests.live.stage import Acting, prepared, resting
from tests.live.test_signals import engine, read_until
from tests.serve.served import served


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that were written."""
    lines: list[str] = []
    monkeypatch.setattr(teller.typer, "echo", lambda line, err: lines.append(line))
    return lines


def test_lines_come_in_order_and_cannot_move_the_cursor(shown: list[str]) -> None:
    told = Teller()
    for number in range(100):
        told.say(f"line {number}\x1b[2J")
    told.close()
    assert shown == [f"line {number}\\x1b[2J" for number in range(100)]


def test_a_terminal_that_is_stopped_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    goes_on, began = threading.Event(), threading.Event()

    def write(line: str, err: bool) -> None:
        began.set()
        assert goes_on.wait(10)
        lines.append(line)

    monkeypatch.setattr(teller.typer, "echo", write)
    told = Teller()
    told.say("first")
    assert began.wait(10)
    for number in range(LINES_MAX + 50):
        told.say(str(number))
    goes_on.set()
    while told._lines.qsize() > LINES_MAX // 2:
        began.wait(0)
    told.say("last")
    told.close()
    assert lines[-1] == "last"
    assert "50 lines were left out here" in lines[-2]
    assert len(lines) == LINES_MAX + 3


def test_a_stream_that_is_gone_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def write(line: str, err: bool) -> None:
        tries.append(line)
        raise BrokenPipeError

    monkeypatch.setattr(teller.typer, "echo", write)
    told = Teller()
    told.say("one")
    told.say("two")
    told.close()
    assert tries == ["one"]


def test_an_alert_that_repeats_is_said_once_a_minute(shown: list[str]) -> None:
    told = Teller()
    console = Console(told, sends=True)
    for at_ms in (0, 1000, 59_999, 60_000):
        console.send("WARNING", "a_code", "a message", at_ms)
    console.send("WARNING", "a_code", "another message", 60_001)
    told.close()
    assert [line.partition(" ")[2] for line in shown] == [
        "WARNING a_code: a message",
        "WARNING a_code: a message",
        "WARNING a_code: another message",
    ]


def test_an_engine_whose_reader_went_away_still_ends_in_order(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        with engine(user) as process:
            read_until(process, "Z NO_POSITION")
            assert process.stderr is not None
            process.stderr.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        assert resting(venue) == {}
