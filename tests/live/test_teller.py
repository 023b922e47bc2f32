"""What is said on stderr holds nothing up: not when nobody reads it, and not when it is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from capi.cli.live.console import Console
from capi.cli.live.teller import LINES_MAX, Teller
from tests.cli.run import environment
from tests.live.processes import engine, read_until
from tests.live.stage import Acting, prepared, resting
from tests.serve.served import served


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Teller, int]]:
    """Yield a teller whose stderr is a pipe, and the end that is read."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        yield Teller(), reader
    monkeypatch.undo()
    os.close(reader)


def lines_of(told: Teller, reader: int) -> list[str]:
    """Close a teller and return what it wrote."""
    told.close()
    os.set_blocking(reader, False)
    return os.read(reader, 1 << 20).decode().splitlines()


def test_lines_come_in_order_and_cannot_move_the_cursor(told: tuple[Teller, int]) -> None:
    teller, reader = told
    for number in range(100):
        teller.say(f"line {number}\x1b[2J")
    assert lines_of(teller, reader) == [f"line {number}\\x1b[2J" for number in range(100)]


def test_a_stream_without_a_file_is_written_to_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller()
    teller.say("a line")
    teller.close()
    assert capsys.readouterr().err == "a line\n"


STUCK: Final = """
import sys
from capi.cli.live.teller import LINES_MAX, Teller
teller = Teller()
for number in range(3 * LINES_MAX):
    teller.say(str(number) + "." * 200)
print("said", flush=True)
sys.stdin.readline()
while teller._lines.qsize() > 10:
    pass
teller.say("last")
teller.close()
"""


def test_a_terminal_that_is_stopped_stops_nobody_and_is_told_what_it_missed() -> None:
    """The pipe is full after 64 KB; what is said goes on at once, and what found no room is counted."""
    process = python(STUCK)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "said\n"  # although nobody has read a line of it
        process.stdin.write("\n")
        process.stdin.flush()
        lines = process.stderr.read().splitlines()
        assert process.wait(60) == 0
    assert lines[0].startswith("0.")
    assert lines[-1] == "last"
    notices = [line for line in lines if "lines were left out here" in line]
    assert notices
    assert len(lines) - 1 - len(notices) + sum(int(line.split()[1]) for line in notices) == 3 * LINES_MAX


def test_the_process_ends_although_nobody_reads() -> None:
    end = "from capi.cli.live.teller import Teller; t = Teller(); [t.say('x' * 200) for _ in range(900)]; t.close()"
    with python(end) as process:
        assert process.wait(60) == 0


def test_a_stream_that_is_gone_raises_nothing(told: tuple[Teller, int]) -> None:
    teller, _ = told
    writer = sys.stderr.fileno()
    gone, _other = os.pipe()
    os.close(gone)
    os.dup2(_other, writer)
    os.close(_other)
    teller.say("one")
    teller.say("two")
    teller.close()
    assert not teller._thread.is_alive()


def test_an_alert_that_repeats_is_said_once_a_minute(told: tuple[Teller, int]) -> None:
    teller, reader = told
    console = Console(teller, sends=True)
    for at_ms in (0, 1000, 59_999, 60_000):
        console.send("WARNING", "a_code", "a message", at_ms)
    console.send("WARNING", "a_code", "another message", 60_001)
    assert [line.partition(" ")[2] for line in lines_of(teller, reader)] == [
        "WARNING a_code: a message",
        "WARNING a_code: a message",
        "WARNING a_code: another message",
    ]


def python(program: str) -> subprocess.Popen[str]:
    """Run a program whose stderr is a pipe."""
    command = [sys.executable, "-c", program]
    return subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_an_engine_whose_reader_went_away_still_ends_in_order(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        with engine(user) as process:
            read_until(process, "Z NO_POSITION")
            assert process.stderr is not None
            process.stderr.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert resting(venue) == {}
